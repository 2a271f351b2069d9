"""Execution roles that an EKS cluster of the app uses for something else too.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-prerequisites.html
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from aws_cdk import aws_iam as iam
from constructs import Construct

from hyperpod_constructs.cdk.construct_tree import node_of, path_of
from hyperpod_constructs.model.kubernetes.control_plane import ControlPlane
from hyperpod_constructs.model.kubernetes.eks_prerequisites import NODE_ENTRY, shared_role
from hyperpod_constructs.model.orchestrator import Eks, Orchestrator
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.network.resource_identity import resource_key

_NAMES = ("nodegroup_name", "access_entry_name")
"""What the constructs of CDK are recognized by, without an import of their modules."""

_ROLES = ("node_role", "principal_arn")
"""Attributes of node groups and access entries, of which a resource has one at most."""


def shared_role_problems(
    roles: Mapping[str, iam.IRole], orchestrator: Orchestrator
) -> Iterator[Problem]:
    """Warnings about roles of node groups and access entries that CDK adds to an EKS cluster.

    Args:
        roles: Execution roles by path.
        orchestrator: Workload manager of the cluster.
    """
    cluster = orchestrator.cluster if isinstance(orchestrator, Eks) else None
    if not isinstance(cluster, Construct):
        return
    keys = {resource_key(role, role.role_arn): path for path, role in roles.items()}
    for resource in _resources_of(cluster):
        attribute = next((name for name in _ROLES if hasattr(type(resource), name)), None)
        if attribute is None or getattr(resource, "type", None) == NODE_ENTRY:
            continue
        path = keys.get(resource_key(resource, getattr(resource, attribute)))
        if path is not None:
            other = path_of(resource).removesuffix("/Resource")
            yield shared_role(path, path_of(roles[path]), other)


def _resources_of(cluster: Construct) -> Iterator[Any]:
    """Node groups and access entries, which CDK creates as children of the EKS cluster."""
    scopes: list[Any] = [cluster]
    if isinstance(cluster, ControlPlane):
        scopes.append(cluster.eks_cluster)
    for child in chain.from_iterable(node_of(scope).children for scope in scopes):
        is_known = any(hasattr(type(child), name) for name in _NAMES)
        resource = node_of(child).default_child if is_known else child
        if hasattr(type(resource), "cfn_resource_type"):
            yield resource
