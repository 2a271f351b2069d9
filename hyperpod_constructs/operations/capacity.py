"""Capacity for groups: training plans that fit, and offerings of plans.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/reserve-capacity-with-training-plans.html and
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_SearchTrainingPlanOfferings.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from hyperpod_constructs.model.groups.instance_types import instance_types

from .errors import OperationError
from .quotas import Quota, find_quota, plan_quota, usage_quota
from .reads import Reads
from .usage import used_by_others

_TARGET = "hyperpod-cluster"
_SIZES = (1, 2, 4, 8, 16, 32, 64)
_USABLE = ("Active", "Scheduled")
_QUOTA_IS_ZERO = "ResourceLimitExceeded"
_HOURS_PER_DAY = 24


class Need(NamedTuple):
    """Instances that are needed.

    Attributes:
        instance_type: Their type.
        number: Their number.
        is_spot: Whether they are Spot instances.
    """

    instance_type: str
    number: int
    is_spot: bool = False


@dataclass(frozen=True)
class QuotaNeed:
    """A quota with what is needed of it.

    Attributes:
        name: Name of the quota.
        quota: The quota. None if the Region has none of the name.
        needed: What is needed.
        used: What other clusters use.
    """

    name: str
    quota: Quota | None
    needed: int
    used: int

    @property
    def is_enough(self) -> bool:
        """Whether the quota covers what is needed."""
        return self.quota is not None and self.needed + self.used <= self.quota.value


@dataclass(frozen=True)
class Plan:
    """A training plan of the account that fits.

    Attributes:
        summary: The plan, as ListTrainingPlans answers.
        need: What it fits.
    """

    summary: Mapping[str, Any]
    need: Need

    @property
    def zones(self) -> Sequence[str]:
        """Its Availability Zones."""
        found = self.summary.get("ReservedCapacitySummaries", ())
        return sorted({each["AvailabilityZone"] for each in found if "AvailabilityZone" in each})


def quota_needs(reads: Reads, needs: Sequence[Need], cluster: str | None) -> Iterator[QuotaNeed]:
    """The quotas of clusters, and of training plans for types that plans support.

    Args:
        reads: Requests.
        needs: What is needed, once for each type.
        cluster: Name of the cluster whose instances are replaced by these, if any.
    """
    used = used_by_others(reads, cluster)
    for need in needs:
        name = usage_quota(need.instance_type, is_spot=need.is_spot)
        yield QuotaNeed(name, find_quota(reads, name), need.number, used[name])
        if has_plans(need):
            name = plan_quota(need.instance_type)
            yield QuotaNeed(name, find_quota(reads, name), size_of(need), 0)


def has_plans(need: Need) -> bool:
    """Whether training plans support what is needed."""
    known = instance_types().get(need.instance_type)
    return known is not None and known.training_plan and not need.is_spot


def size_of(need: Need) -> int:
    """Number of instances of the smallest plan for what is needed."""
    return next((size for size in _SIZES if size >= need.number), _SIZES[-1])


def plans(reads: Reads, needs: Sequence[Need]) -> Iterator[Plan]:
    """Training plans of the account with enough free instances."""
    if not any(map(has_plans, needs)):
        return
    for summary in reads.get("sagemaker", "list_training_plans")["TrainingPlanSummaries"]:
        if summary["Status"] not in _USABLE or _TARGET not in summary.get("TargetResources", ()):
            continue
        types = {each["InstanceType"] for each in summary.get("ReservedCapacitySummaries", ())}
        free = summary.get("AvailableInstanceCount", 0)
        for need in needs:
            if need.instance_type in types and need.number <= free:
                yield Plan(summary, need)


def offerings(
    reads: Reads, need: Need, *, days: int, after: datetime | None
) -> Sequence[Mapping[str, Any]]:
    """Offerings of training plans, the earliest first.

    Args:
        reads: Requests.
        need: What is needed.
        days: Duration of the plan.
        after: Earliest start. None for as soon as possible.

    Raises:
        OperationError: If they cannot be searched.
    """
    start = {} if after is None else {"StartTimeAfter": after}
    try:
        answer = reads.get(
            "sagemaker",
            "search_training_plan_offerings",
            InstanceType=need.instance_type,
            InstanceCount=size_of(need),
            DurationHours=days * _HOURS_PER_DAY,
            TargetResources=[_TARGET],
            **start,
        )
    except OperationError as error:
        if error.service_code == _QUOTA_IS_ZERO:
            return ()
        raise
    return sorted(answer["TrainingPlanOfferings"], key=_start)


def _start(offering: Mapping[str, Any]) -> str:
    starts = [
        each["StartTime"].isoformat()
        for each in offering.get("ReservedCapacityOfferings", ())
        if "StartTime" in each
    ]
    return min(starts, default="")
