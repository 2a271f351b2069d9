"""Keys of former versions of the API, and keys that are often specified in another object.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateCluster.html
"""

from collections.abc import Callable, Mapping
from typing import Any


def _node_recovery(value: Any) -> str:
    recovery = value
    if isinstance(value, Mapping):
        recovery = value.get("NodeRecovery", value.get("EnableNodeAutoRecovery", True))
    word = "None" if recovery in (False, "None", "false") else "Automatic"
    return f'write "NodeRecovery": "{word}" at the top level'


def _at(place: str) -> Callable[[Any], str]:
    return lambda _: f"move it to {place}"


_TOP_LEVEL = _at("the top level")
_GROUP = _at("the entries of InstanceGroups")
_PLACES: Mapping[str, Callable[[Any], str]] = {
    "ResilienceConfig": _node_recovery,
    "EnableNodeAutoRecovery": _node_recovery,
    "NodeRecovery": _TOP_LEVEL,
    "NodeProvisioningMode": _TOP_LEVEL,
    "Orchestrator": _TOP_LEVEL,
    "TieredStorageConfig": _TOP_LEVEL,
    "AutoScaling": _TOP_LEVEL,
    "ClusterRole": _TOP_LEVEL,
    "KubernetesConfig": _GROUP,
    "SlurmConfig": _GROUP,
    "OnStartDeepHealthChecks": _GROUP,
    "LifeCycleConfig": _GROUP,
    "ExecutionRole": _GROUP,
    "ThreadsPerCore": _GROUP,
    "InstanceStorageConfigs": _GROUP,
    "TrainingPlanArn": _GROUP,
    "CapacityRequirements": _GROUP,
    "ScheduledUpdateConfig": _GROUP,
    "AutoPatchConfig": _GROUP,
    "SlurmConfigStrategy": _at("Orchestrator.Slurm"),
    "AccountingDatabase": _at("Orchestrator.Slurm"),
    "SubnetIds": lambda _: "use 'Subnets'",
    "SecurityGroups": lambda _: "use 'SecurityGroupIds'",
}


def new_place(key: Any, value: Any) -> str | None:
    """The fix for a key that an object does not have, if another object has it or its successor."""
    fix = _PLACES.get(key) if isinstance(key, str) else None
    return fix and fix(value)
