"""Objects of Kubernetes on the EKS cluster of a HyperPod cluster."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aws_cdk import aws_eks as eks
from aws_cdk import aws_eks_v2 as eks_v2
from constructs import Construct

from hyperpod_constructs.model.problem import Problem

from .nodes import NodesOnEks


def manifest_problems(nodes: NodesOnEks) -> Iterator[Problem]:
    """Objects of Kubernetes require an EKS cluster that is an object of CDK, with kubectl.

    Source: https://docs.aws.amazon.com/cdk/api/v2/python/aws_cdk.aws_eks_v2/README.html
    """
    if nodes.kubernetes is None:
        yield Problem(
            code="ManifestCluster",
            path="cluster",
            value=nodes.eks_cluster_arn,
            message="is known by its ARN only, which is not enough to create objects of Kubernetes",
            fix="use hp.Eks(...) with an EksControlPlane or an eks_v2.Cluster with kubectl",
        )


def add_manifest(
    scope: Construct, id: str, nodes: NodesOnEks, objects: Sequence[Mapping[str, Any]]
) -> Construct:
    """Creates objects of Kubernetes in the stack of a construct.

    Args:
        scope: Scope of the objects.
        id: ID of the objects.
        nodes: The EKS cluster.
        objects: The objects.
    """
    cluster: Any = nodes.kubernetes
    kind = eks_v2 if "aws_eks_v2" in type(cluster).__module__ else eks
    manifest: Construct = kind.KubernetesManifest(scope, id, cluster=cluster, manifest=[*objects])
    return manifest
