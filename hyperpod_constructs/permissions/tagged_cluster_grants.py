"""Grants of access to clusters with a tag, also before they exist.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam
from constructs import Construct

from hyperpod_constructs.cdk.object_checks import EKS_CLUSTER, ROLE, check, each, scope_in_stack
from hyperpod_constructs.model.references import EksClusterReference

from .cluster_grants import ClusterGrants
from .granted_cluster import GrantedCluster
from .operations import Verb
from .referenced_resources import list_problems
from .tag_conditions import tag_condition_problems

if TYPE_CHECKING:
    from aws_cdk import aws_eks as eks
    from aws_cdk import aws_eks_v2 as eks_v2


class TaggedClusterGrants(ClusterGrants):
    """Grants of access to all clusters with a tag, in the account and Region of a stack.

    The ID of a cluster is generated, so that grants before the cluster exists, or in another stage of
    the app, depend on a tag. Clusters can be created with the tag only, and the tag cannot be added
    to another cluster or removed.
    """

    _with_roles = "TaggedClusterGrants.from_tag(..., execution_roles=[...])"
    _with_eks = "TaggedClusterGrants.from_tag(..., eks_clusters=[...])"
    _administered = (*ClusterGrants._administered, Verb.CREATE)  # noqa: SLF001 - of the base

    def __init__(self, clusters: GrantedCluster, key: str, value: str) -> None:
        super().__init__(clusters)
        self._cluster = clusters._replace(tag=(key, value))

    @staticmethod
    def from_tag(
        scope: Construct,
        key: str,
        value: str,
        *,
        execution_roles: Sequence[iam.IRole] = (),
        cluster_roles: Sequence[iam.IRole] = (),
        eks_clusters: "Sequence[eks.ICluster | eks_v2.ICluster | EksClusterReference]" = (),
    ) -> "TaggedClusterGrants":
        """Grants of access to clusters with a tag.

        Args:
            scope: Construct in a stack of the account and Region.
            key: Key of the tag.
            value: Value of the tag, or a tag of the person, such as `${aws:PrincipalTag/team}`.
            execution_roles: Roles of the nodes, which `create`, `update` and `administer` allow to
                pass.
            cluster_roles: Roles of autoscaling, which they allow to pass too. None by default.
            eks_clusters: EKS clusters that orchestrate the clusters, on which methods include the
                permissions that they require. None by default, for Slurm.

        Raises:
            ValidationError: `ArgumentType`, `TagKey`, `TagValue`, `RoleArn`, `EksClusterArn`,
                `OtherAccount`, `OtherPartition`, `OtherRegion`, `OtherStage`.
        """
        check(
            scope_in_stack(scope),
            tag_condition_problems("key", key, "value", value),
            each("execution_roles", execution_roles, ROLE),
            each("cluster_roles", cluster_roles, ROLE),
            each("eks_clusters", eks_clusters, EKS_CLUSTER),
        )
        clusters = GrantedCluster.of_account(scope)
        here = clusters.environment
        check(
            list_problems(scope, here, "execution_roles", execution_roles, "role"),
            list_problems(scope, here, "cluster_roles", cluster_roles, "role"),
            list_problems(scope, here, "eks_clusters", eks_clusters, "EKS cluster"),
        )
        arns = [role.role_arn for role in execution_roles]
        known = clusters._replace(
            execution_roles=(lambda: arns) if arns else None,
            cluster_roles=[role.role_arn for role in cluster_roles],
            eks_clusters=[cluster.cluster_arn for cluster in eks_clusters] or None,
        )
        return TaggedClusterGrants(known, key, value)

    def create(self, grantee: iam.IGrantable, *, custom_images: bool = False) -> iam.Grant:
        """Allows creating clusters with the tag.

        Args:
            grantee: Role or user.
            custom_images: Whether to allow sharing custom AMIs. Defaults to False.

        Raises:
            ValidationError: `UnknownExecutionRole` if `execution_roles` is not specified.
        """
        return self._grant(grantee, Verb.CREATE, custom_images=custom_images)
