"""Training plans, and health checks that are started.

Sources: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingPlan.html and
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_SearchTrainingPlanOfferings.html
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tests.aws.front.errors import ServiceError

from .cluster import Json, now
from .group_rules import refuse


@dataclass
class TrainingPlans:
    """Operations on training plans.

    Attributes:
        plans: The plans of the account by name.
        offerings: What can be bought.
    """

    plans: dict[str, Json] = field(default_factory=dict, kw_only=True)
    offerings: list[Json] = field(default_factory=list, kw_only=True)

    def _do_DescribeTrainingPlan(self, request: Json) -> Json:  # noqa: N802
        name = request["TrainingPlanName"]
        if name not in self.plans:
            raise ServiceError("ResourceNotFound", f"Training plan {name} does not exist.")
        return self.plans[name]

    def _do_ListTrainingPlans(self, request: Json) -> Json:  # noqa: N802, ARG002
        names = ("AvailableSpareInstanceCount", "UnhealthyInstanceCount")
        return {
            "TrainingPlanSummaries": [
                {key: value for key, value in plan.items() if key not in names}
                for plan in self.plans.values()
            ]
        }

    def _do_SearchTrainingPlanOfferings(self, request: Json) -> Json:  # noqa: N802
        if "InstanceType" not in request:
            raise refuse("InstanceType is required")
        found = [offering for offering in self.offerings if _fits(offering, request)]
        return {"TrainingPlanOfferings": found}


def plan(name: str, arn: str, instance_type: str, zones: Sequence[str], count: int) -> Json:
    """A plan that is active."""
    return {
        "TrainingPlanArn": arn,
        "TrainingPlanName": name,
        "Status": "Active",
        "TargetResources": ["hyperpod-cluster"],
        "TotalInstanceCount": count,
        "AvailableInstanceCount": count,
        "InUseInstanceCount": 0,
        "StartTime": now(),
        "EndTime": now(),
        "UpfrontFee": "1098.42",
        "CurrencyCode": "USD",
        "ReservedCapacitySummaries": [
            {
                "ReservedCapacityArn": arn.replace("training-plan", "reserved-capacity"),
                "InstanceType": instance_type,
                "TotalInstanceCount": count,
                "Status": "Active",
                "AvailabilityZone": zone,
            }
            for zone in zones
        ],
    }


def offering(instance_type: str, zone: str, count: int, start: datetime, hours: int) -> Json:
    """An offering for a cluster."""
    return {
        "TrainingPlanOfferingId": f"tpo-{zone}-{count}-{hours}",
        "TargetResources": ["hyperpod-cluster"],
        "DurationHours": hours,
        "UpfrontFee": f"{45.76 * count * hours:.2f}",
        "CurrencyCode": "USD",
        "ReservedCapacityOfferings": [
            {
                "ReservedCapacityType": "Instance",
                "InstanceType": instance_type,
                "InstanceCount": count,
                "AvailabilityZone": zone,
                "DurationHours": hours,
                "StartTime": start,
            }
        ],
    }


def _fits(offering: Json, request: Json) -> bool:
    (reserved,) = offering["ReservedCapacityOfferings"]
    after = request.get("StartTimeAfter")
    return bool(
        reserved["InstanceType"] == request["InstanceType"]
        and reserved["InstanceCount"] == request.get("InstanceCount", reserved["InstanceCount"])
        and offering["DurationHours"] == request.get("DurationHours", offering["DurationHours"])
        and set(request.get("TargetResources", [])) <= set(offering["TargetResources"])
        and (after is None or reserved["StartTime"].timestamp() >= after)
    )
