"""Software updates on a schedule."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_scheduler as scheduler
from aws_cdk.assertions import Annotations, Match
from syrupy.assertion import SnapshotAssertion

import hyperpod_constructs as hp
from tests.clusters.requests import EKS_ARN
from tests.synth import resources_of, template

from .event_samples import ARN

SUNDAYS = scheduler.ScheduleExpression.cron(
    minute="0", hour="3", week_day="SUN", time_zone=cdk.TimeZone.EUROPE_BERLIN
)


def imported(stack: cdk.Stack, **settings: Any) -> hp.IHyperPodCluster:
    return hp.HyperPodCluster.from_cluster_attributes(
        stack, "Imported", cluster_arn=ARN, **settings
    )


def schedule(stack: cdk.Stack, **settings: Any) -> hp.SoftwareUpdateSchedule:
    cluster = settings.pop("cluster", None) or imported(stack)
    return hp.SoftwareUpdateSchedule(
        stack, "Updates", cluster=cluster, **{"schedule": SUNDAYS, **settings}
    )


def warnings(stack: cdk.Stack) -> list[str]:
    found = Annotations.from_stack(stack).find_warning("/Stack/Updates", Match.any_value())
    return [str(each.entry.data).partition(" [ack")[0] for each in found]


def test_snapshot(stack: cdk.Stack, snapshot: SnapshotAssertion) -> None:
    schedule(stack)

    assert template(stack) == snapshot


def test_is_off_by_default_and_says_nothing(stack: cdk.Stack) -> None:
    schedule(stack)

    (found,) = resources_of(stack, "AWS::Scheduler::Schedule").values()
    assert found["Properties"]["State"] == "DISABLED"
    assert found["Properties"]["ScheduleExpression"] == "cron(0 3 ? * SUN *)"
    assert found["Properties"]["ScheduleExpressionTimezone"] == "Europe/Berlin"
    assert warnings(stack) == []


def test_warns_of_what_an_update_deletes(stack: cdk.Stack) -> None:
    schedule(stack, enabled=True)

    (found,) = resources_of(stack, "AWS::Scheduler::Schedule").values()
    assert found["Properties"]["State"] == "ENABLED"
    assert warnings(stack) == [
        "enabled: True replaces the root volumes of all nodes, with home directories and "
        "accounting databases that are on them; store data on FSx file systems or in an external "
        "database, and acknowledge the warning (SoftwareUpdateSchedule)"
    ]


def test_warns_of_clusters_with_updates_of_their_own(stack: cdk.Stack) -> None:
    schedule(stack, cluster=imported(stack, eks_cluster=hp.EksClusterReference(EKS_ARN)))

    (warning,) = warnings(stack)
    assert warning.endswith("to the instance groups (SoftwareUpdateEks)")


def test_warns_of_a_cluster_in_another_region(stack: cdk.Stack) -> None:
    arn = ARN.replace("us-west-2", "us-east-1")
    schedule(stack, cluster=hp.HyperPodCluster.from_cluster_arn(stack, "Other", arn))

    (warning,) = warnings(stack)
    assert warning.endswith("(ClusterRegion)")


def test_a_call_is_not_repeated_and_allowed_before_it(stack: cdk.Stack) -> None:
    schedule(stack)

    (found,) = resources_of(stack, "AWS::Scheduler::Schedule").values()
    (policy,) = resources_of(stack, "AWS::IAM::Policy")
    assert found["Properties"]["Target"]["RetryPolicy"] == {"MaximumRetryAttempts": 0}
    assert found["DependsOn"] == [policy]


def test_refuses(stack: cdk.Stack) -> None:
    with pytest.raises(hp.ValidationError) as refused:
        schedule(stack, cluster=1, schedule="cron(0 3 ? * SUN *)", enabled="yes")

    assert str(refused.value) == (
        "cluster: 1 is of type int; pass a HyperPodCluster, created or imported (ArgumentType)\n"
        "schedule: 'cron(0 3 ? * SUN *)' is of type str; pass a schedule, such as "
        "scheduler.ScheduleExpression.cron(...) (ArgumentType)\n"
        "enabled: 'yes' is of type str; pass True or False (ArgumentType)"
    )
