"""Every argument of the model has its place in a request."""

import dataclasses
import re
from typing import Any

import pytest

import hyperpod_constructs as hp
from hyperpod_constructs.schema.paths import dotted, form_path, property_path, steps
from tests.synth import ROOT

REQUEST = {
    "InstanceGroups": [
        {
            "InstanceGroupName": "controller",
            "SlurmConfig": {"PartitionNames": []},
            "InstanceRequirements": "ml.g5.8xlarge",
        },
        {
            "InstanceStorageConfigs": [
                {"FsxOpenZfsConfig": {"DnsName": "fs-2"}},
                {"EbsVolumeConfig": {"VolumeSizeInGB": 500}},
                {"FsxLustreConfig": {"DnsName": "fs-1"}},
            ],
            "CapacityRequirements": {"Spot": {}},
        },
    ]
}


@pytest.mark.parametrize(
    ("argument", "place"),
    [
        ("cluster_name", "ClusterName"),
        ("instance_groups", "InstanceGroups"),
        ("instance_groups[1]", "InstanceGroups[1]"),
        ("instance_groups[1].name", "InstanceGroups[1].InstanceGroupName"),
        ("instance_groups[2].partition", "InstanceGroups[2].SlurmConfig.PartitionNames[0]"),
        (
            "instance_groups[1].volumes[0].size",
            "InstanceGroups[1].InstanceStorageConfigs[1].EbsVolumeConfig.VolumeSizeInGB",
        ),
        (
            "instance_groups[1].file_systems[0].dns_name",
            "InstanceGroups[1].InstanceStorageConfigs[0].FsxOpenZfsConfig.DnsName",
        ),
        (
            "instance_groups[1].file_systems[1].mount_name",
            "InstanceGroups[1].InstanceStorageConfigs[2].FsxLustreConfig.MountName",
        ),
        ("instance_groups[1].capacity", "InstanceGroups[1].CapacityRequirements"),
        ("instance_groups[0].capacity", "InstanceGroups[0].TrainingPlanArn"),
        ("instance_groups[0].subnets[1]", "InstanceGroups[0].OverrideVpcConfig.Subnets[1]"),
        (
            "instance_groups[0].auto_patch.rolling_update.maximum_batch_size.value",
            "InstanceGroups[0].AutoPatchConfig.DeploymentConfig.RollingUpdatePolicy."
            "MaximumBatchSize.Value",
        ),
        ("instance_groups[0].taints[2].key", "InstanceGroups[0].KubernetesConfig.Taints[2].Key"),
        ("orchestrator.strategy", "Orchestrator.Slurm.SlurmConfigStrategy"),
        ("vpc_subnets[0]", "VpcConfig.Subnets[0]"),
        ("instance_groups[0].something_new[3]", "InstanceGroups[0]"),
        ("something_new", ""),
        ("provisioning_params.login_group", ""),
        ("InstanceGroups[2].InstanceCount", "InstanceGroups[2].InstanceCount"),
        ("InstanceGroups[0]['a-b'].Key", "InstanceGroups[0].a-b.Key"),
        (r"InstanceGroups[0]['a\n'].Key", r"InstanceGroups[0]['a\n'].Key"),
        ("instance_groups[3].partition", "InstanceGroups[3].SlurmConfig.PartitionNames[0]"),
        ("instance_groups[0].partition", "InstanceGroups[0].SlurmConfig.PartitionNames"),
        ("instance_groups[0].instance_types", "InstanceGroups[0].InstanceRequirements"),
    ],
)
def test_argument_becomes_the_property(argument: str, place: str) -> None:
    assert dotted(property_path(argument, REQUEST)) == place


@pytest.mark.parametrize(
    ("argument", "value", "place"),
    [
        ("provisioning_params", "x", ""),
        (
            "provisioning_params.worker_groups[1].partition_name",
            "x",
            "worker_groups[1].partition_name",
        ),
        ("orchestrator.slurm_configurations", "x", "slurm_configurations"),
        ("file_systems[0].dns_name", "fs-2", "fsx_openzfs_dns_name"),
        ("file_systems", ["fs-1"], "fsx_dns_name"),
    ],
)
def test_argument_becomes_the_field_of_the_form(argument: str, value: object, place: str) -> None:
    form = {"fsx_dns_name": "fs-1", "fsx_openzfs_dns_name": "fs-2"}
    problem = hp.Problem(code="X", path=argument, value=value, message="", fix="")

    assert dotted(form_path(problem, form)) == place


OUTSIDE_THE_REQUEST = {
    "file_systems",
    "own_subnets",
    "vpc_arguments",
    "provisioning_params",
    "scripts",
    "steps",
    "notes",
    "unknown",
    "is_request",
    "orchestrator.accounting_database.connectable",
}
PLACES: dict[str, type[Any]] = {
    "": hp.ClusterModel,
    "instance_groups[0]": hp.InstanceGroup,
    "instance_groups[0].volumes[0]": hp.EbsVolume,
    "instance_groups[0].file_systems[0]": hp.LustreMount,
    "instance_groups[0].life_cycle_config": hp.LifeCycleConfig,
    "instance_groups[0].scheduled_update": hp.ScheduledUpdate,
    "instance_groups[0].scheduled_update.rolling_update": hp.RollingUpdate,
    "instance_groups[0].scheduled_update.rolling_update.maximum_batch_size": hp.BatchSize,
    "instance_groups[0].auto_patch": hp.AutoPatch,
    "instance_groups[0].taints[0]": hp.Taint,
    "restricted_instance_groups[0]": hp.RestrictedInstanceGroup,
    "restricted_instance_groups[0].lustre": hp.RestrictedLustre,
    "shared_environment": hp.SharedEnvironment,
    "orchestrator": hp.ApiDrivenSlurm,
    "orchestrator.accounting_database": hp.AccountingDatabase,
    "auto_scaling": hp.AutoScaling,
    "tiered_storage": hp.TieredStorage,
}
OUTSIDE_KINDS: tuple[type[Any], ...] = (
    hp.ProvisioningParams,
    hp.WorkerGroup,
    hp.SlurmConfigurations,
    hp.LifecycleSteps,
    hp.Containers,
    hp.Users,
    hp.S3Mount,
)
ARGUMENTS = [
    (place, f"{place}.{each.name}".removeprefix("."))
    for place, kind in PLACES.items()
    for each in dataclasses.fields(kind)
]


@pytest.mark.parametrize(("place", "argument"), ARGUMENTS, ids=[name for _, name in ARGUMENTS])
def test_every_argument_has_a_property_of_its_own(place: str, argument: str) -> None:
    if argument not in OUTSIDE_THE_REQUEST:
        assert len(property_path(argument, {})) > len(property_path(place, {}))


def test_rules_speak_of_arguments_of_the_model() -> None:
    known = {step for _, argument in ARGUMENTS for step in steps(argument)}
    known |= {"vpc", "vpc_subnets", "security_groups", "cluster", "ipv4_cidr_block"}
    known |= {each.name for kind in OUTSIDE_KINDS for each in dataclasses.fields(kind)}
    spoken = {
        name
        for file in (ROOT / "hyperpod_constructs" / "rules").rglob("*.py")
        for path in re.findall(r'path=f?"([^"]+)"', file.read_text())
        for name in re.findall(r"\w+", re.sub(r"\{[^}]*\}", "", path))
    }

    assert "count" in spoken
    assert spoken - known - {"lifecycle_scripts", "slurm_configurations", "on_create"} == set()
