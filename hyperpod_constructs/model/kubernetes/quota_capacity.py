"""Validation of quotas against the compute of the instance groups.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-operate-console-ui-governance-policies-compute-allocation.html
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.groups.instance_types import instance_types
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.tokens import is_unresolved

from .governance import QuotaResource

_PARTS = {"accelerators": "accelerators", "v_cpu": "vCPUs", "memory_in_gib": "memory in GiB"}
_AMOUNTS = {"count": "instances", **_PARTS}
_TOLERANCE = 1e-9
"""Parts that are computed from others are rounded."""


def capacity_problems(
    resources: Sequence[tuple[str, QuotaResource]], groups: Sequence[InstanceGroup]
) -> Iterator[Problem]:
    """The resources of all teams must not exceed the compute of the groups.

    Instance types of groups that autoscaling scales, which have a count of 0, are not limited.

    Args:
        resources: Resources of the teams, each with its path.
        groups: Instance groups of the cluster.
    """
    available = _limited_types(groups)
    used: dict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys(_AMOUNTS, 0.0))
    for path, resource in resources:
        name = resource.instance_type
        if name not in available:
            continue
        amounts = _amounts(resource)
        for kind, amount in amounts.items():
            used[name][kind] += amount
        whole = _amounts(QuotaResource(name, count=available[name]))
        over = [
            kind
            for kind in amounts
            if whole.get(kind) and used[name][kind] > whole[kind] * (1 + _TOLERANCE)
        ]
        if over:
            given = [each for each in _AMOUNTS if getattr(resource, each) is not None]
            kind = next((each for each in given if each in over), over[0])
            key = kind if kind in given else given[0]
            yield Problem(
                code="QuotaCount",
                path=f"{path}.{key}",
                value=getattr(resource, key),
                message=f"exceeds the {_AMOUNTS[kind]} of {name}: the teams so far have "
                f"{used[name][kind]:.10g}, and the cluster has {whole[kind]:.10g}",
                fix="reduce the quotas; teams that borrow from others need less of their own",
            )


def _limited_types(groups: Sequence[InstanceGroup]) -> Mapping[str, int]:
    """Instances by instance type, without the types whose number of instances can change."""
    counts: dict[str, int] = defaultdict(int)
    scaled: set[str] = set()
    for group in groups:
        scaled.update(group.instance_types)
        if group.instance_type is None:
            continue
        if isinstance(group.count, int) and group.count and not is_unresolved(group.count):
            counts[group.instance_type] += group.count
        else:
            scaled.add(group.instance_type)
    return {name: count for name, count in counts.items() if name not in scaled}


def _amounts(resource: QuotaResource) -> Mapping[str, float]:
    """The compute of a resource by kind, as far as it is known.

    AWS computes parts that are omitted in proportion to the accelerators, the vCPUs or the memory, in
    this order; it computes no accelerators.
    """
    known = instance_types().get(resource.instance_type)
    given = {name: value for name in _AMOUNTS if (value := getattr(resource, name)) is not None}
    if any(map(is_unresolved, given.values())) or not given:
        return {}
    if known is None:
        return given
    whole = {
        "accelerators": known.accelerators,
        "v_cpu": known.v_cpus,
        "memory_in_gib": known.memory_in_gib,
    }
    if resource.count is not None:
        return {**given, **{name: resource.count * each for name, each in whole.items()}}
    ratios = (given[name] / whole[name] for name in _PARTS if name in given and whole[name])
    ratio = next(ratios, 0)
    return {"v_cpu": ratio * known.v_cpus, "memory_in_gib": ratio * known.memory_in_gib, **given}
