"""What watches a cluster is deployed, updated and deleted; each test goes on from the last.

CloudFormation has the role of the deployment policy.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_logs as logs

from hyperpod_constructs.model.environment import Environment
from hyperpod_constructs.model.node_patterns import REMOTE_WRITE_URL
from hyperpod_constructs.permissions.policies import POLICIES
from hyperpod_constructs.permissions.policy_document import Statement
from hyperpod_constructs.permissions.policy_options import PolicyOptions
from tests.aws.cloudformation.stack import Stack
from tests.aws.cloudformation.template import Json
from tests.aws.emulator import Emulator

from .deployment_role import Requests, denials, recorded, role_with
from .tools import create, delete, failures, prepare, publish, synthesize, update
from .watched import NAME, watched

Version = Callable[[logs.RetentionDays, bool], Json]


HERE = Environment("aws", "123456789012", "us-west-2")
STATEMENTS = (
    *POLICIES["deployment"](HERE, PolicyOptions(observability=True)),
    Statement("OwnTopics", ["sns:CreateTopic", "sns:DeleteTopic"], ["*"]),
)
OF_OBSERVABILITY = (
    *("aps:CreateWorkspace", "aps:DescribeWorkspace", "aps:DeleteWorkspace"),
    *("aps:CreateRuleGroupsNamespace", "aps:DeleteRuleGroupsNamespace"),
    *("cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms", "cloudwatch:PutDashboard"),
    *("cloudwatch:DeleteDashboards", "logs:PutMetricFilter", "logs:DeleteMetricFilter"),
    *("events:PutRule", "events:PutTargets", "events:RemoveTargets", "events:DeleteRule"),
    *("scheduler:CreateSchedule", "scheduler:UpdateSchedule", "scheduler:DeleteSchedule"),
    "sns:SetTopicAttributes",
)
"""The actions that the emulator calls for what watches clusters."""


@pytest.fixture(scope="module", autouse=True)
def requests(cloud: Emulator) -> Iterator[Requests]:
    """The requests of the role so far."""
    with recorded(cloud) as found:
        yield found


@pytest.fixture(scope="module")
def version(cloud: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Version:
    """Writes and publishes a version of the app."""
    prepare(cloud)

    def write(retention: logs.RetentionDays, enabled: bool) -> Json:
        def fill(app: cdk.App) -> None:
            watched(cdk.Stack(app, "Watched"), retention=retention, enabled=enabled)

        assembly: Path = synthesize(tmp_path_factory.mktemp("watched") / "cdk.out", fill)
        publish(cloud, assembly)
        template: Json = json.loads((assembly / "Watched.template.json").read_text())
        return template

    return write


def log_group(cloud: Emulator) -> dict[str, Any]:
    found: list[dict[str, Any]] = cloud.cloud.client("logs").describe_log_groups(
        logGroupNamePrefix=f"/aws/sagemaker/Clusters/{NAME}/"
    )["logGroups"]
    (group,) = found
    return group


def the_stack(cloud: Emulator) -> Stack:
    (stack,) = cloud.cloudformation.stacks
    return stack


def test_is_deployed(cloud: Emulator, version: Version) -> None:
    role = role_with(cloud, STATEMENTS)
    stack = create(cloud, "Watched", version(logs.RetentionDays.ONE_MONTH, False), role=role)
    assert stack.status == "CREATE_COMPLETE", failures(stack)

    arn = cloud.cloud.client("sagemaker").describe_cluster(ClusterName=NAME)["ClusterArn"]
    group = log_group(cloud)
    assert group["logGroupName"].rpartition("/")[2] == arn.rpartition("/")[2]
    assert group["retentionInDays"] == 30
    filters = cloud.cloud.client("logs").describe_metric_filters(
        logGroupName=group["logGroupName"]
    )["metricFilters"]
    assert len(filters) == 4
    (topic,) = cloud.cloud.client("sns").list_topics()["Topics"]
    alarms = cloud.cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert [alarm["AlarmActions"] for alarm in alarms] == [[topic["TopicArn"]]] * 3
    rules = cloud.cloud.client("events").list_rules()["Rules"]
    assert len(rules) == 2


def test_the_workspace_has_its_rules(cloud: Emulator) -> None:
    amp = cloud.cloud.client("amp")
    (workspace,) = amp.list_workspaces()["workspaces"]
    namespaces = amp.list_rule_groups_namespaces(workspaceId=workspace["workspaceId"])

    assert {each["name"] for each in namespaces["ruleGroupsNamespaces"]} == {
        *("alert-rules", "recording-rules"),
    }


def test_nodes_read_where_the_workspace_is(cloud: Emulator) -> None:
    sagemaker, s3 = (cloud.cloud.client(name) for name in ("sagemaker", "s3"))
    (group, *_) = sagemaker.describe_cluster(ClusterName=NAME)["InstanceGroups"]
    bucket, _, prefix = group["LifeCycleConfig"]["SourceS3Uri"][len("s3://") :].partition("/")
    found = s3.get_object(Bucket=bucket, Key=f"{prefix.rstrip('/')}/steps.json")
    (workspace,) = cloud.cloud.client("amp").list_workspaces()["workspaces"]

    target = json.load(found["Body"])["metrics"]["remote_write"]
    assert target["region"] == workspace["arn"].split(":")[3]
    assert target["url"].endswith(f"/workspaces/{workspace['workspaceId']}/api/v1/remote_write")
    assert re.fullmatch(REMOTE_WRITE_URL, target["url"])


def test_the_schedule_calls_the_service(cloud: Emulator) -> None:
    scheduler = cloud.cloud.client("scheduler")
    (found,) = scheduler.list_schedules()["Schedules"]
    schedule = scheduler.get_schedule(Name=found["Name"])

    arn = cloud.cloud.client("sagemaker").describe_cluster(ClusterName=NAME)["ClusterArn"]
    assert schedule["State"] == "DISABLED"
    assert (
        schedule["Target"]["Arn"] == "arn:aws:scheduler:::aws-sdk:sagemaker:updateClusterSoftware"
    )
    assert json.loads(schedule["Target"]["Input"]) == {"ClusterName": arn}
    assert schedule["Target"]["RetryPolicy"]["MaximumRetryAttempts"] == 0


def test_is_updated(cloud: Emulator, version: Version) -> None:
    stack = update(cloud, "Watched", version(logs.RetentionDays.INFINITE, True))
    assert stack.status == "UPDATE_COMPLETE", failures(stack)

    assert "retentionInDays" not in log_group(cloud)
    (found,) = cloud.cloud.client("scheduler").list_schedules()["Schedules"]
    assert found["State"] == "ENABLED"


def test_all_but_the_records_goes(cloud: Emulator) -> None:
    stack = delete(cloud, the_stack(cloud))
    assert stack.status == "DELETE_COMPLETE", failures(stack)

    assert log_group(cloud)
    assert not cloud.cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert not cloud.cloud.client("events").list_rules()["Rules"]
    assert not cloud.cloud.client("scheduler").list_schedules()["Schedules"]
    assert not cloud.cloud.client("amp").list_workspaces()["workspaces"]


def test_each_permission_is_needed(cloud: Emulator, requests: Requests) -> None:
    denied = denials(cloud, STATEMENTS, requests, OF_OBSERVABILITY)

    assert denied == {left_out: {left_out} for left_out in OF_OBSERVABILITY}
