"""Checks of the file systems that nodes mount."""

from collections.abc import Iterator, Mapping
from typing import Any

from hyperpod_constructs.operations.reads import Reads

from .check import check
from .network import zones_of
from .outcome import Result, failed, ok
from .planned import Mount, Network, Planned
from .traffic import allows

_LUSTRE_PORTS = ((988, 988), (1018, 1023))
_OPENZFS_PORTS = ((111, 111), (2049, 2049), (20001, 20003))
_FOUND = ("fsx:DescribeFileSystems",)


def _systems(planned: Planned, reads: Reads) -> Iterator[tuple[Mount, Mapping[str, Any] | None]]:
    """The mounts, each with its file system if there is one."""
    mounts = list(planned.mounts)
    if mounts:
        answer = reads.get("fsx", "describe_file_systems")
        known = {each.get("DNSName"): each for each in answer["FileSystems"]}
        for mount in mounts:
            yield mount, known.get(mount.dns_name)


@check("FileSystemState", *_FOUND)
def available(planned: Planned, reads: Reads) -> Iterator[Result]:
    """File systems must exist and be available, with the mount name that FSx assigned.

    Source: https://docs.aws.amazon.com/fsx/latest/LustreGuide/mounting-ec2-instance.html
    """
    for mount, system in _systems(planned, reads):
        if system is None:
            yield failed(
                mount.dns_name, "is not a file system of the account and Region", "verify the name"
            )
            continue
        name, state = system["FileSystemId"], system.get("Lifecycle", "AVAILABLE")
        assigned = system.get("LustreConfiguration", {}).get("MountName")
        if state not in {"AVAILABLE", "UPDATING"}:
            yield failed(name, f"is {state}", "use a file system that is available")
        elif mount.mount_name is not None and assigned not in {None, mount.mount_name}:
            yield failed(name, f"has the mount name {assigned}, not {mount.mount_name}", "use it")
        else:
            yield ok(name, f"is {state}")


@check("FileSystemZone", *_FOUND, "ec2:DescribeSubnets")
def same_zone(planned: Planned, reads: Reads) -> Iterator[Result]:
    """File systems should be in the Availability Zone of the nodes, and must be in their VPC.

    Source: https://docs.aws.amazon.com/fsx/latest/LustreGuide/limit-access-security-groups.html
    """
    for _, system in _systems(planned, reads):
        if system is None or not planned.subnets:
            continue
        name = system["FileSystemId"]
        own = reads.subnets(system["SubnetIds"]).values()
        nodes = reads.subnets(planned.subnets).values()
        vpcs, node_vpcs = ({each["VpcId"] for each in several} for several in (own, nodes))
        zones = {each["AvailabilityZone"] for each in own}
        others = {zone for group in planned.groups for zone in zones_of(group, reads)} - zones
        if not vpcs & node_vpcs:
            yield failed(
                name, f"is in {', '.join(sorted(vpcs))}, not in the VPC of the nodes", "use it"
            )
        elif others:
            yield failed(
                name,
                f"is in {', '.join(sorted(zones))}, and nodes in {', '.join(sorted(others))}",
                "use a subnet in the zone of the file system",
            )
        else:
            yield ok(name, f"is in {', '.join(sorted(zones))}, as the nodes are")


@check(
    "FileSystemTraffic",
    *_FOUND,
    *("ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets"),
)
def reachable(planned: Planned, reads: Reads) -> Iterator[Result]:
    """Security groups of file systems must allow the ports of the file system from the nodes.

    Source: https://docs.aws.amazon.com/fsx/latest/LustreGuide/limit-access-security-groups.html
    """
    for _, system in _systems(planned, reads):
        if system is None:
            continue
        name = system["FileSystemId"]
        interfaces = reads.described(
            "describe_network_interfaces",
            "NetworkInterfaces",
            "description",
            [f"*{name}*"],
        )
        own = {group["GroupId"] for each in interfaces for group in each["Groups"]}
        rules = [
            rule
            for group in reads.security_groups(sorted(own)).values()
            for rule in group["IpPermissions"]
        ]
        is_lustre = system["FileSystemType"] == "LUSTRE"
        for network in planned.networks:
            if own and network.is_complete:
                yield _traffic(name, rules, is_lustre=is_lustre, network=network, reads=reads)


def _traffic(
    name: str, rules: list[Any], *, is_lustre: bool, network: Network, reads: Reads
) -> Result:
    blocks = [each["CidrBlock"] for each in reads.subnets(network.subnets).values()]
    missing = [
        f"{first}-{last}" if first < last else str(first)
        for first, last in (_LUSTRE_PORTS if is_lustre else _OPENZFS_PORTS)
        if not allows(rules, network.security_groups, (first, last), blocks)
    ]
    if missing:
        return failed(
            name,
            f"does not allow TCP {', '.join(missing)} from {', '.join(network.security_groups)}",
            "allow the ports in the security group of the file system",
        )
    return ok(name, "allows the nodes to connect")
