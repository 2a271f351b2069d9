"""A restricted instance group in CloudFormation's words.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-sagemaker-cluster-clusterrestrictedinstancegroup.html
"""

from aws_cdk import aws_sagemaker as sagemaker

from .cfn_instance_group import override_vpc_config, volume_configs
from .model.instance_types import default_threads_per_core
from .model.restricted_instance_group import (
    RestrictedInstanceGroup,
    RestrictedLustre,
    SharedEnvironment,
)

Cfn = sagemaker.CfnCluster


def cfn_restricted_instance_group(
    group: RestrictedInstanceGroup,
    *,
    execution_role_arn: str,
    vpc_config: sagemaker.CfnCluster.VpcConfigProperty,
) -> sagemaker.CfnCluster.ClusterRestrictedInstanceGroupProperty:
    """The group as `AWS::SageMaker::Cluster` has it; arguments as for `cfn_instance_group`."""
    return Cfn.ClusterRestrictedInstanceGroupProperty(
        execution_role=execution_role_arn,
        instance_count=group.count,
        instance_group_name=group.name,
        instance_type=group.instance_type,
        threads_per_core=group.threads_per_core or default_threads_per_core(group.instance_type),
        instance_storage_configs=volume_configs(group.volumes) or None,
        on_start_deep_health_checks=[str(check) for check in group.deep_health_checks] or None,
        training_plan_arn=group.capacity.training_plan_arn,
        override_vpc_config=override_vpc_config(group, vpc_config),
        environment_config=None
        if group.lustre is None
        else Cfn.EnvironmentConfigProperty(f_sx_lustre_config=_lustre(group.lustre)),
    )


def restricted_instance_groups_config(
    environment: SharedEnvironment | None,
) -> sagemaker.CfnCluster.RestrictedInstanceGroupsConfigProperty | None:
    """What all restricted groups share."""
    if environment is None:
        return None
    return Cfn.RestrictedInstanceGroupsConfigProperty(
        shared_environment_config=Cfn.SharedEnvironmentConfigProperty(
            f_sx_lustre_config=_lustre(environment.lustre),
            f_sx_lustre_deletion_policy=str(environment.lustre_deletion_policy),
        )
    )


def _lustre(lustre: RestrictedLustre) -> sagemaker.CfnCluster.FSxLustreConfigProperty:
    return Cfn.FSxLustreConfigProperty(
        size_in_gib=lustre.size_gib,
        per_unit_storage_throughput=lustre.per_unit_storage_throughput,
    )
