"""Add-ons of EKS clusters: their prerequisites, and their health, which depends on nodes.

Sources: https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAddon.html,
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-eks-operator-install.html,
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-observability-addon-setup.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-model-deployment-setup.html
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tests.aws.eks.control_planes import ControlPlane, control_plane, existing, forget, ready_nodes
from tests.aws.front.errors import ServiceError

from .pod_identities import refuse_role
from .registry import forgotten, operation

if TYPE_CHECKING:
    from tests.aws.cloud import Cloud

Json = dict[str, Any]
DNS = "coredns"
AGENT = "eks-pod-identity-agent"


@dataclass(frozen=True)
class AddOn:
    """What an add-on requires.

    Attributes:
        pods: Whether its pods need a node, and names of the cluster.
        requires: Add-ons that must be active.
        identity: Namespace and service account whose role its pods must find when they start.
        inline: Whether the add-on accepts associations of its own.
        closed: Whether it has no values.
    """

    pods: bool = True
    requires: tuple[str, ...] = ()
    identity: tuple[str, str] | None = None
    inline: bool = True
    closed: bool = False


_HYPERPOD = "amazon-sagemaker-hyperpod-"
ADD_ONS = {
    "vpc-cni": AddOn(pods=False),
    "kube-proxy": AddOn(pods=False),
    AGENT: AddOn(pods=False),
    DNS: AddOn(),
    "cert-manager": AddOn(),
    "metrics-server": AddOn(),
    "aws-fsx-csi-driver": AddOn(),
    "aws-ebs-csi-driver": AddOn(),
    "aws-mountpoint-s3-csi-driver": AddOn(),
    f"{_HYPERPOD}taskgovernance": AddOn(closed=True),
    f"{_HYPERPOD}observability": AddOn(requires=(AGENT,)),
    f"{_HYPERPOD}training-operator": AddOn(
        requires=(AGENT, "cert-manager"),
        identity=("aws-hyperpod", "hp-training-operator-controller-manager"),
        inline=False,
    ),
    f"{_HYPERPOD}inference": AddOn(
        requires=(
            *("aws-mountpoint-s3-csi-driver", "aws-fsx-csi-driver"),
            *("metrics-server", "cert-manager"),
        )
    ),
    "amazon-sagemaker-spaces": AddOn(requires=(AGENT, "cert-manager", "aws-ebs-csi-driver")),
}


forgotten(forget)


def install(cluster: str, *names: str) -> None:
    """Has a cluster that a test put there add-ons."""
    for name in names:
        existing(cluster).add_ons[name] = {"addonName": name, "status": "ACTIVE"}


def uninstall(cluster: str, name: str) -> None:
    """Takes an add-on from a cluster that a test put there."""
    del existing(cluster).add_ons[name]


@operation("eks", "ListAddons")
def list_add_ons(_cloud: "Cloud", arguments: Json) -> Json:
    return {"addons": list(existing(arguments["clusterName"]).add_ons)}


@operation("eks", "CreateAddon")
def create_add_on(cloud: "Cloud", arguments: Json) -> Json:
    cluster, name = arguments["clusterName"], arguments["addonName"]
    found = control_plane(cloud, cluster)
    if name not in ADD_ONS:
        raise ServiceError("InvalidParameterException", f"Addon {name} specified is not supported")
    if name in found.add_ons:
        raise ServiceError("ResourceInUseException", "Addon already exists.")
    _refuse_values(cloud, name, arguments)
    moment = datetime.now(UTC)
    issues = list(_issues(cloud, cluster, name))
    arn = f"arn:aws:eks:{cloud.region}:{cloud.account}:addon/{cluster}/{name}/{uuid4()}"
    found.add_ons[name] = {
        "addonName": name,
        "clusterName": cluster,
        "addonArn": arn,
        "addonVersion": arguments.get("addonVersion", "v1.0.0-eksbuild.1"),
        "status": "DEGRADED" if issues else "ACTIVE",
        "health": {
            "issues": [{"code": "InsufficientNumberOfReplicas", "message": each} for each in issues]
        },
        "createdAt": moment,
        "modifiedAt": moment,
        **{
            key: arguments[key]
            for key in ("configurationValues", "serviceAccountRoleArn", "tags")
            if key in arguments
        },
    }
    return {"addon": _described(found.add_ons[name])}


@operation("eks", "DescribeAddon")
def describe_add_on(cloud: "Cloud", arguments: Json) -> Json:
    return {"addon": _described(_find(cloud, arguments))}


@operation("eks", "UpdateAddon")
def update_add_on(cloud: "Cloud", arguments: Json) -> Json:
    found = _find(cloud, arguments)
    _refuse_values(cloud, found["addonName"], arguments)
    for key in ("addonVersion", "configurationValues", "serviceAccountRoleArn"):
        if key in arguments:
            found[key] = arguments[key]
    found["modifiedAt"] = datetime.now(UTC)
    return {"update": {"id": str(uuid4()), "status": "Successful", "type": "AddonUpdate"}}


@operation("eks", "DeleteAddon")
def delete_add_on(cloud: "Cloud", arguments: Json) -> Json:
    found = _find(cloud, arguments)
    del existing(arguments["clusterName"]).add_ons[found["addonName"]]
    return {"addon": {**_described(found), "status": "DELETING"}}


def _find(cloud: "Cloud", arguments: Json) -> Json:
    found: ControlPlane = control_plane(cloud, arguments["clusterName"])
    if arguments["addonName"] not in found.add_ons:
        raise ServiceError(
            "ResourceNotFoundException", f"No addon: {arguments['addonName']} found in cluster."
        )
    return found.add_ons[arguments["addonName"]]


def _described(add_on: Json) -> Json:
    return dict(add_on)


def _refuse_values(cloud: "Cloud", name: str, arguments: Json) -> None:
    known = ADD_ONS[name]
    values = arguments.get("configurationValues")
    if values is not None:
        try:
            json.loads(values)
        except json.JSONDecodeError as error:
            raise ServiceError(
                "InvalidParameterException",
                "ConfigurationValue is not in valid JSON or YAML format",
            ) from error
        if known.closed:
            raise ServiceError(
                "InvalidParameterException",
                "ConfigurationValue provided in request is not supported: Json schema validation "
                "failed with error: additional properties are not allowed",
            )
    associations = arguments.get("podIdentityAssociations", [])
    if associations and not known.inline:
        raise ServiceError(
            "InvalidParameterException",
            f"Pod Identity feature is not supported for addon version of {name}",
        )
    for each in associations:
        refuse_role(cloud, each["roleArn"])


def _issues(cloud: "Cloud", cluster: str, name: str) -> Iterator[str]:
    """Why the pods of an add-on do not become ready."""
    known, found = ADD_ONS[name], existing(cluster)
    if not known.pods or found.is_complete:
        return
    if not ready_nodes(cloud, cluster):
        yield f"The add-on is unhealthy because no node of {cluster} can run its pods."
    if name != DNS and not found.is_active(DNS):
        yield f"The add-on is unhealthy because {DNS} does not resolve names for its pods."
    for other in known.requires:
        if not found.is_active(other):
            yield f"The add-on is unhealthy because it requires {other}, which is not active."
    if known.identity is not None and found.role_for(*known.identity) is None:
        yield (
            "The add-on is unhealthy because the service account "
            f"{'/'.join(known.identity)} had no role when its pods started."
        )
