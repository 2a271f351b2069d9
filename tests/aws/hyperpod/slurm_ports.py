"""Whether nodes of groups with security groups of their own reach one another's Slurm daemons.

Source: https://slurm.schedmd.com/network.html
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import permutations
from typing import Any

from tests.aws.cloud import Cloud
from tests.aws.rules.reachability import Span, allows

from .group_rules import Group
from .lifecycle_objects import forms, scripts_failed

SLURMCTLD, SLURMD = (6817, 6817), (6818, 6818)


def check_slurm_ports(
    cloud: Cloud, groups: Sequence[Group], vpc_config: Mapping[str, Any], *, on_eks: bool
) -> None:
    """Refuses groups between which security groups do not allow Slurm."""
    if on_eks:
        return
    controllers = _controllers(cloud, groups)
    for group, other in permutations(groups, 2):
        own, theirs = (_security_groups(each, vpc_config) for each in (group, other))
        port = SLURMCTLD if other["InstanceGroupName"] in controllers else SLURMD
        if own != theirs and not _reaches(cloud, own, theirs, port):
            raise scripts_failed(
                f"slurm: {group['InstanceGroupName']} does not reach "
                f"{other['InstanceGroupName']}: TCP {port[0]}"
            )


def _controllers(cloud: Cloud, groups: Sequence[Group]) -> set[str]:
    named = {
        group["InstanceGroupName"]
        for group in groups
        if group.get("SlurmConfig", {}).get("NodeType") == "Controller"
    }
    return named | {str(form["controller_group"]) for form in forms(cloud, groups).values()}


def _security_groups(group: Group, vpc_config: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(group.get("OverrideVpcConfig", vpc_config)["SecurityGroupIds"])


def _reaches(cloud: Cloud, own: Collection[str], theirs: Collection[str], port: Span) -> bool:
    return all(
        allows(_rules(cloud, of, direction), peers, port, ["0.0.0.0/0"])
        for of, direction, peers in (
            (own, "IpPermissionsEgress", theirs),
            (theirs, "IpPermissions", own),
        )
    )


def _rules(cloud: Cloud, groups: Collection[str], direction: str) -> list[Mapping[str, Any]]:
    described = cloud.client("ec2").describe_security_groups(GroupIds=sorted(groups))
    return [rule for group in described["SecurityGroups"] for rule in group[direction]]
