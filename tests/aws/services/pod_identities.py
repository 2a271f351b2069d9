"""Associations of roles with service accounts of EKS clusters.

Source: https://docs.aws.amazon.com/eks/latest/APIReference/API_CreatePodIdentityAssociation.html
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tests.aws.eks.control_planes import control_plane
from tests.aws.front.errors import ServiceError

from .registry import operation

if TYPE_CHECKING:
    from tests.aws.cloud import Cloud

Json = dict[str, Any]
PODS = "pods.eks.amazonaws.com"


@operation("eks", "CreatePodIdentityAssociation")
def create_association(cloud: "Cloud", arguments: Json) -> Json:
    cluster = arguments["clusterName"]
    found = control_plane(cloud, cluster)
    namespace, account = arguments["namespace"], arguments["serviceAccount"]
    if found.role_for(namespace, account) is not None:
        raise ServiceError(
            "ResourceInUseException",
            f"Association already exists: {namespace}, {account} in cluster {cluster}",
        )
    refuse_role(cloud, arguments["roleArn"])
    name, moment = f"a-{len(found.associations):017d}", datetime.now(UTC)
    arn = f"arn:aws:eks:{cloud.region}:{cloud.account}:podidentityassociation/{cluster}/{name}"
    found.associations[name] = {
        **{
            key: arguments[key] for key in ("clusterName", "namespace", "serviceAccount", "roleArn")
        },
        "associationArn": arn,
        "associationId": name,
        **({"tags": arguments["tags"]} if "tags" in arguments else {}),
        "createdAt": moment,
        "modifiedAt": moment,
    }
    return {"association": found.associations[name]}


@operation("eks", "UpdatePodIdentityAssociation")
def update_association(cloud: "Cloud", arguments: Json) -> Json:
    found = _find(cloud, arguments)
    refuse_role(cloud, arguments["roleArn"])
    found["roleArn"] = arguments["roleArn"]
    return {"association": found}


@operation("eks", "DeletePodIdentityAssociation")
def delete_association(cloud: "Cloud", arguments: Json) -> Json:
    found = _find(cloud, arguments)
    del control_plane(cloud, arguments["clusterName"]).associations[arguments["associationId"]]
    return {"association": found}


@operation("eks", "ListPodIdentityAssociations")
def list_associations(cloud: "Cloud", arguments: Json) -> Json:
    shown = ("clusterName", "namespace", "serviceAccount", "associationArn", "associationId")
    associations = control_plane(cloud, arguments["clusterName"]).associations.values()
    return {"associations": [{key: each[key] for key in shown} for each in associations]}


def _find(cloud: "Cloud", arguments: Json) -> Json:
    found = control_plane(cloud, arguments["clusterName"]).associations
    if arguments["associationId"] not in found:
        raise ServiceError("ResourceNotFoundException", "The specified association is not found.")
    return found[arguments["associationId"]]


def refuse_role(cloud: "Cloud", arn: str) -> None:
    """Refuses a role that pods cannot assume.

    Raises:
        ServiceError: As EKS says it.
    """
    iam = cloud.acting_as(None).client("iam")
    try:
        trust = iam.get_role(RoleName=arn.rpartition("/")[2])["Role"]["AssumeRolePolicyDocument"]
    except ClientError as error:
        raise ServiceError(
            "InvalidParameterException", f"Role provided in the request does not exist: {arn}"
        ) from error
    actions = {
        action
        for statement in trust["Statement"]
        if PODS in str(statement["Principal"])
        for action in _listed(statement["Action"])
    }
    if not actions >= {"sts:AssumeRole", "sts:TagSession"}:
        raise ServiceError(
            "InvalidParameterException", f"Trust policy of role {arn} must allow {PODS}"
        )


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
