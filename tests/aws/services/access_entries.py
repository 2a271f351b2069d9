"""Access entries of EKS clusters, and their access policies.

Sources: https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAccessEntry.html and
https://docs.aws.amazon.com/eks/latest/userguide/access-policies.html
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tests.aws.eks.control_planes import API_MODES, ControlPlane, control_plane
from tests.aws.front.errors import ServiceError

from .registry import operation

if TYPE_CHECKING:
    from tests.aws.cloud import Cloud

Json = dict[str, Any]
ADMINISTRATOR = "AmazonEKSClusterAdminPolicy"
POLICIES = {
    *(ADMINISTRATOR, "AmazonEKSAdminPolicy", "AmazonEKSEditPolicy", "AmazonEKSViewPolicy"),
    *("AmazonEKSAdminViewPolicy", "AmazonSagemakerHyperpodClusterPolicy"),
    *("AmazonSagemakerHyperpodControllerPolicy", "AmazonSagemakerHyperpodSystemNamespacePolicy"),
}


@operation("eks", "CreateAccessEntry")
def create_entry(cloud: "Cloud", arguments: Json) -> Json:
    cluster, principal = arguments["clusterName"], arguments["principalArn"]
    found = _with_entries(cloud, cluster)
    if principal in found.entries:
        raise ServiceError(
            "ResourceInUseException",
            "The specified access entry resource is already in use on this cluster.",
        )
    try:
        cloud.acting_as(None).client("iam").get_role(RoleName=principal.rpartition("/")[2])
    except ClientError as error:
        raise ServiceError(
            "InvalidParameterException",
            "The specified principalArn is invalid: invalid principal.",
        ) from error
    found.entries[principal] = entry(cloud, cluster, principal, arguments)
    return {"accessEntry": found.entries[principal]}


@operation("eks", "DescribeAccessEntry")
def describe_entry(cloud: "Cloud", arguments: Json) -> Json:
    return {"accessEntry": _find(cloud, arguments)[1]}


@operation("eks", "UpdateAccessEntry")
def update_entry(cloud: "Cloud", arguments: Json) -> Json:
    _, found = _find(cloud, arguments)
    for key in ("kubernetesGroups", "username"):
        if key in arguments:
            found[key] = arguments[key]
    return {"accessEntry": found}


@operation("eks", "DeleteAccessEntry")
def delete_entry(cloud: "Cloud", arguments: Json) -> Json:
    cluster, found = _find(cloud, arguments)
    del cluster.entries[found["principalArn"]]
    cluster.policies.pop(found["principalArn"], None)
    return {}


@operation("eks", "ListAccessEntries")
def list_entries(cloud: "Cloud", arguments: Json) -> Json:
    return {"accessEntries": list(control_plane(cloud, arguments["clusterName"]).entries)}


@operation("eks", "AssociateAccessPolicy")
def associate(cloud: "Cloud", arguments: Json) -> Json:
    cluster, found = _find(cloud, arguments)
    arn, scope = arguments["policyArn"], arguments["accessScope"]
    if found["type"] != "STANDARD":
        raise ServiceError(
            "InvalidParameterException",
            f"Access policies cannot be associated with entries of type {found['type']}.",
        )
    if not arn.startswith("arn:aws:eks::aws:cluster-access-policy/") or (
        arn.rpartition("/")[2] not in POLICIES
    ):
        raise ServiceError(
            "InvalidParameterException", "The policyArn parameter format is not valid"
        )
    if (scope["type"] == "namespace") is not bool(scope.get("namespaces")):
        raise ServiceError(
            "InvalidParameterException",
            "The namespaces parameter is required for the scope namespace, and for it alone.",
        )
    moment = datetime.now(UTC)
    policy = {
        "policyArn": arn,
        "accessScope": scope,
        "associatedAt": moment,
        "modifiedAt": moment,
    }
    cluster.policies.setdefault(found["principalArn"], {})[arn] = policy
    return {
        "clusterName": arguments["clusterName"],
        "principalArn": found["principalArn"],
        "associatedAccessPolicy": policy,
    }


@operation("eks", "DisassociateAccessPolicy")
def disassociate(cloud: "Cloud", arguments: Json) -> Json:
    cluster, found = _find(cloud, arguments)
    cluster.policies.get(found["principalArn"], {}).pop(arguments["policyArn"], None)
    return {}


@operation("eks", "ListAssociatedAccessPolicies")
def list_policies(cloud: "Cloud", arguments: Json) -> Json:
    cluster, found = _find(cloud, arguments)
    policies = cluster.policies.get(found["principalArn"], {})
    return {
        "clusterName": arguments["clusterName"],
        "principalArn": found["principalArn"],
        "associatedAccessPolicies": list(policies.values()),
    }


def entry(cloud: "Cloud", cluster: str, principal: str, arguments: Json) -> Json:
    """An entry, as DescribeAccessEntry answers."""
    name, moment = principal.rpartition("/")[2], datetime.now(UTC)
    return {
        "clusterName": cluster,
        "principalArn": principal,
        "kubernetesGroups": arguments.get("kubernetesGroups", []),
        "accessEntryArn": f"arn:aws:eks:{cloud.region}:{cloud.account}:access-entry/{cluster}/role/"
        f"{cloud.account}/{name}/00000000-0000-0000-0000-000000000000",
        "createdAt": moment,
        "modifiedAt": moment,
        **({"tags": arguments["tags"]} if "tags" in arguments else {}),
        "username": arguments.get("username", principal),
        "type": arguments.get("type", "STANDARD"),
    }


def _with_entries(cloud: "Cloud", cluster: str) -> ControlPlane:
    found = control_plane(cloud, cluster)
    if not found.is_complete and found.mode not in API_MODES:
        raise ServiceError(
            "InvalidRequestException",
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to "
            "perform this operation.",
        )
    return found


def _find(cloud: "Cloud", arguments: Json) -> tuple[ControlPlane, Json]:
    found = _with_entries(cloud, arguments["clusterName"])
    if arguments["principalArn"] not in found.entries:
        raise ServiceError(
            "ResourceNotFoundException",
            "The specified principalArn could not be found. You can view your available access "
            "entries with 'list-access-entries'.",
        )
    return found, found.entries[arguments["principalArn"]]
