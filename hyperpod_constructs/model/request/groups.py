"""Instance groups and restricted instance groups.

Sources: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterInstanceGroupSpecification.html
and https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterRestrictedInstanceGroupSpecification.html
"""

from collections.abc import Mapping
from typing import Any

from hyperpod_constructs.model.capacity import Capacity
from hyperpod_constructs.model.instance_group import InstanceGroup, NodeType
from hyperpod_constructs.model.instance_types import default_threads_per_core
from hyperpod_constructs.model.network_interface import NetworkInterfaceType
from hyperpod_constructs.model.resiliency import DeepHealthCheck
from hyperpod_constructs.model.restricted_instance_group import (
    RestrictedInstanceGroup,
    RestrictedLustre,
)
from hyperpod_constructs.model.storage import EbsVolume

from .group_objects import (
    AUTO_PATCH,
    IS_SPOT,
    LIFE_CYCLE_CONFIG,
    OVERRIDE_VPC_CONFIG,
    ROLE,
    SCHEDULED_UPDATE,
    STORAGE,
    TAINT,
)
from .kinds import NUMBER, TEXT, ListOf, Made, TextByName, Word
from .objects import Key, Keys, Object

_NODE_TYPES = {
    "Controller": NodeType.CONTROLLER,
    "Login": NodeType.LOGIN,
    "Compute": NodeType.WORKER,
}
_STORAGE_KEY = Key("storage", STORAGE, arguments=("volumes", "file_systems"))
_DEEP_HEALTH_CHECKS = Key(
    "deep_health_checks",
    ListOf(Word.of(DeepHealthCheck, api_only=["MultiNodeTrainingValidation"])),
)
_TRAINING_PLAN = Key("training_plan_arn", TEXT, arguments=("capacity",))
_PARTITION = Made(
    ListOf(TEXT), lambda names: names[0] if names else None, lambda partition: (partition,)
)


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
    own = {name: getattr(group, name, None) for name in _GROUP_KEYS.attributes()}
    return {
        **own,
        "storage": (*group.volumes, *group.file_systems),
        "training_plan_arn": group.capacity.training_plan_arn,
        "is_spot": group.capacity.is_spot or None,
        "threads_per_core": group.effective_threads_per_core,
    }


def _own_threads_per_core(given: int | None, *types: str | None) -> int | None:
    """The given ones, unless the type of the instances has them anyway."""
    first = next((each for each in types if each is not None), "")
    return None if given == default_threads_per_core(first) else given


_GROUP_KEYS = Keys(
    "an instance group",
    {
        "InstanceCount": Key("count", NUMBER, required=True),
        "MinInstanceCount": Key("min_count", NUMBER),
        "InstanceGroupName": Key("name", TEXT, required=True),
        "InstanceType": Key("instance_type", TEXT),
        "InstanceRequirements": Keys(
            "InstanceRequirements",
            {"InstanceTypes": Key("instance_types", ListOf(TEXT), required=True)},
            described={
                "DesiredInstanceTypes": "InstanceTypes",
                "CurrentInstanceTypes": "InstanceTypes",
            },
        ),
        "LifeCycleConfig": Key("life_cycle_config", LIFE_CYCLE_CONFIG),
        "ExecutionRole": Key("execution_role", ROLE, required=True),
        "ThreadsPerCore": Key("threads_per_core", NUMBER),
        "InstanceStorageConfigs": _STORAGE_KEY,
        "OnStartDeepHealthChecks": _DEEP_HEALTH_CHECKS,
        "TrainingPlanArn": _TRAINING_PLAN,
        "OverrideVpcConfig": OVERRIDE_VPC_CONFIG,
        "ScheduledUpdateConfig": Key("scheduled_update", SCHEDULED_UPDATE),
        "ImageId": Key("image_id", TEXT),
        "AutoPatchConfig": Key("auto_patch", AUTO_PATCH),
        "ImageReleaseVersion": Key("image_release_version", TEXT),
        "KubernetesConfig": Keys(
            "KubernetesConfig",
            {"Labels": Key("labels", TextByName()), "Taints": Key("taints", ListOf(TAINT))},
            described={
                "DesiredLabels": "Labels",
                "CurrentLabels": "Labels",
                "DesiredTaints": "Taints",
                "CurrentTaints": "Taints",
            },
        ),
        "SlurmConfig": Keys(
            "SlurmConfig",
            {
                "NodeType": Key("node_type", Word(_NODE_TYPES), required=True),
                "PartitionNames": Key("partition", _PARTITION),
            },
        ),
        "CapacityRequirements": Key("is_spot", IS_SPOT, arguments=("capacity",)),
        "NetworkInterface": Keys(
            "NetworkInterface",
            {"InterfaceType": Key("network_interface_type", Word.of(NetworkInterfaceType))},
        ),
    },
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
INSTANCE_GROUP = Object(_GROUP_KEYS, _instance_group, _group_parts, keeps_place=True)

LUSTRE = Object(
    Keys(
        "FSxLustreConfig",
        {
            "SizeInGiB": Key("size_gib", NUMBER, required=True),
            "PerUnitStorageThroughput": Key("per_unit_storage_throughput", NUMBER, required=True),
        },
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
    own = {name: getattr(group, name, None) for name in _RESTRICTED_KEYS.attributes()}
    return {
        **own,
        "storage": group.volumes,
        "training_plan_arn": group.capacity.training_plan_arn,
        "threads_per_core": group.threads_per_core or default_threads_per_core(group.instance_type),
    }


_RESTRICTED_KEYS = Keys(
    "a restricted instance group",
    {
        "InstanceCount": Key("count", NUMBER, required=True),
        "InstanceGroupName": Key("name", TEXT, required=True),
        "InstanceType": Key("instance_type", TEXT, required=True),
        "ExecutionRole": Key("execution_role", ROLE, required=True),
        "ThreadsPerCore": Key("threads_per_core", NUMBER),
        "InstanceStorageConfigs": Key("storage", STORAGE, arguments=("volumes",)),
        "OnStartDeepHealthChecks": _DEEP_HEALTH_CHECKS,
        "TrainingPlanArn": _TRAINING_PLAN,
        "OverrideVpcConfig": OVERRIDE_VPC_CONFIG,
        "EnvironmentConfig": Keys(
            "EnvironmentConfig",
            {"FSxLustreConfig": Key("lustre", LUSTRE)},
            read_only=["S3OutputPath"],
        ),
    },
    api_only={"ScheduledUpdateConfig": "is offered by the API alone, not by CloudFormation"},
    described={"TargetCount": "InstanceCount"},
    read_only=["CurrentCount", "Status", "TrainingPlanStatus"],
)
RESTRICTED_INSTANCE_GROUP = Object(
    _RESTRICTED_KEYS, _restricted_group, _restricted_parts, keeps_place=True
)
