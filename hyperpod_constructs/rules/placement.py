"""Rules for the VPC, subnets and security groups of a cluster.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites.html
"""

from collections.abc import Iterator, Sequence
from ipaddress import ip_network

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.groups.instance_types import (
    eks_addresses,
    instance_types,
    slurm_addresses,
)
from hyperpod_constructs.model.groups.network_interface import NetworkInterfaceType
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.subnet import Subnet
from hyperpod_constructs.model.tokens import is_unresolved

from .basis import Basis
from .queries import (
    AnyGroup,
    all_groups,
    group_path,
    instance_types_of,
    is_known,
    is_slurm,
    known_count,
)
from .rule import rule

MAX_SUBNETS = 16
MAX_SECURITY_GROUPS = 5
_RESERVED_ADDRESSES = 5


def availability_zones(subnets: Sequence[Subnet]) -> tuple[str, ...]:
    """Known Availability Zones of subnets, sorted."""
    zones = {
        subnet.availability_zone
        for subnet in subnets
        if subnet.availability_zone and not is_unresolved(subnet.availability_zone)
    }
    return tuple(sorted(zones))


@rule(basis=Basis.LIBRARY)
def vpc_for_vpc_arguments(model: ClusterValues) -> Iterator[Problem]:
    """Subnets and security groups require a VPC."""
    if model.subnets is not None:
        return
    arguments = [
        *model.vpc_arguments,
        *(
            f"{path}.{name}"
            for path, group in all_groups(model)
            for name in ("subnets", "security_groups")
            if getattr(group, name) and not is_unresolved(getattr(group, name))
        ),
    ]
    for argument in arguments:
        yield Problem(
            code="VpcMissing",
            path="vpc",
            value=None,
            message=f"is required, since {argument} is specified",
            fix=f"pass vpc=, or omit {argument}",
        )


@rule(basis=Basis.LIBRARY)
def some_subnet(model: ClusterValues) -> Iterator[Problem]:
    """The selection must contain a private subnet."""
    if model.subnets is not None and not model.subnets:
        yield Problem(
            code="NoSubnets",
            path="vpc_subnets",
            value=None,
            message="selects no private subnet of the VPC",
            fix="verify the zone, name and type of the selection against the subnets of the VPC",
        )


@rule(basis=Basis.SERVICE_MODEL)
def number_of_subnets(model: ClusterValues) -> Iterator[Problem]:
    """The numbers of subnets and security groups are limited for the cluster and each group."""
    yield from _limit("vpc_subnets", len(model.subnets or ()), MAX_SUBNETS, "subnets")
    yield from security_group_limit("security_groups", len(model.security_group_ids))
    for path, group in all_groups(model):
        yield from _limit(f"{path}.subnets", len(group.subnets), MAX_SUBNETS, "subnets")
        yield from security_group_limit(f"{path}.security_groups", len(group.security_groups))


def security_group_limit(path: str, number: int) -> Iterator[Problem]:
    """Validates the number of security groups."""
    yield from _limit(path, number, MAX_SECURITY_GROUPS, "security groups")


def _limit(path: str, number: int, most: int, what: str) -> Iterator[Problem]:
    """A cluster or group supports up to 16 subnets and 5 security groups.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_VpcConfig.html
    """
    if number > most:
        yield Problem(
            code="VpcConfigLimit",
            path=path,
            value=number,
            message=f"{what} exceed the limit of {most}",
            fix="remove some",
        )


def placed_subnets(model: ClusterValues) -> dict[str, Subnet]:
    """Subnets of the nodes by path."""
    return {
        **{f"vpc_subnets[{index}]": subnet for index, subnet in enumerate(model.subnets or ())},
        **{
            f"{group_path(index)}.subnets[{number}]": subnet
            for index, subnets in enumerate(model.own_subnets or ())
            for number, subnet in enumerate(subnets)
        },
    }


@rule(basis=Basis.AWS_PAGE)
def private_subnets(model: ClusterValues) -> Iterator[Problem]:
    """EKS clusters require private subnets. Instances do not get a public IP address."""
    is_warning = is_slurm(model)
    for path, subnet in placed_subnets(model).items():
        if subnet.public:
            yield Problem(
                code="PublicSubnet",
                path=path,
                value=subnet.name,
                message="is a public subnet, in which instances have no public IP address and no "
                "route to the internet"
                if is_warning
                else "is a public subnet, which HyperPod does not support for EKS clusters",
                fix="pass a private subnet with a route to a NAT gateway",
                severity=Severity.WARNING if is_warning else Severity.ERROR,
            )


@rule(basis=Basis.AWS_PAGE)
def one_availability_zone(model: ClusterValues) -> Iterator[Problem]:
    """HyperPod uses one of the specified subnets, and EFA does not cross Availability Zones.

    Groups of multiple instance types can use multiple zones.
    """
    zones = availability_zones(model.subnets or ())
    in_zones = [group for _, group in all_groups(model) if not group.subnets]
    if len(zones) > 1 and not all(getattr(group, "instance_types", ()) for group in in_zones):
        yield Problem(
            code="SeveralAvailabilityZones",
            path="vpc_subnets",
            value=list(zones),
            message="are multiple Availability Zones; HyperPod uses one, and EFA does not cross "
            "zones",
            fix="pass one subnet, and use subnets= for groups in other subnets",
            severity=Severity.WARNING,
        )


@rule(basis=Basis.LIBRARY)
def valid_address_blocks(model: ClusterValues) -> Iterator[Problem]:
    """The CIDR block of a subnet must be an IPv4 block."""
    for index, subnet in enumerate(model.subnets or ()):
        block = subnet.ipv4_cidr_block
        if is_known(block) and _size(block) is None:
            yield Problem(
                code="Ipv4CidrBlock",
                path=f"vpc_subnets[{index}].ipv4_cidr_block",
                value=block,
                message="is not a valid IPv4 CIDR block",
                fix="use a block such as '10.0.128.0/17'",
            )


@rule(basis=Basis.AWS_PAGE)
def enough_addresses(model: ClusterValues) -> Iterator[Problem]:
    """A subnet cannot be enlarged. An instance uses one IP address per network card.

    In an EKS cluster, it also uses one for each of its pods.
    """
    own = model.own_subnets or ()
    needed = {
        path: known_count(group) * node_addresses(model, group) for path, group in all_groups(model)
    }
    shared = sum(needed[path] for path, group in all_groups(model) if not group.subnets)
    places = [("vpc_subnets", model.subnets or (), shared)] + [
        (f"{group_path(index)}.subnets", subnets, needed.get(group_path(index), 0))
        for index, subnets in enumerate(own)
    ]
    for path, subnets, number in places:
        free = _free_addresses(subnets)
        if free is not None and number > free:
            yield Problem(
                code="SubnetAddresses",
                path=path,
                value=[subnet.ipv4_cidr_block for subnet in subnets],
                message=f"provide {free} IP addresses, and the instances require {number}",
                fix="pass a larger subnet; an existing subnet cannot be enlarged",
                severity=Severity.WARNING,
            )


def _free_addresses(subnets: Sequence[Subnet]) -> int | None:
    sizes = [_size(subnet.ipv4_cidr_block) for subnet in subnets]
    known = [size for size in sizes if size is not None]
    if not sizes or len(known) < len(sizes):
        return None
    return sum(max(0, size - _RESERVED_ADDRESSES) for size in known)


def node_addresses(model: ClusterValues, group: AnyGroup) -> int:
    """Number of IP addresses of a node of a group."""
    of_type = slurm_addresses if is_slurm(model) else eks_addresses
    efa_only = (
        isinstance(group, InstanceGroup)
        and group.network_interface_type is NetworkInterfaceType.EFA_ONLY
    )
    return min(
        (
            of_type(name) - (_other_cards(name) if efa_only else 0)
            for name in instance_types_of(group)
        ),
        default=1,
    )


def _other_cards(instance_type: str) -> int:
    known = instance_types().get(instance_type)
    return known.network_cards - 1 if known else 0


def _size(block: str | None) -> int | None:
    if block is None or is_unresolved(block):
        return None
    try:
        network = ip_network(block, strict=False)
    except ValueError:
        return None
    return network.num_addresses if network.version == 4 else None  # noqa: PLR2004 - IPv4
