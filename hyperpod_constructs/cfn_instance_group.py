"""An instance group in CloudFormation's words.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-sagemaker-cluster-clusterinstancegroup.html
"""

from collections.abc import Sequence
from typing import cast

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_sagemaker as sagemaker

from .cfn_software import auto_patch_config, scheduled_update_config
from .model.instance_group import InstanceGroup, NodeType
from .model.life_cycle_config import LifeCycleConfig
from .model.restricted_instance_group import RestrictedInstanceGroup
from .model.storage import EbsVolume, FileSystemMount, LustreMount

Cfn = sagemaker.CfnCluster
_NODE_TYPES = {
    NodeType.CONTROLLER: "Controller",
    NodeType.LOGIN: "Login",
    NodeType.WORKER: "Compute",
}


def cfn_instance_group(
    group: InstanceGroup,
    *,
    execution_role_arn: str,
    vpc_config: sagemaker.CfnCluster.VpcConfigProperty,
    has_slurm_config: bool,
) -> sagemaker.CfnCluster.ClusterInstanceGroupProperty:
    """The group as `AWS::SageMaker::Cluster` has it.

    Args:
        group: The group.
        execution_role_arn: ARN of the role of its nodes.
        vpc_config: Network of the cluster, for a group with one of subnets and security groups.
        has_slurm_config: Whether the request says what the nodes are in Slurm.
    """
    return Cfn.ClusterInstanceGroupProperty(
        execution_role=execution_role_arn,
        instance_count=group.count,
        instance_group_name=group.name,
        instance_type=group.instance_type,
        instance_requirements=_instance_requirements(group),
        min_instance_count=group.min_count,
        threads_per_core=group.effective_threads_per_core,
        life_cycle_config=_life_cycle_config(group.life_cycle_config),
        instance_storage_configs=[
            *volume_configs(group.volumes),
            *(_mount(mount) for mount in group.file_systems),
        ]
        or None,
        on_start_deep_health_checks=[str(check) for check in group.deep_health_checks] or None,
        training_plan_arn=group.capacity.training_plan_arn,
        capacity_requirements=_capacity_requirements(group),
        override_vpc_config=override_vpc_config(group, vpc_config),
        network_interface=_network_interface(group),
        image_id=group.image_id,
        image_release_version=group.image_release_version,
        scheduled_update_config=scheduled_update_config(group.scheduled_update),
        auto_patch_config=auto_patch_config(group.auto_patch),
        kubernetes_config=_kubernetes_config(group),
        slurm_config=_slurm_config(group) if has_slurm_config else None,
    )


def volume_configs(
    volumes: Sequence[EbsVolume],
) -> list[sagemaker.CfnCluster.ClusterInstanceStorageConfigProperty]:
    """The EBS volumes of a group."""
    return [
        Cfn.ClusterInstanceStorageConfigProperty(
            ebs_volume_config=Cfn.ClusterEbsVolumeConfigProperty(
                root_volume=True if volume.root_volume else None,
                volume_kms_key_id=None if volume.kms_key is None else volume.kms_key.key_arn,
                volume_size_in_gb=volume.size_gib,
            )
        )
        for volume in volumes
    ]


def override_vpc_config(
    group: InstanceGroup | RestrictedInstanceGroup,
    vpc_config: sagemaker.CfnCluster.VpcConfigProperty,
) -> sagemaker.CfnCluster.VpcConfigProperty | None:
    """The network of a group with subnets or security groups of its own."""
    if not group.subnets and not group.security_groups:
        return None
    own_groups = cast("Sequence[ec2.ISecurityGroup]", group.security_groups)
    own_subnets = cast("Sequence[ec2.ISubnet]", group.subnets)
    return Cfn.VpcConfigProperty(
        security_group_ids=[own_group.security_group_id for own_group in own_groups]
        or vpc_config.security_group_ids,
        subnets=[subnet.subnet_id for subnet in own_subnets] or vpc_config.subnets,
    )


def _instance_requirements(
    group: InstanceGroup,
) -> sagemaker.CfnCluster.InstanceRequirementsProperty | None:
    if not group.instance_types:
        return None
    return Cfn.InstanceRequirementsProperty(instance_types=list(group.instance_types))


def _capacity_requirements(
    group: InstanceGroup,
) -> sagemaker.CfnCluster.ClusterCapacityRequirementsProperty | None:
    return Cfn.ClusterCapacityRequirementsProperty(spot={}) if group.capacity.is_spot else None


def _life_cycle_config(
    config: LifeCycleConfig | None,
) -> sagemaker.CfnCluster.ClusterLifeCycleConfigProperty | None:
    if config is None:
        return None
    return Cfn.ClusterLifeCycleConfigProperty(
        on_create=config.on_create,
        on_init_complete=config.on_init_complete,
        source_s3_uri=config.source_s3_uri,
    )


def _mount(mount: FileSystemMount) -> sagemaker.CfnCluster.ClusterInstanceStorageConfigProperty:
    if isinstance(mount, LustreMount):
        return Cfn.ClusterInstanceStorageConfigProperty(
            fsx_lustre_config=Cfn.ClusterFsxLustreConfigProperty(
                dns_name=mount.dns_name,
                mount_name=mount.mount_name,
                mount_path=mount.mount_path,
            )
        )
    return Cfn.ClusterInstanceStorageConfigProperty(
        fsx_open_zfs_config=Cfn.ClusterFsxOpenZfsConfigProperty(
            dns_name=mount.dns_name, mount_path=mount.mount_path
        )
    )


def _network_interface(
    group: InstanceGroup,
) -> sagemaker.CfnCluster.ClusterNetworkInterfaceProperty | None:
    if group.network_interface_type is None:
        return None
    return Cfn.ClusterNetworkInterfaceProperty(interface_type=str(group.network_interface_type))


def _kubernetes_config(
    group: InstanceGroup,
) -> sagemaker.CfnCluster.ClusterKubernetesConfigProperty | None:
    if not group.labels and not group.taints:
        return None
    return Cfn.ClusterKubernetesConfigProperty(
        labels=dict(group.labels) or None,
        taints=[
            Cfn.ClusterKubernetesTaintProperty(
                key=taint.key, effect=str(taint.effect), value=taint.value
            )
            for taint in group.taints
        ]
        or None,
    )


def _slurm_config(
    group: InstanceGroup,
) -> sagemaker.CfnCluster.ClusterSlurmConfigProperty | None:
    if group.node_type is None:
        return None
    return Cfn.ClusterSlurmConfigProperty(
        node_type=_NODE_TYPES[group.node_type],
        partition_names=None if group.partition is None else [group.partition],
    )
