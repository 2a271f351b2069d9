"""An EKS cluster that specifies the network, the scripts and the order of HyperPod nodes."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aws_cdk import CfnResource
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_eks_v2 as eks_v2
    from constructs import IConstruct


class ControlPlane:
    """Base class of such EKS clusters, by which a HyperPod cluster recognizes them.

    Attributes:
        eks_cluster: The EKS cluster.
        vpc: VPC of the nodes.
        node_subnets: Subnets of the nodes.
        node_scripts: Folder of the default lifecycle scripts.
        before_nodes: What must exist before the nodes, and until they are deleted.
        with_nodes: What requires nodes, and is required by pods on them.
        node_tags: Tags that the HyperPod cluster requires.
        components: Parts of the Helm chart that are also add-ons.
    """

    eks_cluster: "eks_v2.Cluster"
    vpc: "ec2.IVpc"
    node_subnets: "Sequence[ec2.ISubnet]"
    node_scripts: Path
    before_nodes: "Sequence[IConstruct]"
    with_nodes: "Sequence[IConstruct]"
    node_tags: dict[str, str]
    components: Sequence[str]

    @cached_property
    def cluster_name(self) -> str:
        """Name of the EKS cluster."""
        return self.eks_cluster.cluster_name

    @cached_property
    def cluster_arn(self) -> str:
        """ARN of the EKS cluster."""
        return self.eks_cluster.cluster_arn

    @property
    def connections(self) -> "ec2.Connections":
        """Network connections of the control plane."""
        return self.eks_cluster.connections

    def add_nodes(self, cluster: "CfnResource") -> None:
        """Orders what requires nodes after a HyperPod cluster of the same stack."""
        raise NotImplementedError

    def add_endpoint(self, service: str) -> None:
        """Creates an endpoint of a service in a VPC that was created without internet access."""
        raise NotImplementedError
