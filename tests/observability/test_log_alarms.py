"""The metric filters count the right records, and the alarms fire at the right numbers of them."""

import operator
import time
from collections.abc import Iterator, Sequence
from typing import Any

import aws_cdk as cdk
import boto3
import pytest
from aws_cdk import aws_logs as logs
from moto import mock_aws

from hyperpod_constructs.observability.log_alarms import LogAlarms
from tests.synth import resources_of

from .log_records import RECORDS

GROUP = "/aws/sagemaker/Clusters/training/abcdefghijkl"
NOT_BREACHING = "notBreaching"


@pytest.fixture(scope="module")
def account() -> Iterator[Any]:
    """An account whose log group has every record."""
    with mock_aws():
        client = boto3.client("logs", "us-west-2")
        client.create_log_group(logGroupName=GROUP)
        for name, (stream, message, _) in RECORDS.items():
            full_name = f"{stream}/{name.replace(' ', '-')}"
            client.create_log_stream(logGroupName=GROUP, logStreamName=full_name)
            client.put_log_events(
                logGroupName=GROUP,
                logStreamName=full_name,
                logEvents=[{"timestamp": round(time.time() * 1000), "message": message}],
            )
        yield client


@pytest.fixture
def alarms(stack: cdk.Stack) -> LogAlarms:
    return LogAlarms(
        stack,
        "Records",
        cluster_name="training",
        log_group=logs.LogGroup.from_log_group_name(stack, "Group", GROUP),
        hardware_faults=True,
    )


@pytest.mark.usefixtures("alarms")
def test_each_record_is_counted_once_by_its_metric(stack: cdk.Stack, account: Any) -> None:
    counted: dict[str, set[str]] = {}
    for found in resources_of(stack, "AWS::Logs::MetricFilter").values():
        properties = found["Properties"]
        (metric,) = properties["MetricTransformations"]
        matching = account.filter_log_events(
            logGroupName=GROUP, filterPattern=properties["FilterPattern"]
        )["events"]
        assert (metric["MetricValue"], metric["DefaultValue"]) == ("1", 0)
        counted[metric["MetricName"]] = {event["message"] for event in matching}

    expected: dict[str, set[str]] = {name: set() for name in counted}
    for _, message, metric_name in RECORDS.values():
        if metric_name is not None:
            expected[metric_name].add(message)
    assert counted == expected
    assert all(expected.values())


def values_of(alarm: dict[str, Any], sums: Sequence[dict[str, int]]) -> Iterator[int | None]:
    """The value of each period, of a metric or of the difference of two."""
    for counts in sums:
        if "MetricName" in alarm:
            yield counts.get(alarm["MetricName"])
        else:
            (expression,) = (
                each["Expression"] for each in alarm["Metrics"] if "Expression" in each
            )
            assert expression == "FILL(attempts, 0) - FILL(successes, 0)"
            yield counts.get("LifecycleAttempts", 0) - counts.get("LifecycleSuccesses", 0)


def fires(alarm: dict[str, Any], sums: Sequence[dict[str, int]]) -> bool:
    """Whether all of the last periods are beyond the threshold."""
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert alarm["TreatMissingData"] == NOT_BREACHING
    values = list(values_of(alarm, sums))[-alarm["EvaluationPeriods"] :]
    return len(values) == alarm["EvaluationPeriods"] and all(
        value is not None and operator.ge(value, alarm["Threshold"]) for value in values
    )


def run(attempts: int, successes: int) -> dict[str, int]:
    return {"LifecycleAttempts": attempts, "LifecycleSuccesses": successes}


@pytest.mark.usefixtures("alarms")
@pytest.mark.parametrize(
    ("name", "sums", "expected"),
    [
        ("HardwareFaults", [{"HardwareFaults": 1}], True),
        ("HardwareFaults", [{"HardwareFaults": 0, "LifecycleFailures": 3}], False),
        ("HardwareFaults", [{}], False),
        ("LifecycleFailures", [{"LifecycleFailures": 1}], True),
        ("LifecycleFailures", [{"LifecycleFailures": 1}, {"LifecycleFailures": 0}], False),
        ("RepeatedAttempts", [run(1, 0), run(2, 0), run(1, 0)], True),
        ("RepeatedAttempts", [run(2, 1), run(2, 1), run(2, 1)], True),
        ("RepeatedAttempts", [run(1, 0), run(2, 0)], False),
        ("RepeatedAttempts", [run(1, 0), run(1, 0), run(0, 0)], False),
        ("RepeatedAttempts", [run(100, 80), run(0, 20), run(0, 0)], False),
        ("RepeatedAttempts", [run(5, 5), run(5, 5), run(5, 5)], False),
        ("RepeatedAttempts", [{}, {}, {}], False),
    ],
)
def test_an_alarm_fires(
    stack: cdk.Stack, name: str, sums: Sequence[dict[str, int]], *, expected: bool
) -> None:
    (alarm,) = (
        found["Properties"]
        for logical_id, found in resources_of(stack, "AWS::CloudWatch::Alarm").items()
        if logical_id.startswith(f"Records{name}")
    )

    assert fires(alarm, sums) is expected


def test_an_alarm_names_the_cluster_and_the_command(stack: cdk.Stack, alarms: LogAlarms) -> None:
    assert set(alarms.alarms) == {"HardwareFaults", "LifecycleFailures", "RepeatedAttempts"}
    for found in resources_of(stack, "AWS::CloudWatch::Alarm").values():
        text = found["Properties"]["AlarmDescription"]
        assert text.startswith("HyperPod cluster training: ")
        assert f"aws logs filter-log-events --log-group-name {GROUP} --log-stream-name-pre" in text
