"""Which role the nodes of a group have."""

from collections.abc import Mapping
from types import MappingProxyType

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct, IConstruct

from .execution_role import (
    POLICY_NAME,
    grant_bucket_key,
    grant_lifecycle_scripts,
    grant_volume_key,
    node_policy,
    sagemaker_principal,
)
from .model.cluster_model import ClusterModel
from .model.instance_group import InstanceGroup, NodeType
from .step_grants import grant_controller_steps, grant_node_steps


class NodeRoles(Construct):
    """A role for each node type, or the roles that the user gave."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        model: ClusterModel,
        given_role: iam.IRole | None,
        dependent: IConstruct,
        source_account_condition: bool,
        lifecycle_bucket: s3.IBucket,
        lifecycle_prefix: str,
    ) -> None:
        """Makes no role yet; each is made with the first group that needs it.

        Args:
            scope: Construct to make it in.
            id: Id in that construct.
            model: The cluster.
            given_role: Role of all nodes.
            dependent: What is deleted before the roles.
            source_account_condition: As for `ExecutionRole`.
            lifecycle_bucket: Bucket of the lifecycle scripts.
            lifecycle_prefix: Key prefix of the lifecycle scripts.
        """
        super().__init__(scope, id)
        self._model = model
        self._given_role = given_role
        self._dependent = dependent
        self._principal = sagemaker_principal(self, source_account_condition)
        self._bucket = lifecycle_bucket
        self._prefix = lifecycle_prefix
        self._by_type: dict[str, iam.IRole] = {}
        self._documents: dict[bool, iam.PolicyDocument] = {}
        self._arns: dict[iam.IRole, str] = {}
        self._policy: iam.Policy | None = None
        dependent.node.add_dependency(self)

    @property
    def by_type(self) -> Mapping[str, iam.IRole]:
        """The roles so far: `controller`, `login`, `worker`."""
        return MappingProxyType(self._by_type)

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """The principal of all roles, those of groups added later too."""
        if self._policy is None:
            self._policy = iam.Policy(self, "Policy")
            for role in self._arns:
                role.attach_inline_policy(self._policy)
        return self._policy.grant_principal

    def arn_for(self, group: InstanceGroup) -> str:
        """ARN of the role of a group's nodes, which is granted what the group needs."""
        role = group.execution_role or self._role_of_type(group.node_type or NodeType.WORKER)
        if role not in self._arns:
            self._arns[role] = role.role_arn
            if self._policy is not None:
                role.attach_inline_policy(self._policy)
            if role is self._given_role or role is group.execution_role:
                grant_lifecycle_scripts(role, self._bucket, self._prefix)
                self._dependent.node.add_dependency(role)
            if self._model.steps is not None:
                grant_node_steps(role, self._model.steps)
        if group.node_type is NodeType.CONTROLLER and self._model.steps is not None:
            grant_controller_steps(role, self._model.steps)
        for volume in group.volumes:
            if volume.kms_key is not None:
                grant_volume_key(role, volume.kms_key)
        return self._arns[role]

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
        grant_bucket_key(self._bucket, role)
        return role

    def _node_policy(self, node_type: NodeType) -> iam.PolicyDocument:
        """One document for all node types that may do the same."""
        configurations = (
            self._model.orchestrator.slurm_configurations
            if node_type is NodeType.CONTROLLER
            else None
        )
        multi_head = configurations is not None
        if multi_head not in self._documents:
            self._documents[multi_head] = node_policy(
                self,
                lifecycle_bucket=self._bucket,
                lifecycle_prefix=self._prefix,
                cluster_name=self._model.cluster_name,
                slurm_configurations=configurations,
            )
        return self._documents[multi_head]
