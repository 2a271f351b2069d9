"""The interface of the grants of a cluster."""

from collections.abc import Sequence
from typing import Protocol

from aws_cdk import aws_iam as iam

from .session_document_interface import ISessionDocument


class IClusterGrants(Protocol):
    """Grants of access to a cluster, as `ClusterGrants` documents them."""

    def describe(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allows reading the cluster, its nodes, its events and its tags."""

    def list_clusters(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allows listing all clusters."""

    def list_nodes(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allows listing the nodes."""

    def update(self, grantee: iam.IGrantable, *, custom_images: bool = False) -> iam.Grant:
        """Allows changing and scaling the instance groups."""

    def update_software(self, grantee: iam.IGrantable, *, custom_images: bool = False) -> iam.Grant:
        """Allows updating the AMI of the nodes."""

    def delete(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allows deleting the cluster."""

    def manage_nodes(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allows adding, deleting, rebooting, replacing and checking nodes."""

    def manage_task_governance(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allows managing the compute quotas and priorities of an EKS cluster."""

    def operate(self, grantee: iam.IGrantable, *, custom_images: bool = False) -> iam.Grant:
        """Allows what operators do."""

    def administer(self, grantee: iam.IGrantable, *, custom_images: bool = False) -> iam.Grant:
        """Allows what operators do, and updating, tagging and deleting the cluster."""

    def start_session(
        self, grantee: iam.IGrantable, *, run_as: str | ISessionDocument | None = None
    ) -> iam.Grant:
        """Allows Session Manager sessions on nodes."""

    def actions(
        self,
        grantee: iam.IGrantable,
        *actions: str,
        resource_arns: Sequence[str] | None = None,
    ) -> iam.Grant:
        """Allows single actions of HyperPod on the cluster."""
