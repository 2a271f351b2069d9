"""The IPv4 block of a VPC that `ClusterNetwork` creates.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
"""

from collections.abc import Iterator
from ipaddress import IPv4Network

from aws_cdk import aws_ec2 as ec2

from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.tokens import is_unresolved

_PREFIX_LENGTH = 16


def address_block_problems(path: str, ip_addresses: ec2.IIpAddresses | None) -> Iterator[Problem]:
    """The block must be a /16: a VPC supports no larger one, and the private subnet is a /17."""
    if ip_addresses is None:
        return
    block, length = _block_of(ip_addresses)
    if block is None and length is None:
        return
    try:
        length = IPv4Network(block, strict=False).prefixlen if block is not None else length
    except ValueError:
        length = None
    if length != _PREFIX_LENGTH:
        yield Problem(
            code="VpcCidrBlock",
            path=path,
            value=block or f"/{length}",
            message="is not a block of 65,536 addresses (/16), the largest of a VPC and the "
            "smallest with room for the private subnet (/17)",
            fix="use ec2.IpAddresses.cidr('10.0.0.0/16'), or pass your own VPC to the "
            "cluster as vpc=",
        )


def _block_of(ip_addresses: ec2.IIpAddresses) -> tuple[str | None, int | None]:
    """The block, or the length of its prefix if IPAM allocates it; None if unknown."""
    try:
        options = ip_addresses.allocate_vpc_cidr()
    except RuntimeError:
        return None, None
    block = options.cidr_block
    length = options.ipv4_netmask_length
    return (
        (None, None) if is_unresolved(block) else (block, None if length is None else int(length))
    )
