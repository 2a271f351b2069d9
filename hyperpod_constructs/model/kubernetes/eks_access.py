"""What people may do in an EKS cluster.

Source: https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html
"""

from enum import StrEnum


class EksAccess(StrEnum):
    """An access policy of EKS."""

    CLUSTER_ADMIN = "AmazonEKSClusterAdminPolicy"
    """All resources of the cluster, including roles and nodes. Not limited to namespaces."""

    ADMIN = "AmazonEKSAdminPolicy"
    """Most resources, including roles, in the namespaces or the cluster."""

    EDIT = "AmazonEKSEditPolicy"
    """Reads and writes of workloads, and reads of secrets."""

    VIEW = "AmazonEKSViewPolicy"
    """Reads of workloads, without secrets."""
