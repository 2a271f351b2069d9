"""Checks of subnets and security groups, as EC2 reports them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from hyperpod_constructs.operations.reads import Reads

from .check import check
from .existing import ACTION, new_nodes, nodes_now
from .outcome import Result, failed, ok, warning
from .planned import Planned, PlannedGroup
from .traffic import allows

_DIRECTIONS = {"inbound": "IpPermissions", "outbound": "IpPermissionsEgress"}
_DNS = ("enableDnsSupport", "enableDnsHostnames")


@check("SubnetExists", "ec2:DescribeSubnets", "ec2:DescribeSecurityGroups")
def one_private_network(planned: Planned, reads: Reads) -> Iterator[Result]:
    """Subnets and security groups must exist, in one VPC, and subnets must be private.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites.html
    """
    for network in planned.networks:
        subnets = reads.subnets(network.subnets)
        groups = reads.security_groups(network.security_groups)
        for each in (*network.subnets, *network.security_groups):
            if each not in subnets and each not in groups:
                yield failed(each, "does not exist in the account and Region", "verify the ID")
        vpcs = {each["VpcId"] for each in (*subnets.values(), *groups.values())}
        names = ", ".join((*network.subnets, *network.security_groups))
        if len(vpcs) > 1:
            yield failed(names, f"are in several VPCs: {', '.join(sorted(vpcs))}", "use one VPC")
        for each, subnet in subnets.items():
            if subnet["MapPublicIpOnLaunch"]:
                yield failed(each, "assigns public IP addresses", "use a private subnet")
            else:
                yield ok(each, f"is a private subnet of {subnet['VpcId']}")


@check("FreeAddresses", "ec2:DescribeSubnets", ACTION)
def free_addresses(planned: Planned, reads: Reads) -> Iterator[Result]:
    """Subnets must have a free IP address for each network card of new nodes, and on EKS for pods.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites.html
    """
    needed: Counter[frozenset[str]] = Counter()
    now = nodes_now(planned, reads)
    for group in planned.groups:
        if group.network is not None and group.network.is_complete:
            needed[frozenset(group.network.subnets)] += new_nodes(
                group, now
            ) * planned.addresses_of_node(group)
    known = reads.subnets(planned.subnets)
    for subnets in needed:
        within = sum(number for others, number in needed.items() if others <= subnets)
        free = sum(known[each]["AvailableIpAddressCount"] for each in subnets if each in known)
        name = ", ".join(sorted(subnets))
        message = f"has {free} free IP addresses; new nodes need {within}"
        if within <= free:
            yield ok(name, message)
        else:
            yield failed(name, message, "use larger subnets; a subnet cannot be enlarged")


@check("TypeOffered", "ec2:DescribeInstanceTypeOfferings", "ec2:DescribeSubnets")
def types_offered(planned: Planned, reads: Reads) -> Iterator[Result]:
    """EC2 must offer the instance types in the Availability Zones of the group, or else in the Region.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceTypeOfferings.html
    """
    for group in planned.groups:
        zones = set(zones_of(group, reads))
        for name in group.types if group.count else ():
            offered = _offered(name.removeprefix("ml."), reads)
            yield _offer(f"{group.name}: {name}", zones, offered)


def _offer(subject: str, zones: set[str], offered: set[str]) -> Result:
    everywhere = ", ".join(sorted(offered))
    missing = ", ".join(sorted(zones - offered))
    if not offered:
        return failed(subject, "is not offered in the Region", "use another type or Region")
    if missing:
        return failed(subject, f"is not offered in {missing}", f"use a subnet in {everywhere}")
    return ok(subject, f"is offered in {', '.join(sorted(zones)) or everywhere}")


@check("SecurityGroupRules", "ec2:DescribeSecurityGroups")
def self_rules(planned: Planned, reads: Reads) -> Iterator[Result]:
    """Security groups must allow all traffic from and to themselves, by a rule with their ID.

    One security group of a node with both rules is enough for traffic; another one without them is a
    warning.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-start.html
    """
    for ids in dict.fromkeys(network.security_groups for network in planned.networks):
        known = reads.security_groups(ids)
        missing = {
            each: [
                words
                for words, rules in _DIRECTIONS.items()
                if not allows(group[rules], {each}, None)
            ]
            for each, group in known.items()
        }
        has_one = any(not each for each in missing.values())
        for each, directions in missing.items():
            if not directions:
                yield ok(each, "allows all traffic from and to itself")
                continue
            message = f"has no {' and no '.join(directions)} rule for all traffic with itself"
            fix = f"add the rule, with {each} as its source or destination"
            yield warning(each, message, fix) if has_one else failed(each, message, fix)


@check("VpcDns", "ec2:DescribeSubnets", "ec2:DescribeVpcAttribute")
def dns_attributes(planned: Planned, reads: Reads) -> Iterator[Result]:
    """The VPC must resolve DNS names and have DNS hostnames, for endpoints and file systems.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
    """
    subnets = reads.subnets(planned.subnets)
    for vpc in sorted({each["VpcId"] for each in subnets.values()}):
        for name in _DNS:
            answer = reads.get("ec2", "describe_vpc_attribute", VpcId=vpc, Attribute=name)
            if answer[f"{name[0].upper()}{name[1:]}"]["Value"]:
                yield ok(vpc, f"has {name}")
            else:
                yield failed(vpc, f"does not have {name}", f"enable {name} of the VPC")


def zones_of(group: PlannedGroup, reads: Reads) -> list[str]:
    """Availability Zones of the subnets of a group that exist."""
    if group.network is None:
        return []
    subnets: Mapping[str, Mapping[str, Any]] = reads.subnets(group.network.subnets)
    return sorted({each["AvailabilityZone"] for each in subnets.values()})


def _offered(name: str, reads: Reads) -> set[str]:
    answer = reads.get(
        "ec2",
        "describe_instance_type_offerings",
        LocationType="availability-zone",
        Filters=[{"Name": "instance-type", "Values": [name]}],
    )
    return {each["Location"] for each in answer["InstanceTypeOfferings"]}
