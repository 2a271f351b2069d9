"""Problems of requests and templates in the words of AWS, in place of those of Python.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateCluster.html
"""

import re
from dataclasses import replace
from functools import cache

from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.schema.paths import property_names

_CALLS = (
    (r"LifeCycleConfig\.on_creation\([^()]*\)", "LifeCycleConfig with OnCreate and SourceS3Uri"),
    (r"node_provisioning_mode=NodeProvisioningMode\.CONTINUOUS", "NodeProvisioningMode Continuous"),
    (
        r"Slurm\(multi_head=MultiHead\(\)\) or Slurm\(slurm_configurations=\.\.\.\)",
        "a form with slurm_configurations",
    ),
    (r"\bApiDrivenSlurm\(\)", "Orchestrator with Slurm"),
    (r"\bApiDrivenSlurm\b", "API-driven Slurm"),
    (r"\bSlurm\(\)", "a provisioning form"),
    (r"\bEks\(cluster\)", "Orchestrator with Eks"),
    (r"InstanceGroup\.controller\([^()]*\)", "a group with SlurmConfig and NodeType Controller"),
    (r"InstanceGroup\.worker\([^()]*\)", "a group with SlurmConfig and NodeType Compute"),
    (r"InstanceGroup\.login\([^()]*\)", "a group with SlurmConfig and NodeType Login"),
    (
        r"InstanceGroup\.controller, \.login or \.worker",
        "SlurmConfig with NodeType Controller, Login or Compute",
    ),
    (r"InstanceGroup\(('[^']*'), \.\.\.\)", r"the group \1 without SlurmConfig"),
    (r"\ban InstanceGroup\b", "an entry to InstanceGroups"),
    (r"Capacity\.training_plan\([^()]*\)", "TrainingPlanArn"),
    (r"Capacity\.spot\(\)", "CapacityRequirements with Spot"),
    (r"Capacity\.on_demand\(\)", "CapacityRequirements with OnDemand"),
    (
        r"DeepHealthCheck\.INSTANCE_STRESS or \.INSTANCE_CONNECTIVITY",
        "InstanceStress or InstanceConnectivity",
    ),
    (r"DeepHealthCheck\.INSTANCE_STRESS", "InstanceStress"),
    (r"PatchingStrategy\.WHEN_IDLE or PatchingStrategy\.WHEN_ALL_IDLE", "WhenIdle or WhenAllIdle"),
    (r"maximum_batch_size=BatchSize\.instances\([^()]*\)", "MaximumBatchSize"),
    (r"ScheduledUpdate\.weekly\(\.\.\.\) or \.monthly\(\.\.\.\)", "a weekly or monthly schedule"),
    (
        r"lustre=RestrictedLustre\(\.\.\.\), or shared_environment=SharedEnvironment\(\.\.\.\)",
        "FSxLustreConfig, or SharedEnvironmentConfig",
    ),
    (r"EbsVolume\.root\(kms_key=\.\.\.\)", "VolumeKmsKeyId with RootVolume"),
    (r"size=cdk\.Size\.gibibytes\((\d+)\)", r"VolumeSizeInGB \1"),
    (r"cdk\.Size\.gibibytes\((\d+)\)", r"\1"),
    (r"cdk\.Duration\.minutes\(10\)", "600"),
    (r"\bpass\b", "specify"),
)
"""What a call in Python is in a request. A pattern precedes those that are parts of it."""


def in_properties(problem: Problem) -> Problem:
    """A problem whose message and fix name properties instead of arguments and calls in Python."""
    return replace(problem, message=_written(problem.message), fix=_written(problem.fix))


def _written(text: str) -> str:
    for pattern, words in _CALLS:
        text = re.sub(pattern, words, text)
    return re.sub(_ARGUMENT, _named, text)


_ARGUMENT = r"""(?<![\w'"])([a-z][a-z0-9]*(?:_[a-z0-9]+)+\b|[a-z]+(?==))(=?)(?!\()"""
"""An argument: a name with an underscore, or one that is followed by a value."""


def _named(match: re.Match[str]) -> str:
    name = _names().get(match[1])
    if name is None:
        return match[0]
    has_value = match[2] and match.string[match.end() : match.end() + 1] not in ("", ",", " ")
    return f"{name} " if has_value else name


@cache
def _names() -> dict[str, str]:
    return property_names()
