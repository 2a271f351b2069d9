"""Grants of access to clusters with a tag, also before they exist.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html
"""

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from constructs import Construct

from hyperpod_constructs.cdk.object_checks import ROLE, check, each, required, scope_in_stack

from .cluster_grants import ClusterGrants
from .granted_cluster import GrantedCluster
from .operations import Verb


class TaggedClusterGrants(ClusterGrants):
    """Grants of access to all clusters with a tag, in the account and Region of a stack.

    The ID of a cluster is generated, so that grants before the cluster exists, or in another stage of
    the app, depend on a tag. Clusters can be created with the tag only, and the tag cannot be added
    to another cluster or removed.
    """

    _administered = (*ClusterGrants._administered, Verb.CREATE)  # noqa: SLF001 - of the base

    def __init__(self, clusters: GrantedCluster, key: str, value: str) -> None:
        super().__init__(clusters)
        self._cluster = clusters._replace(tag=(key, value))

    @staticmethod
    def from_tag(
        scope: Construct, key: str, value: str, *, execution_roles: Sequence[iam.IRole] = ()
    ) -> "TaggedClusterGrants":
        """Grants of access to clusters with a tag.

        Args:
            scope: Construct in a stack of the account and Region.
            key: Key of the tag.
            value: Value of the tag.
            execution_roles: Roles of the nodes, which `create`, `update` and `administer` allow to
                pass.

        Raises:
            ValidationError: `ArgumentType`.
        """
        check(
            scope_in_stack(scope),
            required("key", key, str),
            required("value", value, str),
            each("execution_roles", execution_roles, ROLE),
        )
        arns = [role.role_arn for role in execution_roles]
        clusters = GrantedCluster.of_account(scope)._replace(
            execution_roles=(lambda: arns) if arns else None
        )
        return TaggedClusterGrants(clusters, key, value)

    def create(self, grantee: iam.IGrantable, *, custom_images: bool = False) -> iam.Grant:
        """Allows creating clusters with the tag.

        Args:
            grantee: Role or user.
            custom_images: Whether to allow sharing custom AMIs. Defaults to False.

        Raises:
            ValidationError: `UnknownExecutionRole` if `execution_roles` is not specified.
        """
        return self._grant(grantee, Verb.CREATE, custom_images=custom_images)
