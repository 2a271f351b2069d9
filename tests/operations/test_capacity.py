"""Quotas, training plans and offerings that fit."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.aws.hyperpod.training_plans import offering, plan
from tests.aws.services import quotas

from .live import Live
from .prepared import GPU, PLAN_ARN, ZONE

NEW_YEAR = datetime(2027, 1, 1, 11, 30, tzinfo=UTC)
LATER = datetime(2027, 1, 8, 11, 30, tzinfo=UTC)
QUOTA = f"{GPU} for cluster usage"


@pytest.fixture
def offered(live: Live) -> Live:
    """An account with offerings, a plan, and a quota of four instances."""
    clusters = live.emulator.clusters
    clusters.offerings += [
        offering(GPU, "us-west-2b", 4, LATER, 24),
        offering(GPU, ZONE, 4, NEW_YEAR, 24),
        offering(GPU, ZONE, 4, NEW_YEAR, 48),
        offering(GPU, ZONE, 2, NEW_YEAR, 24),
        offering("ml.p5en.48xlarge", ZONE, 4, NEW_YEAR, 24),
    ]
    clusters.plans["january"] = plan("january", PLAN_ARN, GPU, [ZONE], 4)
    quotas.increase(QUOTA, 4)
    return live


def found(live: Live, *arguments: str, status: int = 0) -> Any:
    return live.run("capacity", *arguments, "--json", status=status).json


def test_offerings_of_the_size_and_duration_are_listed_by_date(offered: Live) -> None:
    answer = found(offered, "--type", GPU, "--count", "3")

    assert [each["TrainingPlanOfferingId"] for each in answer["TrainingPlanOfferings"]] == [
        f"tpo-{ZONE}-4-24",
        "tpo-us-west-2b-4-24",
    ]
    exact = found(offered, "--type", GPU, "--count", "4")
    assert exact["TrainingPlanOfferings"] == answer["TrainingPlanOfferings"]
    later = found(offered, "--type", GPU, "--count", "3", "--after", "2027-01-02")
    assert len(later["TrainingPlanOfferings"]) == 1
    longer = found(offered, "--type", GPU, "--count", "3", "--days", "2")
    assert [each["DurationHours"] for each in longer["TrainingPlanOfferings"]] == [48]


def test_plans_with_enough_free_instances_fit(offered: Live) -> None:
    plans = offered.emulator.clusters.plans
    plans["expired"] = {**plans["january"], "TrainingPlanName": "expired", "Status": "Expired"}
    plans["jobs"] = {**plans["january"], "TargetResources": ["training-job"]}
    plans["full"] = {**plans["january"], "AvailableInstanceCount": 1}

    names = [each["TrainingPlanName"] for each in found(offered, "--type", GPU)["TrainingPlans"]]
    assert names == ["january", "january"]  # the full one has room for a single instance
    answer = found(offered, "--type", GPU, "--count", "4")
    assert [each["AvailableInstanceCount"] for each in answer["TrainingPlans"]] == [4]


def test_a_quota_that_is_too_low_is_linked_and_fails(offered: Live) -> None:
    done = offered.run("capacity", "--type", GPU, "--count", "5", status=1)

    row = next(line for line in done.out.splitlines() if line.startswith(QUOTA))
    assert row.split()[-6:] == ["4", "5", "0", "L-8762A75F", "too", "low"]
    assert (
        f"Increase {QUOTA}: https://us-west-2.console.aws.amazon.com/servicequotas/home/services/"
        "sagemaker/quotas/L-8762A75F" in done.out
    )
    assert "No offering for 8 instances of ml.p5.48xlarge." in done.out


def test_groups_of_a_file_and_other_clusters_count(offered: Live) -> None:
    group = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 2, "ExecutionRole": "r"}
    request = {
        "ClusterName": "new",
        "InstanceGroups": [
            {**group, "InstanceGroupName": "a"},
            {**group, "InstanceGroupName": "b"},
            {**group, "InstanceGroupName": "c", "InstanceType": GPU, "InstanceCount": 4},
        ],
    }
    (offered.folder / "new.json").write_text(json.dumps(request))
    quotas.increase("ml.m5.xlarge for cluster usage", 8)

    by_name = {each["QuotaName"]: each for each in found(offered, "new.json")["Quotas"]}
    cpu = by_name["ml.m5.xlarge for cluster usage"]
    assert (cpu["Needed"], cpu["Used"], cpu["IsEnough"]) == (4, 4, True)
    assert by_name[QUOTA]["Needed"] == 4

    only = found(offered, "new.json", "--group", "c")
    assert "ml.m5.xlarge for cluster usage" not in {each["QuotaName"] for each in only["Quotas"]}
    done = offered.run("capacity", "new.json", "--group", "d", status=2)
    assert "--group d: is not a group of the file; groups: a, b, c" in done.err


def test_types_without_plans_are_said(offered: Live) -> None:
    quotas.increase("ml.m5.xlarge for cluster usage", 8)

    done = offered.run("capacity", "--type", "ml.m5.xlarge")

    assert "Training plans do not support these types." in done.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "specify FILE, or --type and --count"),
        (("a.json", "--type", GPU), "specify FILE, or --type and --count"),
        (("--type", GPU, "--count", "0"), "'0' must be a number such as 4"),
        (("--type", GPU, "--after", "soon"), "'soon' must be a date such as 2027-01-31"),
    ],
)
def test_wrong_arguments_are_refused(offered: Live, arguments: tuple[str, ...], words: str) -> None:
    assert words in offered.run("capacity", *arguments, status=2).err
