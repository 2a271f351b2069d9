"""An instance group in CloudFormation's words.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-sagemaker-cluster-clusterinstancegroup.html
"""

from collections.abc import Sequence

from aws_cdk import aws_sagemaker as sagemaker

from .model.instance_group import InstanceGroup
from .model.storage import EbsVolume

Cfn = sagemaker.CfnCluster


def cfn_instance_group(
    group: InstanceGroup,
    *,
    execution_role_arn: str,
    life_cycle_config: sagemaker.CfnCluster.ClusterLifeCycleConfigProperty,
    security_group_ids: Sequence[str],
    subnet_ids: Sequence[str],
) -> sagemaker.CfnCluster.ClusterInstanceGroupProperty:
    """The group as `AWS::SageMaker::Cluster` has it.

    Args:
        group: The group.
        execution_role_arn: ARN of the role of its nodes.
        life_cycle_config: What its nodes run.
        security_group_ids: Security groups of the cluster, for a group with a subnet of its own.
        subnet_ids: Subnets of the cluster, for a group with security groups of its own.
    """
    return Cfn.ClusterInstanceGroupProperty(
        execution_role=execution_role_arn,
        instance_count=group.count,
        instance_group_name=group.name,
        instance_type=group.instance_type,
        threads_per_core=group.effective_threads_per_core,
        life_cycle_config=life_cycle_config,
        instance_storage_configs=[_storage(volume) for volume in group.volumes] or None,
        on_start_deep_health_checks=[str(check) for check in group.deep_health_checks] or None,
        training_plan_arn=group.capacity.training_plan_arn,
        override_vpc_config=_vpc_config(group, security_group_ids, subnet_ids),
    )


def _storage(volume: EbsVolume) -> sagemaker.CfnCluster.ClusterInstanceStorageConfigProperty:
    return Cfn.ClusterInstanceStorageConfigProperty(
        ebs_volume_config=Cfn.ClusterEbsVolumeConfigProperty(
            root_volume=True if volume.root_volume else None,
            volume_kms_key_id=None if volume.kms_key is None else volume.kms_key.key_arn,
            volume_size_in_gb=volume.size_gib,
        )
    )


def _vpc_config(
    group: InstanceGroup, security_group_ids: Sequence[str], subnet_ids: Sequence[str]
) -> sagemaker.CfnCluster.VpcConfigProperty | None:
    if group.subnet is None and not group.security_groups:
        return None
    own_groups = [security_group.security_group_id for security_group in group.security_groups]
    return Cfn.VpcConfigProperty(
        security_group_ids=own_groups or list(security_group_ids),
        subnets=list(subnet_ids) if group.subnet is None else [group.subnet.subnet_id],
    )
