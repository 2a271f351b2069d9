"""Requests of UpdateCluster, which specify only what changes.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateCluster.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from hyperpod_constructs.model.problem import Problem

from .instance_group import INSTANCE_GROUP, RESTRICTED_INSTANCE_GROUP
from .intrinsics import Unknown
from .read_log import Location, ReadLog
from .shapes import Shape

GROUPS: Mapping[str, Shape] = {
    "instance_groups": INSTANCE_GROUP,
    "restricted_instance_groups": RESTRICTED_INSTANCE_GROUP,
}
"""Attributes of a cluster that are groups, and their shapes."""

UPDATE_KEYS = (
    "InstanceGroups",
    "RestrictedInstanceGroups",
    "RestrictedInstanceGroupsConfig",
    "TieredStorageConfig",
    "NodeRecovery",
    "InstanceGroupsToDelete",
    "NodeProvisioningMode",
    "ClusterRole",
    "AutoScaling",
    "Orchestrator",
)
"""Keys of a request of UpdateCluster, in addition to `ClusterName`."""
_CREATE_KEYS = ("VpcConfig", "Tags")


def other_group(attribute: str, index: int, log: ReadLog) -> Any:
    """What represents the groups of a cluster that an update does not specify."""
    path = f"{attribute}[{index}]"
    return GROUPS[attribute].unknown(Unknown(path), Location(arguments=(path,)), log)


def update_problems(request: Mapping[str, Any]) -> Iterator[Problem]:
    """UpdateCluster has fewer keys than CreateCluster, and cannot update tiered storage alone."""
    for key in _CREATE_KEYS:
        if key in request:
            yield Problem(
                code="UpdateKey",
                path=key,
                value=key,
                message="is not a key of UpdateCluster",
                fix="remove it"
                if key == "VpcConfig"
                else "remove it, and use AddTags and DeleteTags",
            )
    if "TieredStorageConfig" in request and not any(
        key in request for key in ("InstanceGroups", "NodeRecovery")
    ):
        yield Problem(
            code="UpdateTieredStorage",
            path="TieredStorageConfig",
            value="TieredStorageConfig",
            message="cannot be updated alone",
            fix='add InstanceGroups or NodeRecovery, such as "NodeRecovery": "Automatic"',
        )
