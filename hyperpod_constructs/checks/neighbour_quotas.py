"""Compute quotas of a template against the instance groups of its cluster.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateComputeQuota.html
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.kubernetes.governance import (
    ComputeQuota,
    QuotaResource,
    ResourceSharing,
)
from hyperpod_constructs.model.kubernetes.governance_checks import (
    quota_problems,
    team_name_problems,
)
from hyperpod_constructs.model.kubernetes.governance_regions import COMPUTE_QUOTA
from hyperpod_constructs.schema.intrinsics import is_intrinsic
from hyperpod_constructs.schema.json_values import value_at
from hyperpod_constructs.schema.paths import PropertyPath

from .assembly import CLUSTER_TYPE
from .findings import Finding
from .template_resources import Resources, UnfollowedError

_PATH = re.compile(r"teams\[(\d+)\]\.(?:(team)|(resources|sharing\.borrow_limits)\[(\d+)\]\.(\w+))")
_KEYS = {
    "instance_type": "InstanceType",
    "count": "Count",
    "accelerators": "Accelerators",
    "v_cpu": "VCpu",
    "memory_in_gib": "MemoryInGiB",
    "partition": "AcceleratorPartition",
}
_LISTS = {
    "resources": ("ComputeQuotaResources",),
    "sharing.borrow_limits": ("ResourceSharingConfig", "AbsoluteBorrowLimits"),
}


def quota_findings(resources: Resources, cluster: Mapping[str, Any]) -> Iterator[Finding]:
    """Validates the quotas of a cluster. Values known only at deployment are not validated.

    Args:
        resources: Resources of the template.
        cluster: Properties of the cluster.
    """
    quotas = dict(_quotas(resources, cluster))
    groups = _groups(cluster.get("InstanceGroups"))
    if not quotas or groups is None:
        return
    teams = [*quotas.values()]
    for problem in (*team_name_problems(teams), *quota_problems(teams, groups)):
        match = _PATH.fullmatch(problem.path)
        if match is not None:
            index, of_team, listed, number, key = match.groups()
            path: PropertyPath = (
                ("ComputeQuotaTarget", "TeamName")
                if of_team
                else ("ComputeQuotaConfig", *_LISTS[listed], int(number), _KEYS[key])
            )
            yield Finding(problem, ("Resources", [*quotas][int(index)], "Properties", *path))


def _quotas(resources: Resources, cluster: Mapping[str, Any]) -> Iterator[tuple[str, ComputeQuota]]:
    with suppress(UnfollowedError):
        for logical_id, properties in resources.of_type(COMPUTE_QUOTA):
            with suppress(UnfollowedError):
                of_cluster = resources.properties(
                    resources.referred(properties.get("ClusterArn")), CLUSTER_TYPE
                )
                if of_cluster == cluster and not resources.has_condition(logical_id):
                    yield logical_id, _quota(logical_id, properties)


def _quota(logical_id: str, properties: Mapping[str, Any]) -> ComputeQuota:
    """A quota; the logical ID is the team if its name is known only at deployment.

    Raises:
        UnfollowedError: If one of its resources is known only at deployment.
    """
    team = value_at(properties, "ComputeQuotaTarget", "TeamName")
    config = properties.get("ComputeQuotaConfig")
    limits = value_at(config, *_LISTS["sharing.borrow_limits"])
    return ComputeQuota(
        team if isinstance(team, str) else logical_id,
        resources=_resources(value_at(config, *_LISTS["resources"])),
        sharing=ResourceSharing.lend_and_borrow(limits=_resources(limits)) if limits else None,
    )


def _resources(listed: object) -> Sequence[QuotaResource]:
    """Compute by instance type.

    Raises:
        UnfollowedError: If one of them is known only at deployment.
    """
    found = []
    for each in listed if isinstance(listed, list) else ():
        if not isinstance(each, Mapping) or not isinstance(each.get("InstanceType"), str):
            raise UnfollowedError
        partition = value_at(each, "AcceleratorPartition", "Type")
        found.append(
            QuotaResource(
                each["InstanceType"],
                count=_number(each.get("Count")),
                accelerators=_number(each.get("Accelerators")),
                v_cpu=_decimal(each.get("VCpu")),
                memory_in_gib=_decimal(each.get("MemoryInGiB")),
                partition=partition if isinstance(partition, str) else None,
            )
        )
    return found


def _groups(listed: object) -> list[InstanceGroup] | None:
    """The instance groups, with a count of 0 where it is unknown; None if a type is unknown."""
    found = []
    for each in listed if isinstance(listed, list) else ():
        known = each.get("InstanceType") if isinstance(each, Mapping) else None
        types = _types(each)
        if not isinstance(known, str) and types is None:
            return None
        found.append(
            InstanceGroup(
                "group",
                instance_type=known if isinstance(known, str) else None,
                instance_types=types or (),
                count=_number(each.get("InstanceCount")) or 0,
                threads_per_core=_number(each.get("ThreadsPerCore")),
            )
        )
    return found


def _types(group: object) -> Sequence[str] | None:
    requirements = group.get("InstanceRequirements") if isinstance(group, Mapping) else None
    if not isinstance(requirements, Mapping) or is_intrinsic(requirements):
        return None
    types = requirements.get("InstanceTypes")
    return [each for each in types if isinstance(each, str)] if isinstance(types, list) else None


def _number(value: object) -> int | None:
    """A number, which a template can have as a text; None if it is known only at deployment."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return int(value) if re.fullmatch(r"\d+", str(value)) else None


def _decimal(value: object) -> float | None:
    return value if isinstance(value, float) else _number(value)
