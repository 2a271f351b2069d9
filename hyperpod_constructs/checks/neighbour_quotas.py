"""Compute quotas of a template against the instance groups of its cluster.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateComputeQuota.html
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.kubernetes.governance import ComputeQuota, QuotaResource
from hyperpod_constructs.model.kubernetes.governance_checks import quota_problems
from hyperpod_constructs.model.kubernetes.governance_regions import COMPUTE_QUOTA
from hyperpod_constructs.schema.intrinsics import is_intrinsic

from .assembly import CLUSTER_TYPE
from .findings import Finding
from .template_resources import Resources, UnfollowedError

_PATH = re.compile(r"teams\[(\d+)\]\.resources\[(\d+)\]\.(\w+)")
_KEYS = {"instance_type": "InstanceType", "count": "Count"}


def quota_findings(resources: Resources, cluster: Mapping[str, Any]) -> Iterator[Finding]:
    """Validates the quotas of a cluster. Values known only at deployment are not validated.

    Args:
        resources: Resources of the template.
        cluster: Properties of the cluster.
    """
    quotas: dict[str, ComputeQuota] = {}
    with suppress(UnfollowedError):
        for logical_id, properties in resources.of_type(COMPUTE_QUOTA):
            with suppress(UnfollowedError):
                of_cluster = resources.properties(
                    resources.referred(properties.get("ClusterArn")), CLUSTER_TYPE
                )
                if of_cluster == cluster:
                    quotas[logical_id] = ComputeQuota(
                        logical_id, resources=_resources(properties.get("ComputeQuotaConfig"))
                    )
    groups = _groups(cluster.get("InstanceGroups"))
    if not quotas or groups is None:
        return
    for problem in quota_problems([*quotas.values()], groups):
        match = _PATH.fullmatch(problem.path)
        if match is not None:
            name = [*quotas][int(match[1])]
            yield Finding(
                problem,
                (
                    *("Resources", name, "Properties", "ComputeQuotaConfig"),
                    *("ComputeQuotaResources", int(match[2]), _KEYS[match[3]]),
                ),
            )


def _resources(config: object) -> Sequence[QuotaResource]:
    """The resources of a quota.

    Raises:
        UnfollowedError: If one of them is known only at deployment.
    """
    listed = config.get("ComputeQuotaResources", []) if isinstance(config, Mapping) else []
    found = []
    for each in listed if isinstance(listed, list) else ():
        if not isinstance(each, Mapping) or not isinstance(each.get("InstanceType"), str):
            raise UnfollowedError
        count = _number(each["Count"]) if "Count" in each else None
        found.append(QuotaResource(each["InstanceType"], count=count))
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
