"""Network of the nodes: subnets with their zones, and what security groups allow."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from hyperpod_constructs.checks.neighbour_traffic import SECURITY_GROUP
from hyperpod_constructs.checks.template_resources import Resources, UnfollowedError
from hyperpod_constructs.schema.json_values import items_of, object_of, value_at

from .description import ConnectionDescription, NetworkDescription, SubnetDescription
from .values import readable

NODES = "nodes"
ANY_ADDRESS = "any address"
SERVICE_NETWORK = "network of the service"
_SUBNET = "AWS::EC2::Subnet"
_OWNERS = (
    ("AWS::FSx::FileSystem", "SecurityGroupIds"),
    ("AWS::RDS::DBCluster", "VpcSecurityGroupIds"),
    ("AWS::RDS::DBInstance", "VPCSecurityGroups"),
    ("AWS::EC2::VPCEndpoint", "SecurityGroupIds"),
    ("AWS::EFS::MountTarget", "SecurityGroups"),
    ("AWS::DirectoryService::MicrosoftAD", "SecurityGroupIds"),
)
_GROUP_ID = {"ingress": "SourceSecurityGroupId", "egress": "DestinationSecurityGroupId"}
_ADDRESSES = ("CidrIp", "CidrIpv6", "SourcePrefixListId", "DestinationPrefixListId")
_ANY_ADDRESS = ("0.0.0.0/0", "::/0")


class Network:
    """The network of a cluster, in its template if there is one."""

    def __init__(self, template: Mapping[str, Any] | None, request: Mapping[str, Any]) -> None:
        self._resources = Resources(template or {})
        self._vpc = object_of(request.get("VpcConfig"))
        self._groups = [
            each
            for name in ("InstanceGroups", "RestrictedInstanceGroups")
            for each in items_of(request.get(name))
        ]

    def describe(self) -> NetworkDescription:
        """Subnets, security groups and ways out."""
        vpcs = {self._vpc_of(each) for each in self._subnets(self._vpc)} - {None}
        endpoints = [
            each
            for _, each in self._of_type("AWS::EC2::VPCEndpoint")
            if self._name(each.get("VpcId")) in vpcs
        ]
        gateways = [
            each
            for _, each in self._of_type("AWS::EC2::NatGateway")
            if self._vpc_of(each.get("SubnetId")) in vpcs
        ]
        return NetworkDescription(
            subnets=tuple(map(self._subnet, self._subnets(self._vpc))),
            security_groups=tuple(map(readable, items_of(self._vpc.get("SecurityGroupIds")))),
            nat_gateways=len(gateways),
            endpoints=tuple(map(_service, endpoints)),
        )

    def zone(self, own: Any) -> str:
        """Availability Zones of a group, from its own subnets or those of the cluster."""
        subnets = self._subnets(object_of(own)) or self._subnets(self._vpc)
        zones = dict.fromkeys(self._subnet(each).zone for each in subnets)
        return ", ".join(zones) or SERVICE_NETWORK

    def connections(self) -> Iterator[ConnectionDescription]:
        """What the security groups of the template allow from and to the nodes, each once."""
        yield from dict.fromkeys(
            ConnectionDescription(source=source, target=target, traffic=traffic)
            for source, target, traffic in self._allowed()
        )

    def _allowed(self) -> Iterator[tuple[str, str, str]]:
        nodes = self._node_groups()
        names = {**self._owners(), **dict.fromkeys(nodes, NODES)}
        for direction, group, rule in self._rules():
            peer = self._peer(rule, direction)
            ends = {names.get(group, group), names.get(peer, peer)}
            if NODES not in ends or (direction == "egress" and group not in nodes):
                continue
            own, other = names.get(group, group), names.get(peer, peer)
            source, target = (other, own) if direction == "ingress" else (own, other)
            yield source, target, _traffic(rule)

    def _rules(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        for group, properties in self._of_type(SECURITY_GROUP):
            for direction in _GROUP_ID:
                for rule in items_of(properties.get(f"SecurityGroup{direction.capitalize()}")):
                    yield direction, group, object_of(rule)
        for direction in _GROUP_ID:
            for _, rule in self._of_type(f"{SECURITY_GROUP}{direction.capitalize()}"):
                yield direction, self._name(rule.get("GroupId")), rule

    def _peer(self, rule: Mapping[str, Any], direction: str) -> str:
        group = rule.get(_GROUP_ID[direction])
        if group is not None:
            return self._name(group)
        addresses = [readable(rule[each]) for each in _ADDRESSES if each in rule]
        if any(each in _ANY_ADDRESS for each in addresses):
            return ANY_ADDRESS
        return ", ".join(addresses) or "unknown"

    def _node_groups(self) -> set[str]:
        networks = [
            self._vpc,
            *(object_of(value_at(each, "OverrideVpcConfig")) for each in self._groups),
        ]
        return {
            self._name(each)
            for network in networks
            for each in items_of(network.get("SecurityGroupIds"))
        }

    def _owners(self) -> dict[str, str]:
        return {
            self._name(group): logical_id
            for kind, key in _OWNERS
            for logical_id, properties in self._of_type(kind)
            for group in items_of(properties.get(key))
        }

    def _name(self, value: Any) -> str:
        """Logical ID of a resource of the template, or the value."""
        with suppress(UnfollowedError):
            logical_id = self._resources.referred(value)
            if logical_id is not None:
                return logical_id
        return readable(value)

    def _subnets(self, vpc: Mapping[str, Any]) -> Sequence[Any]:
        subnets = vpc.get("Subnets", ())
        return subnets if isinstance(subnets, list) else [subnets] if subnets else ()

    def _subnet(self, reference: Any) -> SubnetDescription:
        with suppress(UnfollowedError):
            logical_id = self._resources.referred(reference)
            properties = self._resources.properties(logical_id, _SUBNET)
            if logical_id is not None and properties is not None:
                return SubnetDescription(
                    name=logical_id,
                    zone=readable(properties.get("AvailabilityZone", "any zone")),
                    addresses=readable(properties.get("CidrBlock", "")),
                )
        return SubnetDescription(name=readable(reference), zone=f"zone of {readable(reference)}")

    def _vpc_of(self, reference: Any) -> str | None:
        """VPC of a subnet of the template."""
        with suppress(UnfollowedError):
            properties = self._resources.properties(self._resources.referred(reference), _SUBNET)
            return None if properties is None else self._name(properties.get("VpcId"))
        return None

    def _of_type(self, kind: str) -> list[tuple[str, Mapping[str, Any]]]:
        with suppress(UnfollowedError):
            return list(self._resources.of_type(kind))
        return []


def _traffic(rule: Mapping[str, Any]) -> str:
    protocol = readable(rule.get("IpProtocol", "-1"))
    if protocol == "-1":
        return "all traffic"
    first, last = readable(rule.get("FromPort", "")), readable(rule.get("ToPort", ""))
    ports = first if first == last else f"{first}-{last}"
    return f"{protocol.upper()} {ports}".strip()


def _service(endpoint: Mapping[str, Any]) -> str:
    service = readable(endpoint.get("ServiceName", "?")).rpartition("<AWS::Region>.")[2]
    return f"{service} ({readable(endpoint.get('VpcEndpointType', 'Gateway')).lower()})"
