"""Network connections of the nodes of a cluster."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from hyperpod_constructs.cdk.construct_tree import path_of, stack_of
from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.groups.restricted_instance_group import RestrictedInstanceGroup
from hyperpod_constructs.model.problem import Problem, Severity

from .efa_security_group import allows_efa
from .endpoints import vpc_endpoints
from .file_system_order import order_file_systems
from .file_systems import FileSystem
from .outbound_traffic import reaches_nothing
from .security_group_rules import SecurityGroupRules
from .subnets import routes


class NodeConnections:
    """Network connections of the nodes.

    Attributes: `vpc`; `connections`, with the security groups of all groups.
    """

    def __init__(
        self,
        scope: Construct,
        vpc: ec2.IVpc,
        subnets: Sequence[ec2.ISubnet],
        security_groups: Sequence[ec2.ISecurityGroup],
        *,
        depend_on: Callable[..., None],
    ) -> None:
        """Connects the nodes.

        Args:
            scope: Scope of imported security groups.
            vpc: VPC of the nodes.
            subnets: Subnets of the cluster.
            security_groups: Security groups of the cluster.
            depend_on: Adds dependencies of the cluster.
        """
        self.vpc = vpc
        self._scope = scope
        self._rules = SecurityGroupRules(scope)
        self.connections = ec2.Connections(security_groups=list(security_groups))
        self._depend_on = depend_on
        self._nodes: list[ec2.ISecurityGroup] = []
        self._mounted: dict[str, FileSystem] = {}
        self._allowed_both_ways: list[tuple[list[ec2.ISecurityGroup], str]] = []
        self._allowed: list[tuple[list[ec2.ISecurityGroup], list[ec2.Port]]] = []
        depend_on(*routes(subnets))
        self._add_security_groups(security_groups)

    def depend_on_endpoints(self) -> list[ec2.VpcEndpoint]:
        """Adds dependencies on the endpoints of the VPC that exist now, and returns them."""
        endpoints = vpc_endpoints(self.vpc, self._scope)
        self._depend_on(*endpoints)
        return endpoints

    def order_file_systems(self) -> None:
        """Has the file systems that exist now wait for the rules that they need."""
        mounted = [peer for peers, _ in self._allowed for peer in peers]
        order_file_systems(stack_of(self._scope), [*mounted, *self._nodes])

    def allow_from_nodes(
        self, security_groups: Sequence[ec2.ISecurityGroup], ports: Sequence[ec2.Port]
    ) -> None:
        """Allows all nodes, also those of groups added later, to connect to security groups."""
        allowed = (list(security_groups), list(ports))
        self._allowed.append(allowed)
        self._allow(*allowed, self._nodes)

    def mount(self, file_systems: Mapping[str, FileSystem]) -> None:
        """Allows all nodes to mount file systems, which are given by path."""
        self._mounted |= file_systems
        for file_system in file_systems.values():
            groups = file_system.resolve_security_groups(self._scope)
            if file_system.efa:
                self.allow_both_ways(groups, "FSx for Lustre")
            else:
                self.allow_from_nodes(groups, file_system.ports)

    def allow_both_ways(
        self,
        security_groups: Sequence[ec2.ISecurityGroup],
        description: str = "The EKS control plane",
    ) -> None:
        """Allows all traffic between all nodes and security groups."""
        if not security_groups:
            return
        peers = (list(security_groups), description)
        self._allowed_both_ways.append(peers)
        self._allow_from(*peers, self._nodes)
        self.allow_from_nodes(security_groups, [ec2.Port.all_traffic()])

    def add(self, group: InstanceGroup | RestrictedInstanceGroup) -> None:
        """Connects an instance group with its own security groups and subnets, if any."""
        given = cast("Sequence[ec2.ISecurityGroup]", group.security_groups)
        own_groups = [own_group for own_group in given if own_group not in self._nodes]
        if own_groups:
            self._add_rules(own_groups, self._nodes, [ec2.Port.all_traffic()])
            self._add_rules(self._nodes, own_groups, [ec2.Port.all_traffic()])
            self.connections.add_security_group(*own_groups)
            self._add_security_groups(own_groups)
        for subnet in cast("Sequence[ec2.ISubnet]", group.subnets):
            self._depend_on(subnet.internet_connectivity_established)

    def problems(self) -> Iterator[Problem]:
        """Security groups must allow all traffic from and to themselves for EFA, and reach AWS.

        File systems with EFA must be as FSx requires.
        """
        closed = [path_of(group) for group in self._nodes if reaches_nothing(group)]
        if closed:
            yield Problem(
                code="NoOutboundTraffic",
                path="security_groups",
                value=closed,
                message="allow outbound traffic at most to themselves, and nodes download their "
                "lifecycle scripts from Amazon S3",
                fix="allow outbound HTTPS, or all traffic with allow_all_outbound=True",
                severity=Severity.WARNING,
            )
        others = [path_of(group) for group in self._nodes if not allows_efa(group)]
        if others:
            yield Problem(
                code="EfaSecurityGroup",
                path="security_groups",
                value=others,
                message="must allow all traffic from and to the group itself, as EFA requires; a "
                "default ec2.SecurityGroup drops the egress rule",
                fix="verify the rules, or use EfaSecurityGroup",
                severity=Severity.WARNING,
            )
        for path, file_system in self._mounted.items():
            yield from file_system.efa_problems(path)

    def _add_security_groups(self, security_groups: Sequence[ec2.ISecurityGroup]) -> None:
        self._nodes += security_groups
        self._depend_on(*security_groups)
        for peers, ports in self._allowed:
            self._allow(peers, ports, security_groups)
        for peers, description in self._allowed_both_ways:
            self._allow_from(peers, description, security_groups)

    def _allow(
        self,
        security_groups: Sequence[ec2.ISecurityGroup],
        ports: Sequence[ec2.Port],
        nodes: Sequence[ec2.ISecurityGroup],
    ) -> None:
        self._add_rules(security_groups, nodes, ports)
        self._depend_on(*security_groups)

    def _allow_from(
        self,
        peers: Sequence[ec2.ISecurityGroup],
        description: str,
        nodes: Sequence[ec2.ISecurityGroup],
    ) -> None:
        if nodes:
            self._add_rules(nodes, peers, [ec2.Port.all_traffic()], description)

    def _add_rules(
        self,
        targets: Sequence[ec2.ISecurityGroup],
        sources: Sequence[ec2.ISecurityGroup],
        ports: Sequence[ec2.Port],
        description: str = "HyperPod nodes",
    ) -> None:
        self._depend_on(
            *(
                self._rules.allow(target, source, port, description)
                for target in targets
                for source in sources
                for port in ports
            )
        )
