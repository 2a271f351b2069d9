"""Grants of access to a cluster.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites-iam.html
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from hyperpod_constructs.cdk.construct_tree import node_of
from hyperpod_constructs.cdk.object_checks import (
    EKS_CLUSTER,
    ROLE,
    SESSION_DOCUMENT,
    Interface,
    check,
    each,
    optional,
    required,
)
from hyperpod_constructs.cdk.session_document_interface import ISessionDocument
from hyperpod_constructs.model.likely_word import likely_word
from hyperpod_constructs.model.problem import Problem, ValidationError
from hyperpod_constructs.model.type_checks import wrong_type

from .access_statements import access_statements, operation_statements
from .granted_cluster import GrantedCluster
from .grantee import grant
from .operations import OPERATED, OPERATIONS, Verb, operations_of
from .policy_document import Statement
from .session_statements import session_statements

_CLUSTER = Interface("node", "a cluster, such as a HyperPodCluster or a sagemaker.CfnCluster")
_FROM_CLUSTER = "ClusterGrants.from_cluster(...)"
_UPDATING = {Verb.UPDATE, Verb.CREATE}


class ClusterGrants:
    """Grants of access to a cluster, `cluster.grants`.

    Each method adds statements to the IAM policies of a role or user, for this cluster only.
    [Operations](../operations.md) lists which method grants which operation.

    Groups with a custom AMI require `custom_images=True`, which allows sharing AMIs with the tag
    `AllowSharing`: `true`, and their snapshots, with HyperPod.

    Every method raises a `ValidationError` for a grantee that cannot be granted, instead of granting
    nothing: one whose IAM policies the app cannot change, such as a service principal or a role that
    is imported with `mutable=False` (`Grantee`), of another account (`GranteeAccount`), in another
    stage (`GranteeStage`), in a stack that cannot reference the cluster (`GranteeEnvironment`), or
    the role of the nodes of the cluster (`GranteeOfNodes`).
    """

    _administered: tuple[Verb, ...] = (*OPERATED, Verb.UPDATE, Verb.DELETE, Verb.ADMINISTER)

    def __init__(self, cluster: GrantedCluster) -> None:
        if not isinstance(cluster, GrantedCluster):
            raise ValidationError([wrong_type("cluster", cluster, f"it to {_FROM_CLUSTER}")])
        self._cluster = cluster

    @staticmethod
    def from_cluster(
        cluster: Any,
        *,
        execution_roles: Sequence[iam.IRole] = (),
        eks_cluster: Any = None,
    ) -> "ClusterGrants":
        """Grants of access to any cluster of an app.

        Args:
            cluster: A `HyperPodCluster`, an imported cluster or a `sagemaker.CfnCluster`.
            execution_roles: Roles of the nodes, which `update` allows to pass. Defaults to those that
                the cluster knows; those of a `CfnCluster` are unknown.
            eks_cluster: EKS cluster that orchestrates the cluster. Defaults to that of the cluster.

        Raises:
            ValidationError: `ArgumentType`.
        """
        check(
            required("cluster", cluster, _CLUSTER),
            each("execution_roles", execution_roles, ROLE),
            optional("eks_cluster", eks_cluster, EKS_CLUSTER),
        )
        own = getattr(cluster, "grants", None)
        known = own._cluster if isinstance(own, ClusterGrants) else _of_reference(cluster)  # noqa: SLF001
        if execution_roles:
            arns = [role.role_arn for role in execution_roles]
            known = known._replace(execution_roles=lambda: arns)
        if eks_cluster is not None:
            known = known._replace(eks_clusters=[eks_cluster.cluster_arn])
        return ClusterGrants(known)

    def describe(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allows reading the cluster, its nodes, its events and its tags.

        Args:
            grantee: Role or user.
        """
        return self._grant(grantee, Verb.DESCRIBE)

    def list_clusters(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allows listing all clusters of the account and Region, which IAM cannot limit.

        Args:
            grantee: Role or user.
        """
        return self._grant(grantee, Verb.LIST_CLUSTERS)

    def list_nodes(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allows listing the nodes.

        Args:
            grantee: Role or user.
        """
        return self._grant(grantee, Verb.LIST_NODES)

    def update(self, grantee: iam.IGrantable, *, custom_images: bool = False) -> iam.Grant:
        """Allows changing and scaling the instance groups.

        Includes `iam:PassRole` for the roles of the cluster, to SageMaker AI only. Update clusters of
        a stack with CloudFormation; other updates make the stack drift.

        Args:
            grantee: Role or user.
            custom_images: Whether to allow sharing custom AMIs. Defaults to False.

        Raises:
            ValidationError: `UnknownExecutionRole` if the roles of the cluster are unknown.
        """
        return self._grant(grantee, Verb.UPDATE, custom_images=custom_images)

    def update_software(self, grantee: iam.IGrantable, *, custom_images: bool = False) -> iam.Grant:
        """Allows updating the AMI of the nodes.

        Args:
            grantee: Role or user.
            custom_images: Whether to allow sharing custom AMIs. Defaults to False.
        """
        return self._grant(grantee, Verb.UPDATE_SOFTWARE, custom_images=custom_images)

    def delete(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allows deleting the cluster.

        Args:
            grantee: Role or user.
        """
        return self._grant(grantee, Verb.DELETE)

    def manage_nodes(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allows adding, deleting, rebooting, replacing and checking nodes.

        Volumes and network interfaces can be attached to nodes, if EC2 permissions allow it for them.

        Args:
            grantee: Role or user.
        """
        return self._grant(grantee, Verb.MANAGE_NODES)

    def manage_task_governance(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allows managing the compute quotas and priorities of an EKS cluster.

        New ones can be created for this cluster only. IAM has no relation of existing ones to a
        cluster, so that those of all clusters of the account and Region can be changed.

        Args:
            grantee: Role or user.
        """
        return self._grant(grantee, Verb.MANAGE_TASK_GOVERNANCE)

    def operate(self, grantee: iam.IGrantable, *, custom_images: bool = False) -> iam.Grant:
        """Allows what operators do: describe, list, manage nodes and update their AMI.

        Args:
            grantee: Role or user.
            custom_images: Whether to allow sharing custom AMIs. Defaults to False.
        """
        return self._grant(grantee, *OPERATED, custom_images=custom_images)

    def administer(self, grantee: iam.IGrantable, *, custom_images: bool = False) -> iam.Grant:
        """Allows what operators do, and updating, tagging and deleting the cluster.

        Args:
            grantee: Role or user.
            custom_images: Whether to allow sharing custom AMIs. Defaults to False.

        Raises:
            ValidationError: `UnknownExecutionRole` if the roles of the cluster are unknown.
        """
        return self._grant(grantee, *self._administered, custom_images=custom_images)

    def start_session(
        self, grantee: iam.IGrantable, *, run_as: str | ISessionDocument | None = None
    ) -> iam.Grant:
        """Allows Session Manager sessions on nodes, and resuming and ending the own ones.

        IAM has no resource type for nodes of HyperPod, so that sessions cannot be limited to this
        cluster, a group or a node: the grantee can start sessions on the nodes of all clusters of the
        account. Sessions on EC2 instances, managed instances (`mi-…`) and Amazon ECS tasks are
        denied, also if another policy of the grantee allows them.

        Args:
            grantee: Role or user.
            run_as: Linux user of the sessions, such as `ubuntu`, or a `SessionDocument` with more
                preferences. Sessions can use its document only, which they must name, unless another
                policy of the grantee allows others. A stack output has the name of the document that
                is created for a user. By default, sessions use any document, and that of the account
                starts them as root unless it enables Run As.

        Raises:
            ValidationError: `ArgumentType`, `SessionUser`.
        """
        document = self._session_document(run_as)
        key = None if document is None else document.key
        return self._apply(
            grantee,
            session_statements(
                self._cluster.environment,
                document_arn=None if document is None else document.document_arn,
                key_arn=None if key is None else key.key_arn,
            ),
        )

    def _session_document(self, run_as: object) -> ISessionDocument | None:
        if run_as is None:
            return None
        if not isinstance(run_as, str):
            check(required("run_as", run_as, SESSION_DOCUMENT))
            return cast("ISessionDocument", run_as)
        # Few clusters have session documents.
        from .session_document import SessionDocument, user_problems  # noqa: PLC0415

        check(user_problems(run_as))
        scope, document_id = cast("Construct", self._cluster.scope), f"SessionsAs-{run_as}"
        known = node_of(scope).try_find_child(document_id)
        if isinstance(known, SessionDocument):
            return known
        created = SessionDocument(scope, document_id, run_as=run_as)
        cdk.CfnOutput(created, "DocumentName", value=created.document_name)
        return created

    def actions(
        self,
        grantee: iam.IGrantable,
        *actions: str,
        resource_arns: Sequence[str] | None = None,
    ) -> iam.Grant:
        """Allows single actions of HyperPod on the cluster.

        Args:
            grantee: Role or user.
            *actions: Actions, such as `sagemaker:ListClusterEvents`. Additional permissions are not
                included.
            resource_arns: ARNs of the resources. Defaults to the cluster, to all resources of types
                that are no cluster, and to `*` for actions that cannot be limited.

        Raises:
            ValidationError: `GrantedAction` for an action that HyperPod does not have.
        """
        check([*_action_problems(actions)])
        named = [OPERATIONS[action.partition(":")[2]] for action in actions]
        if resource_arns is not None:
            return self._apply(grantee, [Statement("", actions, resource_arns)])
        return self._apply(grantee, operation_statements(named, self._cluster.access_scope()))

    def _grant(
        self, grantee: iam.IGrantable, *verbs: Verb, custom_images: bool = False
    ) -> iam.Grant:
        check(required("custom_images", custom_images, bool))
        if _UPDATING.intersection(verbs) and self._cluster.execution_roles is None:
            raise _unknown_roles()
        rows = list(operations_of(*verbs))
        scope = self._cluster.access_scope(custom_images=custom_images)
        return self._apply(grantee, access_statements(rows, scope))

    def _apply(self, grantee: iam.IGrantable, statements: Iterable[Statement]) -> iam.Grant:
        return grant(self._cluster, grantee, statements)


def _of_reference(cluster: Any) -> GrantedCluster:
    for attribute in ("cluster_arn", "attr_cluster_arn"):
        if hasattr(cluster, attribute):
            return GrantedCluster(cluster, getattr(cluster, attribute), None)
    return GrantedCluster(cluster, cluster.cluster_ref.cluster_arn, None)


def _action_problems(actions: Sequence[object]) -> Iterator[Problem]:
    """An action must be one of HyperPod, without wildcards.

    Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
    """
    known = [row.action for row in OPERATIONS.values()]
    for index, action in enumerate(actions):
        if action not in known:
            likely = likely_word(action, known) if isinstance(action, str) else None
            yield Problem(
                code="GrantedAction",
                path=f"actions[{index}]",
                value=action,
                message="is not an action of HyperPod",
                fix=f"use {likely!r}" if likely else "see docs/operations.md for all actions",
            )
    if not actions:
        yield Problem(
            code="GrantedAction",
            path="actions",
            value=None,
            message="is empty",
            fix="pass an action, such as 'sagemaker:ListClusterEvents'",
        )


def _unknown_roles() -> ValidationError:
    """The roles of the nodes must be known to allow that they are passed."""
    return ValidationError(
        [
            Problem(
                code="UnknownExecutionRole",
                path="execution_roles",
                value=None,
                message="is required to allow updates, which pass the roles of the nodes",
                fix="use ClusterGrants.from_cluster(cluster, execution_roles=[...])",
            )
        ]
    )
