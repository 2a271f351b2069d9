"""`AWS::SageMaker::Cluster`, written from the values of a cluster."""

from collections.abc import Callable, Iterator

import aws_cdk as cdk
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from .callbacks import lazy_list
from .cfn_cluster import auto_scaling_config, orchestrator_config, tiered_storage_config
from .cfn_instance_group import cfn_instance_group
from .cfn_restricted_instance_group import (
    cfn_restricted_instance_group,
    restricted_instance_groups_config,
)
from .model.cluster_model import ClusterModel
from .model.errors import Problem
from .model.instance_group import InstanceGroup
from .model.orchestrator import ApiDrivenSlurm
from .model.restricted_instance_group import RestrictedInstanceGroup


class ClusterResource:
    """The CloudFormation resource, whose groups are asked for when the template is written.

    Attribute of the object: `cfn_cluster`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        model: Callable[[], ClusterModel],
        vpc_config: sagemaker.CfnCluster.VpcConfigProperty,
    ) -> None:
        """Makes the resource.

        Args:
            scope: Construct to make it in.
            id: Id in that construct.
            model: The cluster as it stands.
            vpc_config: Subnets and security groups of the cluster.
        """
        self._resolved = False
        self._path = scope.node.path
        self._model = model
        self._role_arns: dict[str, str] = {}
        self._vpc_config = vpc_config
        values = model()
        self.cfn_cluster = sagemaker.CfnCluster(
            scope,
            id,
            cluster_name=values.cluster_name,
            orchestrator=orchestrator_config(values),
            instance_groups=lazy_list(self._instance_groups),
            restricted_instance_groups=lazy_list(self._restricted_instance_groups),
            restricted_instance_groups_config=restricted_instance_groups_config(
                values.shared_environment
            ),
            node_recovery=str(values.node_recovery),
            node_provisioning_mode=None
            if values.node_provisioning_mode is None
            else str(values.node_provisioning_mode),
            auto_scaling=auto_scaling_config(values.auto_scaling),
            cluster_role=None if values.cluster_role is None else values.cluster_role.role_arn,
            tiered_storage_config=tiered_storage_config(values.tiered_storage),
            vpc_config=vpc_config,
        )

    def add(self, group: InstanceGroup | RestrictedInstanceGroup, execution_role_arn: str) -> None:
        """Takes note of the role of a group."""
        self._role_arns[group.name] = execution_role_arn
        if isinstance(group, InstanceGroup) and group.image_release_version is not None:
            cdk.Validations.of(self.cfn_cluster).acknowledge(
                cdk.Acknowledgment(
                    id="CloudFormation-Validate::F3002",
                    reason="the validator of this CDK does not know ImageReleaseVersion yet",
                )
            )

    def resolved_problems(self) -> Iterator[Problem]:
        """Why no group can be added any more."""
        if self._resolved:
            yield Problem(
                code="ClusterResolved",
                path="instance_group",
                value=self._path,
                message="is a cluster whose groups have been resolved, so another would be lost",
                fix="add all groups before app.synth() and stack.resolve()",
            )

    def _instance_groups(self) -> list[sagemaker.CfnCluster.ClusterInstanceGroupProperty]:
        self._resolved = True
        model = self._model()
        return [
            cfn_instance_group(
                group,
                execution_role_arn=self._role_arns[group.name],
                vpc_config=self._vpc_config,
                has_slurm_config=isinstance(model.orchestrator, ApiDrivenSlurm),
            )
            for group in model.instance_groups
        ]

    def _restricted_instance_groups(
        self,
    ) -> list[sagemaker.CfnCluster.ClusterRestrictedInstanceGroupProperty]:
        return [
            cfn_restricted_instance_group(
                group,
                execution_role_arn=self._role_arns[group.name],
                vpc_config=self._vpc_config,
            )
            for group in self._model().restricted_instance_groups
        ]
