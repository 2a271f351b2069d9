"""Validation of task governance, also against the instance groups of the cluster.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-operate-console-ui-governance-policies-compute-allocation.html
and https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateComputeQuota.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.groups.instance_types import instance_types
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.type_checks import instance_of, list_of, optional, whole_number, word
from hyperpod_constructs.model.value_checks import range_problems, text_problems

from .governance import (
    ComputeQuota,
    Preemption,
    PriorityClass,
    QuotaResource,
    ResourceSharing,
    SharingStrategy,
)
from .quota_capacity import capacity_problems

_NAME = r"[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?"
_MAX_PRIORITIES = 10
_MAX_RESOURCES = 15
_AMOUNTS = ("count", "accelerators", "v_cpu", "memory_in_gib", "partition_count")
_PARTS = ("accelerators", "v_cpu", "memory_in_gib")
_NUMBER = instance_of(int | float, "a number")
_RESOURCES = list_of(instance_of(QuotaResource, "a QuotaResource"), "a list of QuotaResource")
_QUOTAS = list_of(instance_of(ComputeQuota, "a ComputeQuota"), "a list of ComputeQuota")
_PRIORITIES = list_of(instance_of(PriorityClass, "a PriorityClass"), "a list of PriorityClass")


def governance_problems(
    priority_classes: Sequence[PriorityClass], teams: Sequence[ComputeQuota], *, fair_share: bool
) -> Iterator[Problem]:
    """The problems of the arguments of task governance, all together."""
    wrong = [*_PRIORITIES("priority_classes", priority_classes), *_QUOTAS("teams", teams)]
    yield from wrong
    if wrong:
        return
    yield from _priority_problems(priority_classes)
    yield from team_name_problems(teams)
    for index, team in enumerate(teams):
        yield from _team_problems(f"teams[{index}]", team, fair_share=fair_share)


def team_name_problems(teams: Sequence[ComputeQuota]) -> Iterator[Problem]:
    """The teams of a cluster have different names."""
    return _twice("teams", "team", [team.team for team in teams])


def quota_problems(
    teams: Sequence[ComputeQuota], groups: Sequence[InstanceGroup]
) -> Iterator[Problem]:
    """Quotas must be of instance types of the cluster, and not exceed their compute."""
    yield from _thread_problems(teams, groups)
    yield from _accelerator_problems(teams)
    types = {
        name
        for group in groups
        for name in (group.instance_type, *group.instance_types)
        if name is not None
    }
    for path, resource in (*_resources(teams), *_borrowed(teams)):
        name = resource.instance_type
        if name not in types and not is_unresolved(name):
            yield Problem(
                code="QuotaInstanceType",
                path=f"{path}.instance_type",
                value=name,
                message="is the instance type of no group of the cluster",
                fix=f"use one of {', '.join(sorted(types))}",
            )
    yield from capacity_problems([*_resources(teams)], groups)


def _thread_problems(
    teams: Sequence[ComputeQuota], groups: Sequence[InstanceGroup]
) -> Iterator[Problem]:
    """Quotas count the vCPUs of two threads per core, of which nodes with one thread have half."""
    halved = {group.instance_type for group in groups if group.threads_per_core == 1}
    for path, resource in _resources(teams):
        if resource.v_cpu is not None and resource.instance_type in halved:
            yield Problem(
                code="QuotaThreads",
                path=f"{path}.v_cpu",
                value=resource.v_cpu,
                message=f"counts two vCPUs per core, and nodes of {resource.instance_type} have one "
                "with threads_per_core=1, so that tasks within the quota can stay pending",
                fix="specify count, or threads_per_core=2 for the group",
                severity=Severity.WARNING,
            )


def _accelerator_problems(teams: Sequence[ComputeQuota]) -> Iterator[Problem]:
    """Quotas of GPUs, Neuron devices and GPU partitions are of instance types that have them."""
    for path, resource in (*_resources(teams), *_borrowed(teams)):
        known = instance_types().get(resource.instance_type)
        if known is None or known.accelerated:
            continue
        for name in ("accelerators", "partition"):
            value = getattr(resource, name)
            if value:
                yield Problem(
                    code="QuotaAccelerators",
                    path=f"{path}.{name}",
                    value=value,
                    message=f"is specified for {resource.instance_type}, which has no GPU and no "
                    "Neuron device",
                    fix="specify count, or v_cpu and memory_in_gib",
                )


def _borrowed(teams: Sequence[ComputeQuota]) -> Iterator[tuple[str, QuotaResource]]:
    for index, team in enumerate(teams):
        limits = () if team.sharing is None else team.sharing.borrow_limits
        for number, resource in enumerate(limits):
            yield f"teams[{index}].sharing.borrow_limits[{number}]", resource


def _resources(teams: Sequence[ComputeQuota]) -> Iterator[tuple[str, QuotaResource]]:
    for index, team in enumerate(teams):
        for number, resource in enumerate(team.resources):
            yield f"teams[{index}].resources[{number}]", resource


def _priority_problems(priorities: Sequence[PriorityClass]) -> Iterator[Problem]:
    """A cluster supports up to 10 priority classes, each with a name and a weight from 0 to 100."""
    if len(priorities) > _MAX_PRIORITIES:
        yield Problem(
            code="PriorityClassLimit",
            path="priority_classes",
            value=len(priorities),
            message=f"priority classes exceed the limit of {_MAX_PRIORITIES}",
            fix="remove some",
        )
    names = [priority.name for priority in priorities]
    yield from _twice("priority_classes", "name", names)
    for index, priority in enumerate(priorities):
        path = f"priority_classes[{index}]"
        yield from _name_problems(f"{path}.name", priority.name, "urgent")
        yield from _weight_problems(f"{path}.weight", priority.weight)


def _team_problems(path: str, team: ComputeQuota, *, fair_share: bool) -> Iterator[Problem]:
    """A team has a name, a weight from 0 to 100, and up to 15 resources."""
    yield from _name_problems(f"{path}.team", team.team, "research")
    if team.fair_share_weight is not None:
        yield from _weight_problems(f"{path}.fair_share_weight", team.fair_share_weight)
        if fair_share is False:
            yield Problem(
                code="FairShareWeight",
                path=f"{path}.fair_share_weight",
                value=team.fair_share_weight,
                message="has no effect, since fair share is disabled",
                fix="pass fair_share=True, or omit it",
                severity=Severity.WARNING,
            )
    yield from optional(word(Preemption))(f"{path}.preemption", team.preemption)
    yield from instance_of(bool, "True or False")(f"{path}.enabled", team.enabled)
    yield from optional(instance_of(str, "a string"))(f"{path}.description", team.description)
    yield from _resource_problems(f"{path}.resources", team.resources)
    wrong = list(
        optional(instance_of(ResourceSharing, "a ResourceSharing"))(f"{path}.sharing", team.sharing)
    )
    yield from wrong
    if team.sharing is not None and not wrong:
        yield from _sharing_problems(f"{path}.sharing", team.sharing)


def _sharing_problems(path: str, sharing: ResourceSharing) -> Iterator[Problem]:
    """Only teams that borrow have a limit, from 1 to 500 percent of their own compute."""
    wrong = list(word(SharingStrategy)(f"{path}.strategy", sharing.strategy))
    yield from wrong
    yield from _resource_problems(f"{path}.borrow_limits", sharing.borrow_limits)
    limit = sharing.borrow_limit
    if limit is None:
        return
    yield from whole_number(f"{path}.borrow_limit", limit)
    if isinstance(limit, int):
        yield from _limit_problems(f"{path}.borrow_limit", limit)
        if not wrong and sharing.strategy is not SharingStrategy.LEND_AND_BORROW:
            yield Problem(
                code="BorrowLimit",
                path=f"{path}.borrow_limit",
                value=limit,
                message=f"is not supported with the strategy {sharing.strategy}",
                fix="use ResourceSharing.lend_and_borrow(limit=...)",
            )


def _limit_problems(path: str, limit: int) -> Iterator[Problem]:
    """AWS documents limits from 1 to 500 percent, and its API accepts those from 0 to 10000."""
    refused = list(range_problems(path, limit, code="BorrowLimit", low=0, high=10_000))
    yield from refused
    if not refused:
        for problem in range_problems(path, limit, code="BorrowLimit", low=1, high=500):
            message = "is outside of the documented 1 to 500 percent"
            yield replace(problem, message=message, severity=Severity.WARNING)


def _resource_problems(path: str, resources: object) -> Iterator[Problem]:
    """A quota has up to 15 entries, each with instances, parts of them, or GPU partitions."""
    wrong = list(_RESOURCES(path, resources))
    yield from wrong
    if wrong or not isinstance(resources, list | tuple):
        return
    if len(resources) > _MAX_RESOURCES:
        yield Problem(
            code="QuotaLimit",
            path=path,
            value=len(resources),
            message=f"resources exceed the limit of {_MAX_RESOURCES}",
            fix="remove some",
        )
    for index, resource in enumerate(resources):
        yield from _amount_problems(f"{path}[{index}]", resource)


def _amount_problems(path: str, resource: QuotaResource) -> Iterator[Problem]:
    """An entry has instances, parts of them, or GPU partitions, and no number is negative."""
    yield from text_problems(
        f"{path}.instance_type",
        resource.instance_type,
        code="QuotaType",
        pattern=r"ml\.[a-z0-9-]+\.[a-z0-9-]+",
        message="is not an instance type of HyperPod",
        example="ml.p5.48xlarge",
    )
    numbers: Mapping[str, object] = {
        name: value for name in _AMOUNTS if (value := getattr(resource, name)) is not None
    }
    for name, value in numbers.items():
        check = _NUMBER if name in ("v_cpu", "memory_in_gib") else whole_number
        wrong = list(check(f"{path}.{name}", value))
        yield from wrong
        if not wrong and isinstance(value, int | float) and value < 0 and not is_unresolved(value):
            yield _amounts(f"{path}.{name}", value, "is negative", "use 0 or more")
    kinds = [
        resource.count is not None,
        any(getattr(resource, name) is not None for name in _PARTS),
        resource.partition is not None or resource.partition_count is not None,
    ]
    if sum(kinds) != 1:
        yield _amounts(
            path,
            resource.instance_type,
            "must have instances, parts of them, or GPU partitions",
            "specify one of count; accelerators, v_cpu and memory_in_gib; partition",
        )
    if (resource.partition is None) != (resource.partition_count is None):
        yield _amounts(
            f"{path}.partition",
            resource.partition,
            "must be specified together with partition_count",
            "specify both",
        )
    elif resource.partition is not None:
        yield from text_problems(
            f"{path}.partition",
            resource.partition,
            code="QuotaAmounts",
            pattern=r"mig-\d+g\.\d+gb",
            message="is not a type of GPU partitions",
            example="mig-1g.10gb",
        )


def _amounts(path: str, value: object, message: str, fix: str) -> Problem:
    """An entry has instances, parts of them, or GPU partitions, and no number is negative."""
    return Problem(code="QuotaAmounts", path=path, value=value, message=message, fix=fix)


def _name_problems(path: str, name: object, example: str) -> Iterator[Problem]:
    """Names of teams and priorities are up to 40 lowercase letters, digits and inner hyphens."""
    yield from text_problems(
        path,
        name,
        code="GovernanceName",
        pattern=_NAME,
        message="must be 1 to 40 lowercase letters, digits and inner hyphens",
        example=example,
    )


def _weight_problems(path: str, weight: object) -> Iterator[Problem]:
    """Weights are from 0 to 100."""
    wrong = list(whole_number(path, weight))
    yield from wrong
    if not wrong and isinstance(weight, int):
        yield from range_problems(path, weight, code="GovernanceWeight", low=0, high=100)


def _twice(path: str, attribute: str, names: Sequence[str]) -> Iterator[Problem]:
    """Teams and priority classes have different names."""
    for index, name in enumerate(names):
        if names.index(name) < index:
            yield Problem(
                code="GovernanceTwice",
                path=f"{path}[{index}].{attribute}",
                value=name,
                message=f"is also the {attribute} of {path}[{names.index(name)}]",
                fix="use another",
            )
