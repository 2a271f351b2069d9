"""Traffic between the nodes and the control plane of an EKS cluster.

Source: https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html
"""

from collections.abc import Iterator, Sequence

from aws_cdk import aws_ec2 as ec2

from hyperpod_constructs.model.kubernetes.control_plane import ControlPlane
from hyperpod_constructs.model.orchestrator import Eks
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.references import EksClusterReference
from hyperpod_constructs.network.efa_security_group import EfaSecurityGroup
from hyperpod_constructs.network.inbound_traffic import is_open_to_others

from .arguments import ClusterArguments
from .eks_resource import eks_resource


def control_plane_traffic_problems(
    arguments: ClusterArguments, created: Sequence[ec2.ISecurityGroup]
) -> Iterator[Problem]:
    """Rules must allow all traffic between the nodes and the security groups of the EKS cluster.

    Args:
        arguments: Arguments of the cluster.
        created: Security groups of the nodes, unless they are specified.
    """
    orchestrator = arguments.orchestrator
    if not isinstance(orchestrator, Eks) or arguments.security_groups:
        return
    cluster = orchestrator.cluster
    if _security_groups_are_known(cluster):
        return
    groups = [group for group in created if isinstance(group, EfaSecurityGroup)]
    if groups and not any(map(is_open_to_others, groups)):
        yield Problem(
            code="EksSecurityGroups",
            path="orchestrator.cluster",
            value=cluster.cluster_arn
            if isinstance(cluster, EksClusterReference)
            else cluster.cluster_name,
            message="is an EKS cluster whose security groups are unknown, and no rule allows traffic "
            "between them and the nodes",
            fix="import it with security_group_ids=, or allow all traffic between its security "
            "groups and cluster.connections in both directions",
            severity=Severity.WARNING,
        )


def _security_groups_are_known(cluster: object) -> bool:
    if isinstance(cluster, ControlPlane) or eks_resource(cluster) is not None:
        return True
    connections = getattr(cluster, "connections", None)
    return connections is not None and bool(connections.security_groups)
