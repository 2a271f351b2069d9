"""Where an argument of the model stands in a CreateCluster request, a template or a form.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateCluster.html
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .model.errors import Problem

PropertyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class _Property:
    """The property that an argument becomes.

    Attributes:
        names: Its name below that of the outer argument, with dots; where there are several, the
            first that the document has.
        inner: The arguments within it.
        entries: Where a list holds other things as well, the keys of those that are meant.
    """

    names: tuple[str, ...]
    inner: "Mapping[str, _Property]" = field(default_factory=dict)
    entries: tuple[str, ...] = ()


def _property(*names: str, **inner: "_Property | str") -> _Property:
    return _Property(
        names,
        {
            argument: _property(value) if isinstance(value, str) else value
            for argument, value in inner.items()
        },
    )


_BATCH_SIZE = {"type": "Type", "value": "Value"}
_ROLLING_UPDATE = _property(
    "DeploymentConfig",
    maximum_batch_size=_property("RollingUpdatePolicy.MaximumBatchSize", **_BATCH_SIZE),
    rollback_maximum_batch_size=_property(
        "RollingUpdatePolicy.RollbackMaximumBatchSize", **_BATCH_SIZE
    ),
    wait_interval="WaitIntervalInSeconds",
    rollback_alarms="AutoRollbackConfiguration",
)
_VOLUMES = _Property(
    ("InstanceStorageConfigs",),
    {
        "size": _property("EbsVolumeConfig.VolumeSizeInGB"),
        "kms_key": _property("EbsVolumeConfig.VolumeKmsKeyId"),
        "root_volume": _property("EbsVolumeConfig.RootVolume"),
    },
    entries=("EbsVolumeConfig",),
)
_FILE_SYSTEMS = _Property(
    ("InstanceStorageConfigs",),
    {
        "dns_name": _property("FsxLustreConfig.DnsName", "FsxOpenZfsConfig.DnsName"),
        "mount_name": _property("FsxLustreConfig.MountName"),
        "mount_path": _property("FsxLustreConfig.MountPath", "FsxOpenZfsConfig.MountPath"),
    },
    entries=("FsxLustreConfig", "FsxOpenZfsConfig"),
)
_LUSTRE = {"size_gib": "SizeInGiB", "per_unit_storage_throughput": "PerUnitStorageThroughput"}
_EVERY_GROUP: dict[str, _Property | str] = {
    "name": "InstanceGroupName",
    "instance_type": _property("InstanceType", "InstanceRequirements.InstanceTypes"),
    "count": "InstanceCount",
    "threads_per_core": "ThreadsPerCore",
    "volumes": _VOLUMES,
    "capacity": _property("TrainingPlanArn", "CapacityRequirements"),
    "deep_health_checks": "OnStartDeepHealthChecks",
    "subnets": "OverrideVpcConfig.Subnets",
    "security_groups": "OverrideVpcConfig.SecurityGroupIds",
    "execution_role": "ExecutionRole",
}
_INSTANCE_GROUP: dict[str, _Property | str] = {
    "instance_types": "InstanceRequirements.InstanceTypes",
    "node_type": "SlurmConfig.NodeType",
    "partition": "SlurmConfig.PartitionNames[0]",
    "min_count": "MinInstanceCount",
    "life_cycle_config": _property(
        "LifeCycleConfig",
        on_create="OnCreate",
        on_init_complete="OnInitComplete",
        source_s3_uri="SourceS3Uri",
    ),
    "file_systems": _FILE_SYSTEMS,
    "network_interface_type": "NetworkInterface.InterfaceType",
    "image_id": "ImageId",
    "image_release_version": "ImageReleaseVersion",
    "scheduled_update": _property(
        "ScheduledUpdateConfig",
        schedule_expression="ScheduleExpression",
        rolling_update=_ROLLING_UPDATE,
    ),
    "auto_patch": _property(
        "AutoPatchConfig", patching_strategy="PatchingStrategy", rolling_update=_ROLLING_UPDATE
    ),
    "labels": "KubernetesConfig.Labels",
    "taints": _property("KubernetesConfig.Taints", key="Key", value="Value", effect="Effect"),
}
_CLUSTER = _property(
    "",
    cluster_name="ClusterName",
    instance_groups=_property("InstanceGroups", **_EVERY_GROUP, **_INSTANCE_GROUP),
    restricted_instance_groups=_property(
        "RestrictedInstanceGroups",
        **_EVERY_GROUP,
        lustre=_property("EnvironmentConfig.FSxLustreConfig", **_LUSTRE),
    ),
    shared_environment=_property(
        "RestrictedInstanceGroupsConfig.SharedEnvironmentConfig",
        lustre=_property("FSxLustreConfig", **_LUSTRE),
        lustre_deletion_policy="FSxLustreDeletionPolicy",
    ),
    orchestrator=_property(
        "Orchestrator",
        strategy="Slurm.SlurmConfigStrategy",
        accounting_database=_property(
            "Slurm.AccountingDatabase",
            endpoint="Endpoint",
            secret="SecretArn",  # noqa: S106
            port="Port",
            name="Name",
        ),
        cluster="Eks.ClusterArn",
    ),
    vpc="VpcConfig",
    vpc_subnets="VpcConfig.Subnets",
    subnets="VpcConfig.Subnets",
    security_groups="VpcConfig.SecurityGroupIds",
    security_group_ids="VpcConfig.SecurityGroupIds",
    node_recovery="NodeRecovery",
    node_provisioning_mode="NodeProvisioningMode",
    auto_scaling=_property("AutoScaling", enabled="Mode", auto_scaler_type="AutoScalerType"),
    cluster_role="ClusterRole",
    tiered_storage=_property(
        "TieredStorageConfig",
        enabled="Mode",
        instance_memory_allocation_percentage="InstanceMemoryAllocationPercentage",
    ),
    tags="Tags",
)

_STEP = re.compile(r"(\w+)|\[(\d+)\]")
_FORM_ARGUMENTS = ("provisioning_params", "orchestrator.slurm_configurations", "file_systems")


def property_path(argument: str, document: Any) -> PropertyPath:
    """The property of a request that an argument became, or the nearest one around it.

    Args:
        argument: Path of the argument, such as `instance_groups[2].partition`; or already that of
            a property, as what is wrong with the request itself has it.
        document: The request, or the properties of the resource.
    """
    if argument[:1].isupper():
        return steps(argument)
    if argument.startswith(_FORM_ARGUMENTS):
        return ()
    path: PropertyPath = ()
    place = _CLUSTER
    for name, index in _STEP.findall(argument):
        if index:
            path = (*path, _entry(_at(document, path), int(index), place.entries))
        elif name in place.inner:
            place = place.inner[name]
            choices = [(*path, *steps(names)) for names in place.names]
            path = next((each for each in choices if _at(document, each) is not None), choices[0])
        else:
            return path
    return path


def form_path(problem: Problem, form: Mapping[str, Any]) -> PropertyPath:
    """The field of the provisioning form that a problem is about, or the form as a whole."""
    argument = problem.path
    if argument.startswith("file_systems"):
        values = problem.value if isinstance(problem.value, list) else [problem.value]
        return next(((key,) for key, value in form.items() if "fsx" in key and value in values), ())
    return steps(argument.removeprefix("provisioning_params").removeprefix("orchestrator"))


def is_about_form(problem: Problem) -> bool:
    """Whether a problem of a cluster with a form is one of the form."""
    return problem.path.startswith(_FORM_ARGUMENTS)


def steps(text: str) -> PropertyPath:
    """`InstanceGroups[2].InstanceCount` in its parts."""
    return tuple(int(index) if index else name for name, index in _STEP.findall(text))


def dotted(path: Iterable[str | int]) -> str:
    """The parts as one text, such as `InstanceGroups[2].InstanceCount`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def _entry(entries: Any, number: int, keys: tuple[str, ...]) -> int:
    """The index in the document of the numbered entry that has one of the keys."""
    if not keys or not isinstance(entries, list):
        return number
    meant = [
        index
        for index, entry in enumerate(entries)
        if isinstance(entry, Mapping) and any(key in entry for key in keys)
    ]
    return meant[number] if number < len(meant) else number


def _at(document: Any, path: PropertyPath) -> Any:
    for step in path:
        if isinstance(step, int):
            document = (
                document[step] if isinstance(document, list) and step < len(document) else None
            )
        else:
            document = document.get(step) if isinstance(document, Mapping) else None
    return document
