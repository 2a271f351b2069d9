"""Warnings about what the app adds to a cluster until it is synthesized."""

from collections.abc import Iterator, Mapping, Sequence

from aws_cdk import aws_iam as iam

from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.network.node_connections import NodeConnections

from .arguments import ClusterArguments
from .control_plane_traffic import control_plane_traffic_problems
from .role_checks import node_role_problems


def synthesis_problems(
    arguments: ClusterArguments,
    groups: Sequence[InstanceGroup],
    roles_by_type: Mapping[str, iam.IRole],
    connections: NodeConnections,
) -> Iterator[Problem]:
    """Warnings about security groups, their rules, file systems and roles.

    Args:
        arguments: Arguments of the cluster.
        groups: The instance groups, with their own roles.
        roles_by_type: Roles of the other groups, created or specified, by node type.
        connections: Network connections of the nodes.
    """
    yield from connections.problems()
    yield from control_plane_traffic_problems(arguments, connections.connections.security_groups)
    yield from node_role_problems(arguments, groups, roles_by_type)
