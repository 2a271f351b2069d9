"""The objects within an instance group.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterInstanceGroupSpecification.html
"""

from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from hyperpod_constructs.model.kubernetes import Taint, TaintEffect
from hyperpod_constructs.model.life_cycle_config import LifeCycleConfig
from hyperpod_constructs.model.references import (
    AlarmReference,
    KeyReference,
    RoleReference,
    SecurityGroupReference,
    SubnetReference,
)
from hyperpod_constructs.model.software import (
    AutoPatch,
    BatchSize,
    BatchSizeType,
    PatchingStrategy,
    RollingUpdate,
    ScheduledUpdate,
    Seconds,
)
from hyperpod_constructs.model.storage import EbsVolume, Gibibytes, LustreMount, OpenZfsMount

from .kinds import FLAG, NUMBER, TEXT, ListOf, Made, Word
from .objects import Key, Keys, Object, OneOf

ROLE = Made(TEXT, RoleReference, attrgetter("role_arn"))

_BATCH_SIZE = Object(
    Keys(
        "a batch size",
        {
            "Type": Key("type", Word.of(BatchSizeType), required=True),
            "Value": Key("value", NUMBER, required=True),
        },
    ),
    BatchSize,
)
_ALARM = Object(
    Keys("an alarm", {"AlarmName": Key("alarm_name", TEXT, required=True)}), AlarmReference
)
_ROLLING_UPDATE = Object(
    Keys(
        "DeploymentConfig",
        {
            "RollingUpdatePolicy": Keys(
                "RollingUpdatePolicy",
                {
                    "MaximumBatchSize": Key("maximum_batch_size", _BATCH_SIZE, required=True),
                    "RollbackMaximumBatchSize": Key("rollback_maximum_batch_size", _BATCH_SIZE),
                },
            ),
            "WaitIntervalInSeconds": Key(
                "wait_interval", Made(NUMBER, Seconds, lambda duration: duration.to_seconds())
            ),
            "AutoRollbackConfiguration": Key("rollback_alarms", ListOf(_ALARM)),
        },
    ),
    RollingUpdate,
)
SCHEDULED_UPDATE = Object(
    Keys(
        "ScheduledUpdateConfig",
        {
            "ScheduleExpression": Key("schedule_expression", TEXT, required=True),
            "DeploymentConfig": Key("rolling_update", _ROLLING_UPDATE),
        },
    ),
    ScheduledUpdate,
)
_NOT_IN_CLOUDFORMATION = "is offered by the API alone, not by CloudFormation"
AUTO_PATCH = Object(
    Keys(
        "AutoPatchConfig",
        {
            "PatchingStrategy": Key(
                "patching_strategy",
                Word.of(PatchingStrategy, api_only=["DrainFirst"]),
                required=True,
            ),
            "DeploymentConfig": Key("rolling_update", _ROLLING_UPDATE),
        },
        api_only={
            "PatchSchedule": "is set by HyperPod when there is a patch",
            "IdleWaitWindowInSeconds": _NOT_IN_CLOUDFORMATION,
            "DrainPolicy": _NOT_IN_CLOUDFORMATION,
        },
        read_only=["CurrentPatchSchedule", "DesiredPatchSchedule"],
    ),
    AutoPatch,
)
LIFE_CYCLE_CONFIG = Object(
    Keys(
        "LifeCycleConfig",
        {
            "SourceS3Uri": Key("source_s3_uri", TEXT),
            "OnCreate": Key("on_create", TEXT),
            "OnInitComplete": Key("on_init_complete", TEXT),
        },
    ),
    LifeCycleConfig,
)
TAINT = Object(
    Keys(
        "a taint",
        {
            "Key": Key("key", TEXT, required=True),
            "Value": Key("value", TEXT),
            "Effect": Key("effect", Word.of(TaintEffect), required=True),
        },
    ),
    Taint,
)


def _volume_parts(volume: EbsVolume) -> Mapping[str, Any]:
    return {
        "size": volume.size,
        "kms_key": volume.kms_key,
        "root_volume": volume.root_volume or None,
    }


_EBS_VOLUME = Object(
    Keys(
        "EbsVolumeConfig",
        {
            "VolumeSizeInGB": Key(
                "size", Made(NUMBER, Gibibytes, lambda size: size.to_gibibytes())
            ),
            "VolumeKmsKeyId": Key("kms_key", Made(TEXT, KeyReference, attrgetter("key_arn"))),
            "RootVolume": Key("root_volume", FLAG, arguments=()),
        },
    ),
    EbsVolume,
    _volume_parts,
)
_LUSTRE_MOUNT = Object(
    Keys(
        "FsxLustreConfig",
        {
            "DnsName": Key("dns_name", TEXT, required=True),
            "MountName": Key("mount_name", TEXT, required=True),
            "MountPath": Key("mount_path", TEXT),
        },
    ),
    LustreMount,
)
_OPENZFS_MOUNT = Object(
    Keys(
        "FsxOpenZfsConfig",
        {
            "DnsName": Key("dns_name", TEXT, required=True),
            "MountPath": Key("mount_path", TEXT),
        },
    ),
    OpenZfsMount,
)
_STORAGE_KEYS = {
    EbsVolume: "EbsVolumeConfig",
    LustreMount: "FsxLustreConfig",
    OpenZfsMount: "FsxOpenZfsConfig",
}
STORAGE = ListOf(
    OneOf(
        "InstanceStorageConfigs",
        {
            "EbsVolumeConfig": _EBS_VOLUME,
            "FsxLustreConfig": _LUSTRE_MOUNT,
            "FsxOpenZfsConfig": _OPENZFS_MOUNT,
        },
        lambda value: _STORAGE_KEYS[type(value)],
    )
)
IS_SPOT = OneOf(
    "CapacityRequirements",
    {
        "Spot": Object(Keys("Spot", {}), lambda: True, lambda _: {}),
        "OnDemand": Object(Keys("OnDemand", {}), lambda: False, lambda _: {}),
    },
    lambda is_spot: "Spot" if is_spot else "OnDemand",
)
OVERRIDE_VPC_CONFIG = Keys(
    "OverrideVpcConfig",
    {
        "SecurityGroupIds": Key(
            "security_groups",
            ListOf(Made(TEXT, SecurityGroupReference, attrgetter("security_group_id"))),
            required=True,
        ),
        "Subnets": Key(
            "subnets",
            ListOf(Made(TEXT, SubnetReference, attrgetter("subnet_id"))),
            required=True,
        ),
    },
)
