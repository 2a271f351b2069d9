"""IAM roles of the nodes of each group."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from hyperpod_constructs.cdk.construct_tree import environment_of, place_in, stack_of
from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.instance_group import InstanceGroup, NodeType
from hyperpod_constructs.model.groups.instance_types import instance_types
from hyperpod_constructs.model.groups.restricted_instance_group import RestrictedInstanceGroup
from hyperpod_constructs.model.orchestrator import Eks, slurm_configurations

from .execution_role import POLICY_NAME, sagemaker_principal
from .grants import (
    grant_controller_steps,
    grant_file_system_descriptions,
    grant_lifecycle_scripts,
    grant_node_steps,
    grant_rollback_alarms,
    grant_scripts_of_group,
    grant_volume_key,
)
from .network_interfaces import NetworkInterfaceStatements, NodeVpc
from .node_policy import node_policy

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_kms as kms


class NodeRoles(Construct):
    """An IAM role for each node type, created or specified."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        values: ClusterValues,
        given_role: iam.IRole | None,
        depend_on: Callable[..., None],
        source_account_condition: bool,
        lifecycle_bucket: s3.IBucket | None,
        lifecycle_prefix: str,
        restrict_bucket_listing: bool,
        controller_grants: Sequence[Callable[[iam.IRole], object]] = (),
        controller_statements: Sequence[iam.PolicyStatement] = (),
        vpc: NodeVpc | None,
        vpc_owner_account: str | None,
    ) -> None:
        """Initializes the construct. Each role is created with the first group that requires it.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            values: Arguments of the cluster.
            given_role: Specified role of all nodes.
            depend_on: Adds dependencies of the cluster, which is deleted before the roles.
            source_account_condition: Whether SageMaker AI can assume the roles only on behalf of
                this account.
            lifecycle_bucket: Bucket of the lifecycle scripts, if any.
            lifecycle_prefix: Key prefix of the lifecycle scripts.
            restrict_bucket_listing: Whether the roles list objects below the prefix only.
            controller_grants: Additional grants of the controller role.
            controller_statements: Additional statements of a created controller role.
            vpc: VPC to which network interfaces are restricted, if they are.
            vpc_owner_account: Account that shares the subnets, if it is another one.
        """
        super().__init__(scope, id)
        place_in(scope, self)
        self._values = values
        self._given_role = given_role
        self._depend_on = depend_on
        self._principal = sagemaker_principal(self, source_account_condition)
        self._bucket = lifecycle_bucket
        self._bucket_key = None if lifecycle_bucket is None else lifecycle_bucket.encryption_key
        self._prefix = lifecycle_prefix
        self._restrict_bucket_listing = restrict_bucket_listing
        self._controller_grants = controller_grants
        self._controller_statements = controller_statements
        self._network_interfaces = NetworkInterfaceStatements(
            environment_of(stack_of(self)),
            vpc=vpc,
            vpc_owner_account=vpc_owner_account,
            on_eks=isinstance(values.orchestrator, Eks),
        )
        self._by_type: dict[str, iam.IRole] = {}
        self._documents: dict[tuple[bool, bool], iam.PolicyDocument] = {}
        self._arns: dict[iam.IRole, str] = {}
        self._policy: iam.Policy | None = None
        depend_on(self)

    @property
    def by_type(self) -> Mapping[str, iam.IRole]:
        """Roles created so far: `controller`, `login`, `worker`."""
        return MappingProxyType(self._by_type)

    def arns(self) -> list[str]:
        """ARNs of the roles of all groups added so far."""
        return list(self._arns.values())

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """Principal of all roles, including those of groups added later."""
        if self._policy is None:
            self._policy = iam.Policy(self, "Policy")
            for role in self._arns:
                role.attach_inline_policy(self._policy)
        return self._policy.grant_principal

    def arn_for(self, group: InstanceGroup | RestrictedInstanceGroup) -> str:
        """ARN of the role of a group, with the permissions that the group requires."""
        given = cast("iam.IRole | None", group.execution_role)
        node_type = group.node_type if isinstance(group, InstanceGroup) else None
        role = given or self._role_of_type(node_type or NodeType.WORKER)
        if role not in self._arns:
            self._arns[role] = role.role_arn
            if self._policy is not None:
                role.attach_inline_policy(self._policy)
            if role is self._given_role or role is group.execution_role:
                if self._bucket is not None:
                    grant_lifecycle_scripts(
                        role, self._bucket, self._prefix, self._restrict_bucket_listing
                    )
                self._depend_on(role)
            if self._values.steps is not None:
                grant_node_steps(role, self._values.steps)
        if node_type is NodeType.CONTROLLER:
            self._grant_controller(role)
        if isinstance(group, InstanceGroup):
            self._grant_group(role, group)
        self._network_interfaces.add(
            cast("Sequence[ec2.ISubnet]", group.subnets),
            cast("Sequence[ec2.ISecurityGroup]", group.security_groups),
        )
        for volume in group.volumes:
            if volume.kms_key is not None:
                grant_volume_key(role, cast("kms.IKey", volume.kms_key))
        return self._arns[role]

    def _grant_group(self, role: iam.IRole, group: InstanceGroup) -> None:
        grant_rollback_alarms(role, _rollback_alarms(group))
        grant_scripts_of_group(role, group.life_cycle_config)
        if self._looks_for_efa(group):
            grant_file_system_descriptions(role)

    def _looks_for_efa(self, group: InstanceGroup) -> bool:
        """Whether nodes of the group can have EFA, and look for that of the file system."""
        steps = self._values.steps
        known = [instance_types().get(each or "") for each in _types_of(group)]
        can_have_efa = any(each is None or each.efa is not False for each in known)
        return steps is not None and steps.lustre_efa and can_have_efa

    def _grant_controller(self, role: iam.IRole) -> None:
        if self._values.steps is not None:
            grant_controller_steps(role, self._values.steps)
        for grant in self._controller_grants:
            grant(role)

    def _role_of_type(self, node_type: NodeType) -> iam.IRole:
        if node_type not in self._by_type:
            self._by_type[node_type] = self._given_role or self._make_role(node_type)
        return self._by_type[node_type]

    def _make_role(self, node_type: NodeType) -> iam.IRole:
        role = iam.Role(
            self,
            node_type.capitalize(),
            assumed_by=self._principal,
            description=f"HyperPod {node_type} nodes",
            inline_policies={POLICY_NAME: self._node_policy(node_type)},
        )
        if self._bucket_key is not None:
            self._bucket_key.grant_decrypt(role)
        return role

    def _node_policy(self, node_type: NodeType) -> iam.PolicyDocument:
        """Policy shared by node types with the same permissions."""
        orchestrator = self._values.orchestrator
        configurations = (
            slurm_configurations(orchestrator) if node_type is NodeType.CONTROLLER else None
        )
        own = self._controller_statements if node_type is NodeType.CONTROLLER else ()
        kind = (configurations is not None, bool(own))
        if kind not in self._documents:
            self._documents[kind] = node_policy(
                self,
                lifecycle_bucket=self._bucket,
                lifecycle_prefix=self._prefix,
                restrict_bucket_listing=self._restrict_bucket_listing,
                cluster_name=self._values.cluster_name,
                slurm_configurations=configurations,
                eks_cluster_arn=orchestrator.cluster.cluster_arn
                if isinstance(orchestrator, Eks)
                else None,
                network_interfaces=self._network_interfaces,
            )
            self._documents[kind].add_statements(*own)
        return self._documents[kind]


def _types_of(group: InstanceGroup) -> Sequence[str | None]:
    return group.instance_types or (group.instance_type,)


def _rollback_alarms(group: InstanceGroup) -> "list[cloudwatch.IAlarm]":
    updates = [
        change.rolling_update
        for change in (group.scheduled_update, group.auto_patch)
        if change is not None and change.rolling_update is not None
    ]
    alarms = [alarm for update in updates for alarm in update.rollback_alarms]
    return cast("list[cloudwatch.IAlarm]", alarms)
