"""File systems of the app in another Availability Zone than the nodes.

Traffic between zones is slower, and EC2 charges for it.
Source: https://docs.aws.amazon.com/fsx/latest/LustreGuide/performance.html
"""

from collections.abc import Iterator, Sequence
from typing import cast

from aws_cdk import aws_ec2 as ec2

from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.network.file_systems import FileSystem
from hyperpod_constructs.network.resource_identity import referenced
from hyperpod_constructs.network.subnets import VpcSubnets, id_of, known_zone

from .arguments import ClusterArguments


def zone_problems(arguments: ClusterArguments) -> Iterator[Problem]:
    """File systems should be in the Availability Zone of the nodes."""
    known = arguments.known_subnets
    if known is None:
        return
    yield from _problems(known, "file_systems", arguments.file_systems, arguments.node_subnets)
    for index, group in enumerate(arguments.instance_groups):
        if isinstance(group, InstanceGroup):
            yield from group_zone_problems(f"instance_groups[{index}]", group, arguments)


def group_zone_problems(
    path: str, group: InstanceGroup, arguments: ClusterArguments
) -> Iterator[Problem]:
    """As `zone_problems`, for the file systems of a group."""
    known = arguments.known_subnets
    if known is not None and group.file_systems:
        subnets = cast("Sequence[ec2.ISubnet]", group.subnets) or arguments.node_subnets
        yield from _problems(known, f"{path}.file_systems", group.file_systems, subnets)


def _problems(
    known: VpcSubnets, path: str, file_systems: Sequence[object], subnets: Sequence[ec2.ISubnet]
) -> Iterator[Problem]:
    for index, file_system in enumerate(file_systems):
        subnet_ids = _subnet_ids(file_system)
        if not set(subnet_ids) - set(map(id_of, subnets)):
            continue
        there = [known.zone_of(each) for each in subnet_ids]
        here = [known_zone(subnet) for subnet in subnets]
        if here and all(map(_is_known, [*here, *there])) and not set(there) & set(here):
            yield Problem(
                code="FileSystemZone",
                path=f"{path}[{index}]",
                value=there[0] if len(there) == 1 else there,
                message="is the Availability Zone of the file system, and the nodes are in "
                f"{' and '.join(sorted({str(zone) for zone in here}))}; traffic between zones is "
                "slower and charged",
                fix="create the file system in the subnet of the nodes",
                severity=Severity.WARNING,
            )


def _subnet_ids(file_system: object) -> list[str]:
    """The subnets of a file system of the app."""
    if not isinstance(file_system, FileSystem):
        return []
    return getattr(referenced(file_system.mount.dns_name), "subnet_ids", None) or []


def _is_known(zone: str | None) -> bool:
    return zone is not None and not is_unresolved(zone)
