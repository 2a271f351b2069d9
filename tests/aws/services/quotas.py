"""Service Quotas: values of the account, and defaults.

Source: https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html
"""

from typing import TYPE_CHECKING, Any

from tests.aws.front.errors import ServiceError

from .registry import forgotten, operation

if TYPE_CHECKING:
    from tests.aws.cloud import Cloud

_PAGE = 100
DEFAULTS: dict[str, dict[str, tuple[str, float]]] = {
    "sagemaker": {
        "Maximum number instances allowed per SageMaker HyperPod cluster": ("L-2CE978FC", 20),
        "Total number of instances allowed across SageMaker HyperPod clusters": ("L-3308CCC7", 30),
        "Maximum size of EBS volume in GB for a SageMaker HyperPod cluster instance": (
            "L-E13DF72A",
            1024,
        ),
        "Total number of Spot instances across HyperPod clusters": ("L-97A2C724", 0),
        "ml.g5.8xlarge for cluster usage": ("L-1619F5B7", 0),
        "ml.m5.xlarge for cluster usage": ("L-E9225B85", 0),
        "ml.p5.48xlarge for cluster usage": ("L-8762A75F", 0),
        "ml.p5.48xlarge for cluster spot instance usage": ("L-F742E2D7", 0),
        "ml.g4dn.xlarge for cluster usage": ("L-00000001", 0),
        "Number of ml.p5.48xlarge instances in reserved capacity across training plans per Region": (
            "L-9EF527CA",
            0,
        ),
        **{
            f"ml.t3.medium for training job usage {index}": (f"L-T{index}", 1)
            for index in range(150)
        },
    },
    "vpc": {"Network interfaces per Region": ("L-DF5E4CA3", 5000)},
}
_increased: dict[tuple[str, str], float] = {}
requests: list[str] = []
"""Operations that were called."""


def increase(name: str, value: float, service: str = "sagemaker") -> None:
    """Increases a quota."""
    _increased[service, name] = value


@forgotten
def forget() -> None:
    """Has the account its defaults again."""
    _increased.clear()
    requests.clear()


def _quota(service: str, name: str, value: float) -> dict[str, Any]:
    code, _ = DEFAULTS[service][name]
    return {
        "ServiceCode": service,
        "QuotaCode": code,
        "QuotaName": name,
        "Value": value,
        "Adjustable": True,
        "GlobalQuota": False,
    }


def _named(service: str, code: str) -> str:
    for name, (known, _) in DEFAULTS.get(service, {}).items():
        if known == code:
            return name
    raise ServiceError("NoSuchResourceException", f"The request failed: no quota {code}.")


@operation("servicequotas", "GetServiceQuota")
def get(_cloud: "Cloud", arguments: dict[str, Any]) -> dict[str, Any]:
    requests.append("GetServiceQuota")
    service = arguments["ServiceCode"]
    name = _named(service, arguments["QuotaCode"])
    if (service, name) not in _increased:
        raise ServiceError("NoSuchResourceException", "The quota was never increased.")
    return {"Quota": _quota(service, name, _increased[service, name])}


@operation("servicequotas", "GetAWSDefaultServiceQuota")
def get_default(_cloud: "Cloud", arguments: dict[str, Any]) -> dict[str, Any]:
    requests.append("GetAWSDefaultServiceQuota")
    service = arguments["ServiceCode"]
    name = _named(service, arguments["QuotaCode"])
    return {"Quota": _quota(service, name, DEFAULTS[service][name][1])}


@operation("servicequotas", "ListServiceQuotas")
def list_increased(_cloud: "Cloud", arguments: dict[str, Any]) -> dict[str, Any]:
    requests.append("ListServiceQuotas")
    service = arguments["ServiceCode"]
    found = [
        _quota(service, name, value) for (of, name), value in _increased.items() if of == service
    ]
    return _page(found, arguments)


@operation("servicequotas", "ListAWSDefaultServiceQuotas")
def list_defaults(_cloud: "Cloud", arguments: dict[str, Any]) -> dict[str, Any]:
    requests.append("ListAWSDefaultServiceQuotas")
    service = arguments["ServiceCode"]
    found = [_quota(service, name, value) for name, (_, value) in DEFAULTS.get(service, {}).items()]
    return _page(found, arguments)


def _page(found: list[dict[str, Any]], arguments: dict[str, Any]) -> dict[str, Any]:
    first = int(arguments.get("NextToken", 0))
    last = first + arguments.get("MaxResults", _PAGE)
    rest = {"NextToken": str(last)} if last < len(found) else {}
    return {"Quotas": found[first:last], **rest}
