"""Instance groups and restricted instance groups.

Sources: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterInstanceGroupSpecification.html
and https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterRestrictedInstanceGroupSpecification.html
"""

from collections.abc import Mapping
from typing import Any

from hyperpod_constructs.model.groups.capacity import Capacity
from hyperpod_constructs.model.groups.instance_group import InstanceGroup, NodeType
from hyperpod_constructs.model.groups.instance_types import default_threads_per_core
from hyperpod_constructs.model.groups.network_interface import NetworkInterfaceType
from hyperpod_constructs.model.groups.resiliency import DeepHealthCheck
from hyperpod_constructs.model.groups.restricted_instance_group import (
    RestrictedInstanceGroup,
    RestrictedLustre,
)
from hyperpod_constructs.model.groups.storage import EbsVolume

from .group_parts import (
    AUTO_PATCH,
    IS_SPOT,
    LIFE_CYCLE_CONFIG,
    MOUNT_KEYS,
    OVERRIDE_VPC_CONFIG,
    ROLE,
    SCHEDULED_UPDATE,
    STORAGE,
    TAINT,
    VOLUME_KEYS,
)
from .kinds import NUMBER, TEXT, Choice, ListOf, SingleEntry, TextByName
from .shapes import Properties, Property, Shape
from .update import Update

_NODE_TYPES = {
    "Controller": NodeType.CONTROLLER,
    "Login": NodeType.LOGIN,
    "Compute": NodeType.WORKER,
}
_INSTANCE_TYPE_TEXT = "a type such as 'ml.g5.8xlarge'"
_NAME = Property("name", TEXT, required=True, update=Update.NEW_GROUP)
_EXECUTION_ROLE = Property("execution_role", ROLE, required=True, update=Update.NEW_GROUP)
_THREADS_PER_CORE = Property("threads_per_core", NUMBER, update=Update.NEW_GROUP)
_DEEP_HEALTH_CHECKS = Property(
    "deep_health_checks",
    ListOf(
        Choice.of(DeepHealthCheck, api_only=["MultiNodeTrainingValidation"]),
        "a list of DeepHealthCheck",
    ),
)
_TRAINING_PLAN = Property("training_plan_arn", TEXT, arguments={"capacity": ()})


def _instance_group(
    *,
    name: str,
    storage: tuple[Any, ...] = (),
    training_plan_arn: str | None = None,
    is_spot: bool = False,
    threads_per_core: int | None = None,
    **attributes: Any,
) -> InstanceGroup:
    types = (attributes.get("instance_type"), *attributes.get("instance_types", ()))
    return InstanceGroup(
        name,
        volumes=tuple(each for each in storage if isinstance(each, EbsVolume)),
        file_systems=tuple(each for each in storage if not isinstance(each, EbsVolume)),
        capacity=Capacity(training_plan_arn=training_plan_arn, is_spot=is_spot),
        threads_per_core=_own_threads_per_core(threads_per_core, *types),
        **attributes,
    )


def _group_parts(group: InstanceGroup) -> Mapping[str, Any]:
    return {
        "storage": (*group.volumes, *group.file_systems),
        "training_plan_arn": group.capacity.training_plan_arn,
        "is_spot": group.capacity.is_spot or None,
        "threads_per_core": group.effective_threads_per_core,
    }


def _own_threads_per_core(given: int | None, *types: str | None) -> int | None:
    """The specified ones, unless the instance type always has them."""
    first = next((each for each in types if each is not None), "")
    return None if given == default_threads_per_core(first) else given


_INSTANCE_GROUP = Properties(
    "an instance group",
    {
        "InstanceCount": Property("count", NUMBER, required=True),
        "MinInstanceCount": Property("min_count", NUMBER),
        "InstanceGroupName": _NAME,
        "InstanceType": Property(
            "instance_type", TEXT, update=Update.NEW_GROUP, expected=_INSTANCE_TYPE_TEXT
        ),
        "InstanceRequirements": Properties(
            "InstanceRequirements",
            {
                "InstanceTypes": Property(
                    "instance_types",
                    ListOf(TEXT, "a list of instance types"),
                    required=True,
                    expected=_INSTANCE_TYPE_TEXT,
                )
            },
            "InstanceRequirements",
            described={
                "DesiredInstanceTypes": "InstanceTypes",
                "CurrentInstanceTypes": "InstanceTypes",
            },
        ),
        "LifeCycleConfig": Property("life_cycle_config", LIFE_CYCLE_CONFIG),
        "ExecutionRole": _EXECUTION_ROLE,
        "ThreadsPerCore": _THREADS_PER_CORE,
        "InstanceStorageConfigs": Property(
            "storage", STORAGE, arguments={"volumes": VOLUME_KEYS, "file_systems": MOUNT_KEYS}
        ),
        "OnStartDeepHealthChecks": _DEEP_HEALTH_CHECKS,
        "TrainingPlanArn": _TRAINING_PLAN,
        "OverrideVpcConfig": OVERRIDE_VPC_CONFIG,
        "ScheduledUpdateConfig": Property("scheduled_update", SCHEDULED_UPDATE),
        "ImageId": Property("image_id", TEXT),
        "AutoPatchConfig": Property("auto_patch", AUTO_PATCH),
        "ImageReleaseVersion": Property("image_release_version", TEXT),
        "KubernetesConfig": Properties(
            "KubernetesConfig",
            {
                "Labels": Property("labels", TextByName()),
                "Taints": Property("taints", ListOf(TAINT, "a list of Taint")),
            },
            "ClusterKubernetesConfig",
            described={
                "DesiredLabels": "Labels",
                "CurrentLabels": "Labels",
                "DesiredTaints": "Taints",
                "CurrentTaints": "Taints",
            },
        ),
        "SlurmConfig": Properties(
            "SlurmConfig",
            {
                "NodeType": Property(
                    "node_type", Choice(_NODE_TYPES), required=True, update=Update.NEW_GROUP
                ),
                "PartitionNames": Property("partition", SingleEntry.of(TEXT)),
            },
            "ClusterSlurmConfig",
        ),
        "CapacityRequirements": Property(
            "is_spot", IS_SPOT, update=Update.NEW_GROUP, arguments={"capacity": ()}
        ),
        "NetworkInterface": Properties(
            "NetworkInterface",
            {"InterfaceType": Property("network_interface_type", Choice.of(NetworkInterfaceType))},
            "ClusterNetworkInterface",
        ),
    },
    "ClusterInstanceGroup",
    described={
        "TargetCount": "InstanceCount",
        "MinCount": "MinInstanceCount",
        "DesiredImageId": "ImageId",
        "DesiredImageReleaseVersion": "ImageReleaseVersion",
    },
    read_only=[
        "CurrentCount",
        "InstanceTypeDetails",
        "Status",
        "TrainingPlanStatus",
        "CurrentImageId",
        "CurrentImageReleaseVersion",
        "ImageVersionStatus",
        "ActiveOperations",
        "TargetStateCount",
        "SoftwareUpdateStatus",
        "ActiveSoftwareUpdateConfig",
    ],
)
INSTANCE_GROUP = Shape(
    _INSTANCE_GROUP, InstanceGroup, _instance_group, _group_parts, placeholder_if_unknown=True
)

LUSTRE = Shape(
    Properties(
        "FSxLustreConfig",
        {
            "SizeInGiB": Property("size_gib", NUMBER, required=True),
            "PerUnitStorageThroughput": Property(
                "per_unit_storage_throughput", NUMBER, required=True
            ),
        },
        "FSxLustreConfig",
    ),
    RestrictedLustre,
)


def _restricted_group(
    *,
    name: str,
    instance_type: str,
    storage: tuple[Any, ...] = (),
    training_plan_arn: str | None = None,
    threads_per_core: int | None = None,
    **attributes: Any,
) -> RestrictedInstanceGroup:
    return RestrictedInstanceGroup(
        name,
        instance_type=instance_type,
        volumes=storage,
        capacity=Capacity(training_plan_arn=training_plan_arn),
        threads_per_core=_own_threads_per_core(threads_per_core, instance_type),
        **attributes,
    )


def _restricted_parts(group: RestrictedInstanceGroup) -> Mapping[str, Any]:
    return {
        "storage": group.volumes,
        "training_plan_arn": group.capacity.training_plan_arn,
        "threads_per_core": group.threads_per_core or default_threads_per_core(group.instance_type),
    }


_RESTRICTED_INSTANCE_GROUP = Properties(
    "a restricted instance group",
    {
        "InstanceCount": Property("count", NUMBER, required=True),
        "InstanceGroupName": _NAME,
        "InstanceType": Property(
            "instance_type",
            TEXT,
            required=True,
            update=Update.NEW_GROUP,
            expected=_INSTANCE_TYPE_TEXT,
        ),
        "ExecutionRole": _EXECUTION_ROLE,
        "ThreadsPerCore": _THREADS_PER_CORE,
        "InstanceStorageConfigs": Property("storage", STORAGE, arguments={"volumes": VOLUME_KEYS}),
        "OnStartDeepHealthChecks": _DEEP_HEALTH_CHECKS,
        "TrainingPlanArn": _TRAINING_PLAN,
        "OverrideVpcConfig": OVERRIDE_VPC_CONFIG,
        "EnvironmentConfig": Properties(
            "EnvironmentConfig",
            {"FSxLustreConfig": Property("lustre", LUSTRE)},
            "EnvironmentConfig",
            read_only=["S3OutputPath"],
        ),
    },
    "ClusterRestrictedInstanceGroup",
    api_only={"ScheduledUpdateConfig": "is supported by the API, not by CloudFormation"},
    described={"TargetCount": "InstanceCount"},
    read_only=["CurrentCount", "Status", "TrainingPlanStatus"],
)
RESTRICTED_INSTANCE_GROUP = Shape(
    _RESTRICTED_INSTANCE_GROUP,
    RestrictedInstanceGroup,
    _restricted_group,
    _restricted_parts,
    placeholder_if_unknown=True,
)
