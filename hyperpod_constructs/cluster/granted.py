"""What grants know of a created cluster."""

from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from hyperpod_constructs.cdk.construct_tree import node_of, stack_of
from hyperpod_constructs.model.orchestrator import Eks
from hyperpod_constructs.permissions.granted_cluster import GrantedCluster
from hyperpod_constructs.permissions.node_roles import NodeRoles

from .arguments import ClusterArguments
from .base import HyperPodClusterBase


def granted_cluster(
    cluster: HyperPodClusterBase,
    arguments: ClusterArguments,
    roles: NodeRoles,
    cluster_role: iam.IRole | None,
) -> GrantedCluster:
    """Describes a cluster for grants, including the groups that are added later."""
    orchestrator = arguments.orchestrator
    return GrantedCluster(
        cluster,
        cluster.cluster_arn,
        roles.arns,
        [] if cluster_role is None else [cluster_role.role_arn],
        [orchestrator.cluster.cluster_arn] if isinstance(orchestrator, Eks) else [],
        lambda: _stacks_before(cluster, arguments),
        requires_roles=True,
    )


def _stacks_before(
    cluster: HyperPodClusterBase, arguments: ClusterArguments
) -> Iterator[cdk.Stack]:
    """Stacks that the stack of the cluster depends on, explicitly or for an argument."""
    own = stack_of(cluster)
    yield from own.dependencies
    constructs: list[Any] = [
        arguments.vpc,
        *arguments.security_groups,
        arguments.execution_role,
        arguments.cluster_role,
        *(group.execution_role for group in arguments.instance_groups),
        arguments.orchestrator.cluster if isinstance(arguments.orchestrator, Eks) else None,
    ]
    for construct in constructs:
        if hasattr(construct, "node"):
            other = stack_of(construct)
            if other is not own and node_of(construct).default_child is not None:
                yield other
