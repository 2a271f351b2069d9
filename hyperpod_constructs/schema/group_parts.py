"""The objects within an instance group.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterInstanceGroupSpecification.html
"""

from collections.abc import Mapping
from typing import Any

from hyperpod_constructs.model.groups.kubernetes import Taint, TaintEffect
from hyperpod_constructs.model.groups.life_cycle_config import LifeCycleConfig
from hyperpod_constructs.model.groups.software import (
    AutoPatch,
    BatchSize,
    BatchSizeType,
    PatchingStrategy,
    RollingUpdate,
    ScheduledUpdate,
    Seconds,
)
from hyperpod_constructs.model.groups.storage import (
    EbsVolume,
    Gibibytes,
    LustreMount,
    OpenZfsMount,
)
from hyperpod_constructs.model.references import (
    AlarmReference,
    KeyReference,
    RoleReference,
    SecurityGroupReference,
    SubnetReference,
)

from .kinds import FLAG, NUMBER, TEXT, Amount, Choice, ListOf, Reference
from .shapes import OneOf, Properties, Property, Shape
from .update import Update

ROLE = Reference.by(RoleReference, "role_arn", "a role, such as iam.Role.from_role_arn(...)")
_KEY = Reference.by(KeyReference, "key_arn", "a key, such as kms.Key.from_key_arn(...)")
_SUBNET = Reference.by(
    SubnetReference, "subnet_id", "a subnet, such as ec2.Subnet.from_subnet_id(...)"
)
_SECURITY_GROUP = Reference.by(SecurityGroupReference, "security_group_id", "a security group")

_BATCH_SIZE = Shape(
    Properties(
        "a batch size",
        {
            "Type": Property("type", Choice.of(BatchSizeType), required=True),
            "Value": Property("value", NUMBER, required=True),
        },
        "CapacitySizeConfig",
    ),
    BatchSize,
)
_ALARM = Shape(
    Properties(
        "an alarm", {"AlarmName": Property("alarm_name", TEXT, required=True)}, "AlarmDetails"
    ),
    AlarmReference,
)
_ROLLING_UPDATE = Shape(
    Properties(
        "DeploymentConfig",
        {
            "RollingUpdatePolicy": Properties(
                "RollingUpdatePolicy",
                {
                    "MaximumBatchSize": Property("maximum_batch_size", _BATCH_SIZE, required=True),
                    "RollbackMaximumBatchSize": Property(
                        "rollback_maximum_batch_size", _BATCH_SIZE
                    ),
                },
                "RollingUpdatePolicy",
            ),
            "WaitIntervalInSeconds": Property(
                "wait_interval",
                Amount.of(Seconds, "to_seconds", "a cdk.Duration such as cdk.Duration.minutes(10)"),
            ),
            "AutoRollbackConfiguration": Property("rollback_alarms", ListOf(_ALARM)),
        },
        "DeploymentConfig",
    ),
    RollingUpdate,
)
SCHEDULED_UPDATE = Shape(
    Properties(
        "ScheduledUpdateConfig",
        {
            "ScheduleExpression": Property("schedule_expression", TEXT, required=True),
            "DeploymentConfig": Property("rolling_update", _ROLLING_UPDATE),
        },
        "ScheduledUpdateConfig",
    ),
    ScheduledUpdate,
)
_NOT_IN_CLOUDFORMATION = "is supported by the API, not by CloudFormation"
AUTO_PATCH = Shape(
    Properties(
        "AutoPatchConfig",
        {
            "PatchingStrategy": Property(
                "patching_strategy",
                Choice.of(PatchingStrategy, api_only=["DrainFirst"]),
                required=True,
            ),
            "DeploymentConfig": Property("rolling_update", _ROLLING_UPDATE),
        },
        "AutoPatchConfig",
        api_only={
            "PatchSchedule": "is set by HyperPod when a patch is available",
            "IdleWaitWindowInSeconds": _NOT_IN_CLOUDFORMATION,
            "DrainPolicy": _NOT_IN_CLOUDFORMATION,
        },
        read_only=["CurrentPatchSchedule", "DesiredPatchSchedule"],
    ),
    AutoPatch,
)
LIFE_CYCLE_CONFIG = Shape(
    Properties(
        "LifeCycleConfig",
        {
            "SourceS3Uri": Property("source_s3_uri", TEXT),
            "OnCreate": Property("on_create", TEXT),
            "OnInitComplete": Property("on_init_complete", TEXT),
        },
        "ClusterLifeCycleConfig",
    ),
    LifeCycleConfig,
)
TAINT = Shape(
    Properties(
        "a taint",
        {
            "Key": Property("key", TEXT, required=True),
            "Value": Property("value", TEXT),
            "Effect": Property("effect", Choice.of(TaintEffect), required=True),
        },
        "ClusterKubernetesTaint",
    ),
    Taint,
)


def _volume_parts(volume: EbsVolume) -> Mapping[str, Any]:
    return {"root_volume": volume.root_volume or None}


_EBS_VOLUME = Shape(
    Properties(
        "EbsVolumeConfig",
        {
            "VolumeSizeInGB": Property(
                "size",
                Amount.of(Gibibytes, "to_gibibytes", "a cdk.Size such as cdk.Size.gibibytes(500)"),
            ),
            "VolumeKmsKeyId": Property("kms_key", _KEY, update=Update.NEW_GROUP),
            "RootVolume": Property("root_volume", FLAG, arguments={}),
        },
        "ClusterEbsVolumeConfig",
    ),
    EbsVolume,
    parts=_volume_parts,
)
_DNS_NAME = Property(
    "dns_name", TEXT, required=True, expected="the DNS name of the file system, a string"
)
_LUSTRE_MOUNT = Shape(
    Properties(
        "FsxLustreConfig",
        {
            "DnsName": _DNS_NAME,
            "MountName": Property(
                "mount_name",
                TEXT,
                required=True,
                expected="the mount name of the file system, a string",
            ),
            "MountPath": Property("mount_path", TEXT),
        },
        "ClusterFsxLustreConfig",
    ),
    LustreMount,
)
_OPENZFS_MOUNT = Shape(
    Properties(
        "FsxOpenZfsConfig",
        {"DnsName": _DNS_NAME, "MountPath": Property("mount_path", TEXT)},
        "ClusterFsxOpenZfsConfig",
    ),
    OpenZfsMount,
)
VOLUME_KEYS = ("EbsVolumeConfig",)
MOUNT_KEYS = ("FsxLustreConfig", "FsxOpenZfsConfig")
_STORAGE = {
    "EbsVolumeConfig": _EBS_VOLUME,
    "FsxLustreConfig": _LUSTRE_MOUNT,
    "FsxOpenZfsConfig": _OPENZFS_MOUNT,
}
_STORAGE_KEYS = {shape.value_type: key for key, shape in _STORAGE.items()}
STORAGE = ListOf(
    OneOf(
        "InstanceStorageConfigs",
        _STORAGE,
        lambda value: _STORAGE_KEYS[type(value)],
        "ClusterInstanceStorageConfig",
    )
)
IS_SPOT = OneOf(
    "CapacityRequirements",
    {
        "Spot": Shape(Properties("Spot", {}), bool, lambda: True),
        "OnDemand": Shape(Properties("OnDemand", {}), bool, lambda: False),
    },
    lambda is_spot: "Spot" if is_spot else "OnDemand",
    "ClusterCapacityRequirements",
)
OVERRIDE_VPC_CONFIG = Properties(
    "OverrideVpcConfig",
    {
        "SecurityGroupIds": Property(
            "security_groups",
            ListOf(_SECURITY_GROUP, "a list of security groups"),
            required=True,
            update=Update.NEW_GROUP,
        ),
        "Subnets": Property(
            "subnets",
            ListOf(_SUBNET, "a list of subnets"),
            required=True,
            update=Update.NEW_GROUP,
        ),
    },
    "VpcConfig",
)
