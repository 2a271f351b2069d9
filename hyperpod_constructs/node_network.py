"""Where the nodes of a cluster are, and what is opened to them."""

from collections.abc import Callable, Sequence
from typing import cast

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from .file_systems import FileSystem
from .model.errors import Problem, Severity
from .model.instance_group import InstanceGroup
from .model.restricted_instance_group import RestrictedInstanceGroup
from .network import EfaSecurityGroup, allow_from_nodes, network_dependencies


class NodeNetwork:
    """The subnets and security groups of the nodes.

    Attributes of the object: `vpc`; `connections`, with the security groups of every group.
    """

    def __init__(
        self,
        scope: Construct,
        vpc: ec2.IVpc,
        subnets: Sequence[ec2.ISubnet],
        security_groups: Sequence[ec2.ISecurityGroup],
        *,
        depend_on: Callable[..., None],
        warn: Callable[[Problem], None],
    ) -> None:
        """Takes the network of the cluster.

        Args:
            scope: Construct to import security groups in.
            vpc: VPC of the nodes.
            subnets: Subnets of the cluster.
            security_groups: Security groups of the cluster.
            depend_on: Makes the cluster wait for something, and go before it.
            warn: Says something doubtful.
        """
        self.vpc = vpc
        self._scope = scope
        self._file_systems = 0
        self.connections = ec2.Connections(security_groups=list(security_groups))
        self._depend_on = depend_on
        self._warn = warn
        self._nodes: list[ec2.ISecurityGroup] = []
        self._joined: list[ec2.ISecurityGroup] = []
        self._opened: list[tuple[list[ec2.ISecurityGroup], list[ec2.Port]]] = []
        depend_on(*network_dependencies(vpc, subnets))
        self._add_security_groups(security_groups)

    def open_to_nodes(
        self, security_groups: Sequence[ec2.ISecurityGroup], ports: Sequence[ec2.Port]
    ) -> None:
        """Lets all nodes, those of groups added later too, reach the members of security groups."""
        opened = (list(security_groups), list(ports))
        self._opened.append(opened)
        self._open(*opened, self._nodes)

    def mount(self, file_systems: Sequence[FileSystem]) -> None:
        """Lets all nodes reach file systems."""
        for file_system in file_systems:
            groups = file_system.resolve_security_groups(
                self._scope, f"FileSystem{self._file_systems}Group"
            )
            self._file_systems += 1
            self.open_to_nodes(groups, file_system.ports)

    def join(self, security_groups: Sequence[ec2.ISecurityGroup]) -> None:
        """Lets all nodes and the members of security groups reach each other."""
        self._joined += security_groups
        self._allow_from(security_groups, self._nodes)
        self.open_to_nodes(security_groups, [ec2.Port.all_traffic()])

    def add(self, group: InstanceGroup | RestrictedInstanceGroup) -> None:
        """Joins the security groups of an instance group's own with those of the cluster."""
        given = cast("Sequence[ec2.ISecurityGroup]", group.security_groups)
        own_groups = [own_group for own_group in given if own_group not in self._nodes]
        if own_groups:
            allow_from_nodes(own_groups, self._nodes, [ec2.Port.all_traffic()])
            allow_from_nodes(self._nodes, own_groups, [ec2.Port.all_traffic()])
            self.connections.add_security_group(*own_groups)
            self._add_security_groups(own_groups)
        for subnet in cast("Sequence[ec2.ISubnet]", group.subnets):
            self._depend_on(subnet.internet_connectivity_established)

    def _add_security_groups(self, security_groups: Sequence[ec2.ISecurityGroup]) -> None:
        self._nodes += security_groups
        self._depend_on(*security_groups)
        for opened, ports in self._opened:
            self._open(opened, ports, security_groups)
        self._allow_from(self._joined, security_groups)
        others = [group for group in security_groups if not isinstance(group, EfaSecurityGroup)]
        if others:
            self._warn(
                Problem(
                    code="EfaSecurityGroup",
                    path="security_groups",
                    value=[group.node.path for group in others],
                    message="need a rule for all traffic from the group itself and one for all "
                    "traffic to it, which EFA asks for and a default ec2.SecurityGroup drops",
                    fix="check them, or use EfaSecurityGroup",
                    severity=Severity.WARNING,
                )
            )

    def _open(
        self,
        security_groups: Sequence[ec2.ISecurityGroup],
        ports: Sequence[ec2.Port],
        nodes: Sequence[ec2.ISecurityGroup],
    ) -> None:
        allow_from_nodes(security_groups, nodes, ports)
        self._depend_on(*security_groups)

    def _allow_from(
        self, peers: Sequence[ec2.ISecurityGroup], nodes: Sequence[ec2.ISecurityGroup]
    ) -> None:
        for node in nodes:
            for peer in peers:
                node.add_ingress_rule(peer, ec2.Port.all_traffic(), "The EKS control plane")
