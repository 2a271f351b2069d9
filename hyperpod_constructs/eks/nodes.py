"""The EKS cluster of a HyperPod cluster, and what runs there only with nodes."""

from collections.abc import Iterator, Sequence
from typing import Any, cast
from weakref import WeakKeyDictionary

import aws_cdk as cdk
from aws_cdk import aws_eks_v2 as eks_v2
from constructs import Construct, IConstruct

from hyperpod_constructs.cdk.cluster_interface import IHyperPodCluster
from hyperpod_constructs.cdk.construct_tree import node_of, resource_of
from hyperpod_constructs.cdk.object_checks import CLUSTER, required
from hyperpod_constructs.model.kubernetes.control_plane import ControlPlane
from hyperpod_constructs.model.orchestrator import Eks
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.tokens import is_unresolved

_RESTRICTED: WeakKeyDictionary[IHyperPodCluster, bool] = WeakKeyDictionary()
"""Whether each cluster has restricted instance groups, which is read once."""


def eks_cluster_problems(cluster: object) -> Iterator[Problem]:
    """What runs on Kubernetes requires a HyperPod cluster that is orchestrated by EKS."""
    wrong = list(required("cluster", cluster, CLUSTER))
    yield from wrong
    if wrong:
        return
    orchestrator = cast("IHyperPodCluster", cluster).orchestrator
    if not isinstance(orchestrator, Eks):
        is_imported = orchestrator is None
        yield Problem(
            code="OrchestratorNotEks",
            path="cluster",
            value=None if is_imported else type(orchestrator).__name__,
            message="has no known EKS cluster"
            if is_imported
            else "is the orchestrator of the cluster, and this requires Eks",
            fix="import the cluster with eks_cluster=..."
            if is_imported
            else "use a cluster with orchestrator=hp.Eks(...)",
        )


class NodesOnEks:
    """The EKS cluster of a HyperPod cluster.

    Attributes: `cluster`, `eks_cluster`, `control_plane`.
    """

    def __init__(self, cluster: IHyperPodCluster) -> None:
        self.cluster = cluster
        self.eks_cluster: Any = cast("Eks", cluster.orchestrator).cluster
        self.control_plane = (
            self.eks_cluster if isinstance(self.eks_cluster, ControlPlane) else None
        )

    @property
    def eks_cluster_arn(self) -> str:
        """ARN of the EKS cluster."""
        return str(self.eks_cluster.cluster_arn)

    @property
    def eks_cluster_name(self) -> str:
        """Name of the EKS cluster."""
        if self.control_plane is not None:
            return self.control_plane.cluster_name
        if self.kubernetes is not None:
            return str(self.kubernetes.cluster_name)
        arn = self.eks_cluster_arn
        if is_unresolved(arn):
            return cdk.Fn.select(1, cdk.Fn.split("/", arn))
        return arn.rpartition("/")[2]

    @property
    def kubernetes(self) -> eks_v2.Cluster | None:
        """The object of CDK to which manifests can be added. None if only the ARN is known."""
        known = self.eks_cluster if self.control_plane is None else self.control_plane.eks_cluster
        return known if hasattr(type(known), "add_manifest") else None

    def order_after_nodes(self, *constructs: Construct) -> None:
        """Has constructs created after the HyperPod cluster and its CoreDNS."""
        before: list[IConstruct] = []
        resource = resource_of(cast("IConstruct", self.cluster))
        if resource is not None:
            before.append(resource)
        if self.control_plane is not None:
            before.extend(self.control_plane.with_nodes)
        for construct in constructs:
            if before:
                node_of(construct).add_dependency(*before)

    @property
    def has_restricted_groups(self) -> bool:
        """Whether the cluster is created here with groups for Amazon Nova models."""
        known = _RESTRICTED.get(self.cluster)
        if known is None:
            resource = resource_of(cast("IConstruct", self.cluster))
            known = getattr(resource, "restricted_instance_groups", None) is not None
            _RESTRICTED[self.cluster] = known
        return known

    def node_problems(self) -> Iterator[Problem]:
        """Without a group that HyperPod waits for, continuous provisioning creates no node before.

        Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-scale-cluster-nodes.html
        """
        groups = self.cluster.instance_groups
        if not groups:
            return
        waits = [group.min_count if self.cluster.is_continuous else group.count for group in groups]
        if not any(count is not None and (is_unresolved(count) or count > 0) for count in waits):
            names: Sequence[str] = [group.name for group in groups]
            yield Problem(
                code="NoNodesYet",
                path="cluster",
                value=", ".join(names),
                message="are the groups of the cluster, none of which has a node when the cluster is "
                "created, and this requires a node",
                fix="specify min_count=1 for one of them"
                if self.cluster.is_continuous
                else "specify a count for one of them",
                severity=Severity.WARNING,
            )
