"""Checks of training plans."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from hyperpod_constructs.operations.reads import Reads

from .check import check
from .existing import ACTION, new_nodes, nodes_now
from .network import zones_of
from .outcome import Result, failed, ok
from .planned import Planned

_USABLE = ("Active", "Scheduled")
_TARGET = "hyperpod-cluster"


@check("TrainingPlan", "ec2:DescribeSubnets", "sagemaker:DescribeTrainingPlan", ACTION)
def usable_plans(planned: Planned, reads: Reads) -> Iterator[Result]:
    """A training plan must be scheduled or active, for clusters, with the type, zone and free instances.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/reserve-capacity-with-training-plans.html
    """
    counts: Counter[str] = Counter()
    now = nodes_now(planned, reads)
    for group in planned.groups:
        if group.training_plan is not None:
            counts[group.training_plan] += new_nodes(group, now)
    for arn, count in counts.items():
        name = arn.rpartition("/")[2]
        plan = reads.find("sagemaker", "describe_training_plan", TrainingPlanName=name)
        if plan is None or plan["TrainingPlanArn"] != arn:
            yield failed(name, "does not exist in the account and Region", "verify the ARN")
            continue
        problems = list(_problems(planned, reads, plan, arn, count))
        yield from problems
        if not problems:
            yield ok(
                name,
                f"is {plan['Status']}, with {_free(plan)} free instances for {count} new nodes",
            )


def _problems(
    planned: Planned, reads: Reads, plan: Mapping[str, Any], arn: str, count: int
) -> Iterator[Result]:
    name = plan["TrainingPlanName"]
    if plan["Status"] not in _USABLE:
        yield failed(name, f"is {plan['Status']}", "use a plan that is Scheduled or Active")
    if _TARGET not in plan.get("TargetResources", [_TARGET]):
        targets = ", ".join(plan["TargetResources"])
        yield failed(name, f"is for {targets}", f"use a plan for {_TARGET}")
    capacities = plan.get("ReservedCapacitySummaries", ())
    types = {each["InstanceType"] for each in capacities}
    zones = {each["AvailabilityZone"] for each in capacities if "AvailabilityZone" in each}
    for group in planned.groups:
        if group.training_plan != arn:
            continue
        for each in group.types if types else ():
            if each not in types:
                message = f"has {', '.join(sorted(types))}; group {group.name} uses {each}"
                yield failed(name, message, "use the type of the plan")
        others = set(zones_of(group, reads)) - zones
        if zones and others:
            message = f"is in {', '.join(sorted(zones))}; group {group.name} is in "
            yield failed(
                name,
                message + ", ".join(sorted(others)),
                "use a subnet in the zone of the plan",
            )
    free = _free(plan)
    if free is not None and count > free:
        yield failed(
            name, f"has {free} free instances; groups need {count} more", "use fewer nodes"
        )


def _free(plan: Mapping[str, Any]) -> int | None:
    found = plan.get("AvailableInstanceCount", plan.get("TotalInstanceCount"))
    return None if found is None else int(found)
