"""Subnets of the nodes and their attributes."""

from collections.abc import Iterator, Sequence
from weakref import WeakKeyDictionary

import constructs
from aws_cdk import aws_ec2 as ec2

from hyperpod_constructs.cdk.construct_tree import node_of, path_of, stack_of
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.subnet import Subnet

from .resource_identity import referenced

_CRITERIA = (
    "subnets",
    "subnet_group_name",
    "subnet_type",
    "availability_zones",
    "subnet_filters",
    "one_per_az",
)

_TYPES = {
    ec2.SubnetType.PRIVATE_WITH_EGRESS: "private_subnets",
    ec2.SubnetType.PRIVATE_ISOLATED: "isolated_subnets",
    ec2.SubnetType.PUBLIC: "public_subnets",
}
"""The attribute of a VPC that lists the subnets of a type."""


class VpcSubnets:
    """The subnets of a VPC. Each CDK property is read once, since a read is a call to Node.js.

    Attributes: `vpc`.
    """

    def __init__(self, vpc: ec2.IVpc) -> None:
        self.vpc = vpc
        self._by_type: dict[ec2.SubnetType, list[ec2.ISubnet]] = {}

    def of_nodes(self, selection: ec2.SubnetSelection | None) -> list[ec2.ISubnet]:
        """Selected subnets. Defaults to the first private subnet of the VPC."""
        if selection is None:
            return next(filter(None, map(self._of_type, _TYPES)), [])[:1]
        return selected_subnets(self.vpc, selection)

    def facts(self, subnets: Sequence[ec2.ISubnet]) -> tuple[Subnet, ...]:
        """Attributes of subnets that rules validate."""
        return tuple(self._fact(subnet) for subnet in subnets)

    def zone_of(self, subnet_id: str) -> str | None:
        """Availability Zone of a subnet, which this app creates or the VPC lists, by its ID."""
        resource = referenced(subnet_id)
        if isinstance(resource, ec2.CfnSubnet):
            return resource.availability_zone
        listed = (subnet for kind in _TYPES for subnet in self._of_type(kind))
        return next((known_zone(each) for each in listed if id_of(each) == subnet_id), None)

    def _fact(self, subnet: ec2.ISubnet) -> Subnet:
        kind = self._type_of(subnet)
        return Subnet(
            name=path_of(subnet),
            public=kind is ec2.SubnetType.PUBLIC,
            isolated=kind is ec2.SubnetType.PRIVATE_ISOLATED
            or (kind is None and _has_no_route(subnet)),
            availability_zone=known_zone(subnet),
            ipv4_cidr_block=_known(subnet, "ipv4_cidr_block"),
        )

    def _type_of(self, subnet: ec2.ISubnet) -> ec2.SubnetType | None:
        """The type as which the VPC lists a subnet, or another object with the same ID."""
        for kind in _TYPES:
            if subnet in self._of_type(kind):
                return kind
        subnet_id = id_of(subnet)
        for kind in _TYPES:
            if any(id_of(each) == subnet_id for each in self._of_type(kind)):
                return kind
        return None

    def _of_type(self, kind: ec2.SubnetType) -> list[ec2.ISubnet]:
        if kind not in self._by_type:
            self._by_type[kind] = list(getattr(self.vpc, _TYPES[kind]))
        return self._by_type[kind]


def id_of(subnet: ec2.ISubnet) -> str:
    """ID of a subnet, which is read once."""
    subnet_id = _IDS.get(subnet)
    if subnet_id is None:
        subnet_id = _IDS[subnet] = subnet.subnet_id
    return subnet_id


_IDS: WeakKeyDictionary[ec2.ISubnet, str] = WeakKeyDictionary()


def selected_subnets(vpc: ec2.IVpc, selection: ec2.SubnetSelection) -> list[ec2.ISubnet]:
    """Selected subnets of a VPC; none if CDK finds none."""
    if selection.subnets is not None:
        return list(selection.subnets)
    try:
        return vpc.select_subnets(
            availability_zones=selection.availability_zones,
            one_per_az=selection.one_per_az,
            subnet_filters=selection.subnet_filters,
            subnet_group_name=selection.subnet_group_name,
            subnet_type=selection.subnet_type,
        ).subnets
    except RuntimeError:  # CDK has no subnet of that name or type
        return []


def selection_problems(path: str, vpc: ec2.IVpc, selection: object) -> Iterator[Problem]:
    """A selection must select subnets of the VPC."""
    if not isinstance(selection, ec2.SubnetSelection):
        return
    given = {name: value for name in _CRITERIA if (value := getattr(selection, name)) is not None}
    if "subnet_group_name" in given and "subnet_type" in given:
        yield _no_subnets(
            f"{path}.subnet_type",
            given["subnet_type"],
            "cannot be specified together with subnet_group_name",
            "omit one of them",
        )
    elif not selected_subnets(vpc, selection):
        name = next(iter(given), "subnets")
        yield _no_subnets(
            f"{path}.{name}" if given else path,
            given.get(name),
            "selects no subnet of the VPC",
            _choices(vpc, name) or "verify the selection against the subnets of the VPC",
        )


def _no_subnets(path: str, value: object, message: str, fix: str) -> Problem:
    """A selection must select subnets of the VPC."""
    return Problem(code="NoSubnets", path=path, value=value, message=message, fix=fix)


def _choices(vpc: ec2.IVpc, criterion: str) -> str:
    """The values of a criterion that select subnets, in words."""
    subnets = {
        "PUBLIC": vpc.public_subnets,
        "PRIVATE_WITH_EGRESS": vpc.private_subnets,
        "PRIVATE_ISOLATED": vpc.isolated_subnets,
    }
    choices: list[str] = []
    if criterion == "subnet_type":
        choices = [f"SubnetType.{kind}" for kind, some in subnets.items() if some]
    elif criterion == "availability_zones":
        zones = {known_zone(subnet) for some in subnets.values() for subnet in some}
        choices = sorted(repr(zone) for zone in zones if zone is not None)
    elif criterion == "subnet_group_name":
        choices = [repr(name) for name in _group_names(vpc)]
    return f"use one of {', '.join(choices)}" if choices else ""


def _group_names(vpc: ec2.IVpc) -> list[str]:
    """The names of the subnet groups, which only an error of CDK lists."""
    try:
        vpc.select_subnets(subnet_group_name=" ")
    except RuntimeError as error:
        names = str(error).rpartition("Available names: ")[2].splitlines()[0]
        return names.split(",") if "Available names: " in str(error) else []
    return []


def routes(subnets: Sequence[ec2.ISubnet]) -> list[constructs.IDependable]:
    """The routes of subnets, which must exist as long as there are nodes."""
    return [subnet.internet_connectivity_established for subnet in subnets]


def known_zone(subnet: ec2.ISubnet) -> str | None:
    """Availability Zone of a subnet, if known."""
    return _known(subnet, "availability_zone")


def _has_no_route(subnet: ec2.ISubnet) -> bool:
    """Whether a subnet that the VPC does not list is created in this app without a route."""
    if not isinstance(subnet, ec2.Subnet):
        return False
    stack = stack_of(subnet)
    table = stack.resolve(subnet.route_table.route_table_id)
    return not any(
        isinstance(child, ec2.CfnRoute) and stack.resolve(child.route_table_id) == table
        for child in node_of(stack).find_all()
    )


def _known(subnet: ec2.ISubnet, attribute: str) -> str | None:
    try:
        return str(getattr(subnet, attribute))
    except RuntimeError:  # a subnet that was imported without it
        return None
