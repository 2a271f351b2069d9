"""Service quotas of clusters, by name.

A quota is found by its exact name. The table `quota_codes.csv` has the codes that are known, so that a
quota is one request; others are searched for in the list of all quotas, which has some 20 pages.

Sources: https://docs.aws.amazon.com/general/latest/gr/sagemaker.html and
https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html
"""

from collections.abc import Mapping
from csv import DictReader
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from .reads import Reads

ACTIONS = (
    "servicequotas:GetAWSDefaultServiceQuota",
    "servicequotas:GetServiceQuota",
    "servicequotas:ListAWSDefaultServiceQuotas",
    "servicequotas:ListServiceQuotas",
)
OF_CLUSTER = "Maximum number instances allowed per SageMaker HyperPod cluster"
OF_CLUSTERS = "Total number of instances allowed across SageMaker HyperPod clusters"
OF_VOLUME = "Maximum size of EBS volume in GB for a SageMaker HyperPod cluster instance"
OF_SPOT = "Total number of Spot instances across HyperPod clusters"
_SERVICE = "sagemaker"


class Quota(NamedTuple):
    """A quota of the account.

    Attributes:
        name: Its name.
        code: Its code.
        value: Its value.
        link: The page of the console that increases it.
    """

    name: str
    code: str
    value: float
    link: str


def usage_quota(instance_type: str, *, is_spot: bool) -> str:
    """Name of the quota for instances of a type in clusters."""
    return f"{instance_type} for cluster {'spot instance ' if is_spot else ''}usage"


def plan_quota(instance_type: str) -> str:
    """Name of the quota for instances of a type in training plans."""
    return (
        f"Number of {instance_type} instances in reserved capacity across training plans per Region"
    )


def find_quota(
    reads: Reads, name: str, *, service: str = _SERVICE, quota_code: str = ""
) -> Quota | None:
    """A quota by its name. None if the Region has none of the name.

    Args:
        reads: Requests.
        name: Its name.
        service: Code of the service.
        quota_code: Its code, if the table does not have it.

    Raises:
        OperationError: If the quotas cannot be read.
    """
    known = quota_code or _codes().get(name, "")
    found = _by_code(reads, service, known) if known else None
    if found is None or found["QuotaName"] != name:
        found = _by_name(reads, service).get(name)
    if found is None:
        return None
    region = reads.account.region_name
    return Quota(
        name,
        found["QuotaCode"],
        found["Value"],
        f"https://{region}.console.aws.amazon.com/servicequotas/home/services/{service}/quotas/"
        f"{found['QuotaCode']}",
    )


def _by_code(reads: Reads, service: str, quota_code: str) -> Mapping[str, Any] | None:
    """A quota that was increased, or else its default."""
    for operation in ("get_service_quota", "get_aws_default_service_quota"):
        answer = reads.find("service-quotas", operation, ServiceCode=service, QuotaCode=quota_code)
        if answer is not None:
            quota: Mapping[str, Any] = answer["Quota"]
            return quota
    return None


def _by_name(reads: Reads, service: str) -> Mapping[str, Mapping[str, Any]]:
    found = {}
    for operation in ("list_aws_default_service_quotas", "list_service_quotas"):
        answer = reads.get("service-quotas", operation, ServiceCode=service)
        found.update({each["QuotaName"]: each for each in answer["Quotas"]})
    return found


@cache
def _codes() -> Mapping[str, str]:
    with (files(__package__) / "quota_codes.csv").open(encoding="utf-8") as table:
        return {row["name"]: row["code"] for row in DictReader(table)}
