"""What the statements of people are about: clusters, and what their operations require in addition."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from hyperpod_constructs.model.environment import Environment

from .operations import Resource

HYPERPOD = "hyperpod.sagemaker.amazonaws.com"
SAGEMAKER = "sagemaker.amazonaws.com"


class PassedRoles(NamedTuple):
    """Roles that can be passed with a cluster.

    Attributes:
        arns: ARNs of the roles.
        services: Services to which they can be passed.
    """

    arns: Sequence[str]
    services: Sequence[str] = (SAGEMAKER,)


class EksScope(NamedTuple):
    """EKS clusters that orchestrate the clusters.

    Attributes:
        clusters: ARNs of the EKS clusters.
        access_entries: ARNs of their access entries.
    """

    clusters: Sequence[str]
    access_entries: Sequence[str]

    @staticmethod
    def of_clusters(arns: Iterable[str]) -> "EksScope":
        """EKS clusters with known ARNs."""
        clusters = list(arns)
        entries = [f"{arn.replace(':cluster/', ':access-entry/', 1)}/*" for arn in clusters]
        return EksScope(clusters, entries)

    @staticmethod
    def of_account(environment: Environment) -> "EksScope":
        """All EKS clusters of an account and Region."""
        arn = environment.arn
        return EksScope([arn("eks", "cluster/*")], [arn("eks", "access-entry/*")])


class AccessScope(NamedTuple):
    """What statements are about.

    Attributes:
        environment: Environment of the clusters.
        clusters: ARN of the cluster, or of all.
        tag: Key and value of the tag that clusters must have. None for all clusters.
        passed_roles: Roles that can be passed with a cluster.
        eks: EKS clusters. None if no cluster is orchestrated by EKS.
        node_volumes: Whether volumes can be attached to nodes on EKS.
        service_linked_role: Whether the service-linked role of HyperPod can be created.
        custom_images: Whether AMIs can be shared with HyperPod.
        training_plans: Whether clusters can use training plans.
        volume_keys: Whether volumes can be encrypted with customer managed keys.
    """

    environment: Environment
    clusters: str
    tag: tuple[str, str] | None = None
    passed_roles: Sequence[PassedRoles] = ()
    eks: EksScope | None = None
    node_volumes: bool = False
    service_linked_role: bool = False
    custom_images: bool = False
    training_plans: bool = False
    volume_keys: bool = False

    @staticmethod
    def of_account(environment: Environment) -> "AccessScope":
        """All clusters of an account and Region."""
        return AccessScope(environment, environment.arn("sagemaker", f"{Resource.CLUSTER}/*"))
