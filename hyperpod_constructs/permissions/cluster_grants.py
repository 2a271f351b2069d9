"""Grants of access to a cluster.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites-iam.html
"""

from collections.abc import Iterable, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from hyperpod_constructs.cdk.object_checks import (
    EKS_CLUSTER,
    GRANTEE,
    ROLE,
    Interface,
    check,
    each,
    optional,
    required,
)
from hyperpod_constructs.cdk.session_document_interface import ISessionDocument
from hyperpod_constructs.model.problem import Problem, ValidationError
from hyperpod_constructs.model.type_checks import wrong_type

from .access_statements import access_statements, operation_statements
from .granted_actions import action_problems, resource_problems
from .granted_cluster import GrantedCluster
from .grantee import grant
from .operations import OPERATED, OPERATIONS, Verb, operations_of
from .policy_document import Statement
from .referenced_resources import list_problems, named_problems
from .session_grants import limit_problems, record_limit, session_document
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

    _with_roles = "ClusterGrants.from_cluster(cluster, execution_roles=[...])"
    _with_eks = "ClusterGrants.from_cluster(cluster, eks_cluster=...)"
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
        cluster_role: iam.IRole | None = None,
        eks_cluster: Any = None,
    ) -> "ClusterGrants":
        """Grants of access to any cluster of an app.

        Args:
            cluster: A `HyperPodCluster`, an imported cluster or a `sagemaker.CfnCluster`.
            execution_roles: Roles of the nodes, which `update` allows to pass. Defaults to those that
                the cluster knows; those of a `CfnCluster` are unknown.
            cluster_role: Role of autoscaling, which `update` allows to pass too. Defaults to that of
                the cluster.
            eks_cluster: EKS cluster that orchestrates the cluster, on which methods include the
                permissions that they require. Defaults to that of the cluster, if it is known; that
                of a `CfnCluster` is not.

        Raises:
            ValidationError: `ArgumentType`, `RoleArn`, `EksClusterArn`, `OtherAccount`,
                `OtherPartition`, `OtherRegion`, `OtherStage`.
        """
        check(
            required("cluster", cluster, _CLUSTER),
            each("execution_roles", execution_roles, ROLE),
            optional("cluster_role", cluster_role, ROLE),
            optional("eks_cluster", eks_cluster, EKS_CLUSTER),
        )
        own = getattr(cluster, "grants", None)
        known = own._cluster if isinstance(own, ClusterGrants) else _of_reference(cluster)  # noqa: SLF001
        check(
            list_problems(
                known.scope, known.environment, "execution_roles", execution_roles, "role"
            ),
            *(
                named_problems(known.scope, known.environment, path, value, kind)
                for path, value, kind in (
                    ("cluster_role", cluster_role, "role"),
                    ("eks_cluster", eks_cluster, "EKS cluster"),
                )
                if value is not None
            ),
        )
        if execution_roles:
            arns = [role.role_arn for role in execution_roles]
            known = known._replace(execution_roles=lambda: arns)
        if cluster_role is not None:
            known = known._replace(cluster_roles=[cluster_role.role_arn])
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

        Raises:
            ValidationError: `TaskGovernance` if the cluster is not orchestrated by EKS.
        """
        if self._cluster.eks_clusters is None:
            self._warn_of_unknown_eks()
        elif not self._cluster.eks_clusters:
            raise _without_task_governance()
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
            ValidationError: `ArgumentType`, `SessionUser`, `OtherAccount`, `OtherRegion`,
                `OtherStage`, and `SessionGrant` for a grantee that another grant allows sessions
                with any document.
        """
        check(required("grantee", grantee, GRANTEE))
        document = session_document(self._cluster, run_as)
        check(limit_problems(grantee, run_as))
        key = None if document is None else document.key
        statements = session_statements(
            self._cluster.environment,
            document_arn=None if document is None else document.document_arn,
            key_arn=None if key is None else key.key_arn,
        )
        granted = grant(self._cluster, grantee, statements)
        record_limit(grantee, run_as)
        return granted

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
            resource_arns: ARNs of the resources, such as those of compute quotas. A tag does not
                limit them. Defaults to the cluster, to all resources of types that are no cluster,
                and to `*` for actions that cannot be limited.

        Raises:
            ValidationError: `ArgumentType`, `GrantedAction` for an action that HyperPod does not
                have, `GrantedResource` for what is not the ARN of a resource.
        """
        on_a_cluster = self._cluster.is_single and resource_arns is None
        check(action_problems(actions, on_a_cluster=on_a_cluster))
        named = [OPERATIONS[action.partition(":")[2]] for action in actions]
        if resource_arns is not None:
            check(resource_problems(resource_arns, actions))
            return self._apply(grantee, [Statement("", actions, resource_arns)])
        return self._apply(grantee, operation_statements(named, self._cluster.access_scope()))

    def _grant(
        self, grantee: iam.IGrantable, *verbs: Verb, custom_images: bool = False
    ) -> iam.Grant:
        check(required("custom_images", custom_images, bool))
        if _UPDATING.intersection(verbs) and self._cluster.execution_roles is None:
            raise _unknown_roles(self._with_roles)
        rows = list(operations_of(*verbs))
        scope = self._cluster.access_scope(custom_images=custom_images)
        return self._apply(grantee, access_statements(rows, scope))

    def _warn_of_unknown_eks(self) -> None:
        """Task governance requires permissions on the EKS cluster, which must be known."""
        cdk.Annotations.of(self._cluster.scope).add_warning_v2(
            "hyperpod-constructs:TaskGovernanceEks",
            "grants.manage_task_governance: the EKS cluster is unknown, so that permissions on it are "
            f"not granted; use {self._with_eks}",
        )

    def _apply(self, grantee: iam.IGrantable, statements: Iterable[Statement]) -> iam.Grant:
        return grant(self._cluster, grantee, statements)


def _of_reference(cluster: Any) -> GrantedCluster:
    for attribute in ("cluster_arn", "attr_cluster_arn"):
        if hasattr(cluster, attribute):
            return GrantedCluster(cluster, getattr(cluster, attribute), None)
    return GrantedCluster(cluster, cluster.cluster_ref.cluster_arn, None)


def _without_task_governance() -> ValidationError:
    """Task governance requires a cluster that is orchestrated by EKS.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-operate-console-ui-governance.html
    """
    return ValidationError(
        [
            Problem(
                code="TaskGovernance",
                path="orchestrator",
                value=None,
                message="is not Eks, which manage_task_governance requires",
                fix="grant another method",
            )
        ]
    )


def _unknown_roles(call: str) -> ValidationError:
    """The roles of the nodes must be known to allow that they are passed."""
    return ValidationError(
        [
            Problem(
                code="UnknownExecutionRole",
                path="execution_roles",
                value=None,
                message="is required, since the roles of the nodes are passed",
                fix=f"use {call}",
            )
        ]
    )
