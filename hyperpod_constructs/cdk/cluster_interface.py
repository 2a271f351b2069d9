"""The interface of a HyperPod cluster."""

from typing import Protocol

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Node

from .cluster_grants_interface import IClusterGrants


class IHyperPodCluster(Protocol):
    """A HyperPod cluster, created or imported; use it as the type of parameters."""

    @property
    def node(self) -> Node:
        """The tree node."""

    @property
    def cluster_arn(self) -> str:
        """ARN of the cluster."""

    @property
    def cluster_id(self) -> str:
        """Generated id of the cluster, the last part of its ARN."""

    @property
    def cluster_name(self) -> str:
        """Name of the cluster."""

    @property
    def log_group_name(self) -> str:
        """CloudWatch log group of the nodes."""

    @property
    def connections(self) -> ec2.Connections:
        """Network connections of the nodes."""

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """Principal of the roles of all nodes."""

    @property
    def grants(self) -> IClusterGrants:
        """Grants of access to the cluster for roles and users."""

    def ssm_target(self, instance_group_name: str, instance_id: str) -> str:
        """Session Manager target of a node."""
