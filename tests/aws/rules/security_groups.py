"""Rules of security groups.

Sources: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html and
https://github.com/ansible/ansible/issues/45782
"""

from collections.abc import Iterable
from typing import Any

from tests.aws.cloud import Cloud
from tests.aws.front.before import before
from tests.aws.front.errors import ServiceError

PEERS = {
    "IpRanges": "CidrIp",
    "Ipv6Ranges": "CidrIpv6",
    "UserIdGroupPairs": "GroupId",
    "PrefixListIds": "PrefixListId",
}


@before("ec2", "AuthorizeSecurityGroupIngress")
def refuse_ingress_twice(cloud: Cloud, arguments: dict[str, Any]) -> None:
    """Refuses a rule that the group has."""
    _refuse_twice(cloud, arguments, "IpPermissions")


@before("ec2", "AuthorizeSecurityGroupEgress")
def refuse_egress_twice(cloud: Cloud, arguments: dict[str, Any]) -> None:
    """Refuses a rule that the group has."""
    _refuse_twice(cloud, arguments, "IpPermissionsEgress")


@before("ec2", "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress")
def refuse_groups_of_other_networks(cloud: Cloud, arguments: dict[str, Any]) -> None:
    """Refuses a rule that names a group of another VPC, between which there is no peering here."""
    named = {
        pair["GroupId"]
        for rule in arguments.get("IpPermissions", [])
        for pair in rule.get("UserIdGroupPairs", [])
        if "GroupId" in pair
    }
    own = arguments.get("GroupId")
    if own is None or not named - {own}:
        return
    ids = sorted({own, *named})
    found = cloud.client("ec2").describe_security_groups(GroupIds=ids)["SecurityGroups"]
    if len({group["VpcId"] for group in found}) > 1:
        raise ServiceError(
            "InvalidGroup.NotFound",
            "You have specified two resources that belong to different networks.",
        )


@before("ec2", "DeleteSecurityGroup")
def refuse_to_delete_what_others_name(cloud: Cloud, arguments: dict[str, Any]) -> None:
    """Refuses to delete a group that interfaces have or rules of other groups name."""
    ec2, group = cloud.client("ec2"), arguments.get("GroupId")
    filters = [{"Name": "group-id", "Values": [group]}]
    used = bool(ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"])
    named = any(
        pair.get("GroupId") == group
        for other in ec2.describe_security_groups()["SecurityGroups"]
        if other["GroupId"] != group
        for rule in (*other["IpPermissions"], *other["IpPermissionsEgress"])
        for pair in rule["UserIdGroupPairs"]
    )
    if used or named:
        raise ServiceError("DependencyViolation", f"resource {group} has a dependent object")


def _refuse_twice(cloud: Cloud, arguments: dict[str, Any], direction: str) -> None:
    """EC2 compares protocol, ports and peer; a description makes no other rule of it."""
    if "GroupId" not in arguments:
        return
    described = cloud.client("ec2").describe_security_groups(GroupIds=[arguments["GroupId"]])
    (group,) = described["SecurityGroups"]
    if _edges(arguments.get("IpPermissions", [])) & _edges(group[direction]):
        raise ServiceError("InvalidPermission.Duplicate", "the specified rule already exists")


def _edges(rules: Iterable[dict[str, Any]]) -> set[tuple[str, ...]]:
    """What makes rules: their protocols, their ports and each of their peers."""
    return {
        (
            *(str(rule.get(name)) for name in ("IpProtocol", "FromPort", "ToPort")),
            kind,
            str(peer[key]),
        )
        for rule in rules
        for kind, key in PEERS.items()
        for peer in rule.get(kind, [])
        if key in peer
    }
