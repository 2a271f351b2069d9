"""Grants of access to clusters with a tag, also before they exist.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from aws_cdk import aws_iam as iam
from constructs import Construct

from hyperpod_constructs.cdk.construct_tree import environment_of, stack_of
from hyperpod_constructs.cdk.object_checks import ROLE, check, each, required

from .cluster_grants import ClusterGrants
from .cluster_statements import ClusterStatements, GrantedCluster
from .grantee import Allowed
from .operations import OPERATIONS, Operation, Resource, Verb

_CREATE = OPERATIONS["CreateCluster"]
_TAGGING = ("sagemaker:AddTags", "sagemaker:DeleteTags")


class TaggedStatements(ClusterStatements):
    """What a grantee of clusters with a tag is allowed."""

    def __init__(self, cluster: GrantedCluster, key: str, value: str) -> None:
        super().__init__(cluster)
        self._key = key
        self._value = value

    def on_cluster(self, actions: Sequence[str]) -> Iterator[Allowed]:
        creating = [action for action in actions if action == _CREATE.action]
        tagging = [action for action in actions if action in _TAGGING]
        others = [action for action in actions if action not in {*creating, *tagging}]
        if others:
            yield Allowed(others, [self._cluster.arn], self._tagged("aws:ResourceTag"))
        if creating:
            yield Allowed(creating, [self._cluster.arn], self._tagged("aws:RequestTag"))
        if tagging:
            keeps_tag = {"ForAllValues:StringNotEqualsIgnoreCase": {"aws:TagKeys": [self._key]}}
            yield Allowed(
                tagging, [self._cluster.arn], {**self._tagged("aws:ResourceTag"), **keeps_tag}
            )

    def tags_of_new(self, creating: Iterable[Operation]) -> Iterator[Allowed]:
        rows = list(creating)
        yield from super().tags_of_new(rows)
        if _CREATE in rows:
            new = self._tagged("aws:RequestTag", **{"sagemaker:TaggingAction": _CREATE.name})
            yield Allowed(_TAGGING[:1], [self._cluster.arn], new)

    def _tagged(self, key: str, **others: str) -> Mapping[str, Mapping[str, object]]:
        return {"StringEquals": {f"{key}/{self._key}": self._value, **others}}


class TaggedClusterGrants(ClusterGrants):
    """Grants of access to all clusters with a tag, in the account and Region of a stack.

    The ID of a cluster is generated, so that grants before the cluster exists, or in another stage of
    the app, depend on a tag. Clusters can be created with the tag only, and the tag cannot be added
    to another cluster or removed.
    """

    _administered = (*ClusterGrants._administered, Verb.CREATE)  # noqa: SLF001 - of the base

    def __init__(self, cluster: GrantedCluster, key: str, value: str) -> None:
        super().__init__(cluster, TaggedStatements(cluster, key, value))

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
            required("scope", scope, Construct),
            required("key", key, str),
            required("value", value, str),
            each("execution_roles", execution_roles, ROLE),
        )
        arns = [role.role_arn for role in execution_roles]
        clusters = environment_of(stack_of(scope)).arn("sagemaker", f"{Resource.CLUSTER}/*")
        cluster = GrantedCluster(scope, clusters, (lambda: arns) if arns else None)
        return TaggedClusterGrants(cluster, key, value)

    def create(self, grantee: iam.IGrantable, *, custom_images: bool = False) -> iam.Grant:
        """Allows creating clusters with the tag.

        Args:
            grantee: Role or user.
            custom_images: Whether to allow sharing AMIs with the tag `AllowSharing`: `true` with
                HyperPod, for groups with a custom AMI.

        Raises:
            ValidationError: `UnknownExecutionRole` if `execution_roles` is not specified.
        """
        return self._grant(grantee, Verb.CREATE, custom_images=custom_images)
