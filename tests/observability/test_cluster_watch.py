"""Everything that watches a cluster, by mode; each failure is reported once."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Annotations, Match
from syrupy.assertion import SnapshotAssertion

import hyperpod_constructs as hp
from tests.clusters.requests import EKS_ARN
from tests.clusters.stacks import make_api_driven, make_cluster, make_eks
from tests.synth import make_stack, resources_of, template

from .event_matcher import matches
from .event_samples import ARN, EVERY_EVENT, NAME, SAMPLES, of_others, with_value

CONTINUOUS = {"node_provisioning_mode": hp.NodeProvisioningMode.CONTINUOUS}


def slurm(stack: cdk.Stack) -> hp.IHyperPodCluster:
    return make_cluster(stack, cluster_name=NAME)


def continuous_slurm(stack: cdk.Stack) -> hp.IHyperPodCluster:
    return make_api_driven(stack, cluster_name=NAME, **CONTINUOUS)


def on_eks(stack: cdk.Stack) -> hp.IHyperPodCluster:
    return make_eks(stack, cluster_name=NAME)


def continuous_on_eks(stack: cdk.Stack) -> hp.IHyperPodCluster:
    return make_eks(stack, cluster_name=NAME, **CONTINUOUS)


def imported(stack: cdk.Stack) -> hp.IHyperPodCluster:
    return hp.HyperPodCluster.from_cluster_attributes(
        stack, "Imported", cluster_arn=ARN, cluster_name=NAME
    )


def imported_on_eks(stack: cdk.Stack) -> hp.IHyperPodCluster:
    return hp.HyperPodCluster.from_cluster_attributes(
        stack,
        "Imported",
        cluster_arn=ARN,
        cluster_name=NAME,
        eks_cluster=hp.EksClusterReference(EKS_ARN),
    )


def watch(stack: cdk.Stack, cluster: hp.IHyperPodCluster, **settings: Any) -> hp.ClusterWatch:
    topic = settings.pop("topic", None) or sns.Topic(stack, "Topic")
    return hp.ClusterWatch(stack, "Watch", cluster=cluster, topic=topic, **settings)


LOG_ALARMS = ["LifecycleFailures", "RepeatedAttempts"]
MODES: dict[str, tuple[Callable[[cdk.Stack], hp.IHyperPodCluster], list[str], list[str]]] = {
    "Slurm": (slurm, ["Failed", "InstanceGroupFailed"], ["HardwareFaults", *LOG_ALARMS]),
    "continuous Slurm": (
        continuous_slurm,
        ["Failed", "Errors"],
        ["HardwareFaults", *LOG_ALARMS],
    ),
    "EKS": (on_eks, ["Failed", "InstanceGroupFailed", "NodeHealth"], LOG_ALARMS),
    "continuous EKS": (continuous_on_eks, ["Failed", "Errors", "NodeHealth"], LOG_ALARMS),
    "imported": (
        imported,
        ["Failed", "InstanceGroupFailed", "Errors"],
        ["HardwareFaults", *LOG_ALARMS],
    ),
    "imported EKS": (
        imported_on_eks,
        ["Failed", "InstanceGroupFailed", "Errors", "NodeHealth"],
        LOG_ALARMS,
    ),
}
REPORTED = {
    "cluster_state_change": "InstanceGroupFailed",
    "state InService": "InstanceGroupFailed",
    "state Failed": "Failed",
    "state RollingBack": "Failed",
    "node_health": "NodeHealth",
    "cluster_event_capacity_error": "Errors",
    "provision_failed_pair": "Errors",
    "slurm_health_api_shape": "Errors",
}
"""What each event is reported by; the first event of a pair about one failure is not."""


@pytest.mark.parametrize("mode", MODES)
def test_watches_what_the_mode_sends(stack: cdk.Stack, mode: str) -> None:
    make, rules, alarms = MODES[mode]
    watched = watch(stack, make(stack))

    assert list(watched.rules) == rules
    assert list(watched.alarms) == alarms
    warnings = Annotations.from_stack(stack).find_warning("/Stack/Watch*", Match.any_value())
    assert [warning.entry.data for warning in warnings] == []


def patterns(stack: cdk.Stack) -> dict[str, Any]:
    return {
        re.sub(r"^Watch|[0-9A-F]{8}$", "", name): rule["Properties"]["EventPattern"]
        for name, rule in resources_of(stack, "AWS::Events::Rule").items()
    }


@pytest.mark.parametrize("mode", MODES)
def test_each_failure_is_reported_once(stack: cdk.Stack, mode: str) -> None:
    make, rules, _ = MODES[mode]
    watch(stack, make(stack))
    expected = {name: rule for name, rule in REPORTED.items() if rule in rules}

    found = {
        name: [rule for rule, pattern in patterns(stack).items() if matches(pattern, event)]
        for name, event in EVERY_EVENT.items()
    }
    assert {name: reports for name, reports in found.items() if reports} == {
        name: [rule] for name, rule in expected.items()
    }
    others = [
        event
        for name in expected
        for _, event in of_others(EVERY_EVENT[name])
        if any(matches(pattern, event) for pattern in patterns(stack).values())
    ]
    assert others == []


@pytest.mark.parametrize(
    ("sample", "path", "value"),
    [
        ("provision_failed_pair", "detail.EventDetails.EventLevel", "Warn"),
        (
            "provision_failed_pair",
            "detail.EventDetails.Description",
            "Cluster creation failed: controller and login nodes did not become ready within the "
            "expected time",
        ),
        (
            "provision_failed_pair",
            "detail.EventDetails.Description",
            "Instance lifecycle script execution for EC2InstanceId i-0391f86fa0fe0d465 has Failed",
        ),
    ],
)
def test_what_is_reported_otherwise_is_no_error(
    stack: cdk.Stack, sample: str, path: str, value: str
) -> None:
    watch(stack, continuous_slurm(stack))

    assert matches(patterns(stack)["Errors"], SAMPLES[sample])
    assert not matches(patterns(stack)["Errors"], with_value(SAMPLES[sample], path, value))


def message(rule: dict[str, Any], event: dict[str, Any]) -> str:
    """What EventBridge sends to the topic."""
    (target,) = rule["Properties"]["Targets"]
    transformer = target["InputTransformer"]
    text: str = json.loads(transformer["InputTemplate"])
    for name, path in transformer["InputPathsMap"].items():
        value: Any = event
        for key in path.removeprefix("$.").split("."):
            value = value[key]
        text = text.replace(f"<{name}>", str(value))
    return text


MESSAGES = {
    "Failed": (
        "state RollingBack",
        "HyperPod cluster sample-cluster is RollingBack:  Show more: aws sagemaker "
        "describe-cluster --cluster-name sample-cluster --region us-west-2",
    ),
    "InstanceGroupFailed": (
        "cluster_state_change",
        "An instance group of HyperPod cluster sample-cluster is failed or degraded:  Show more: "
        "aws sagemaker describe-cluster --cluster-name sample-cluster --query "
        "InstanceGroups[].[InstanceGroupName,Status,CurrentCount,TargetCount] --region us-west-2",
    ),
    "Errors": (
        "provision_failed_pair",
        "HyperPod cluster sample-cluster, instance group p5Inst, instance i-0391f86fa0fe0d465: "
        "Instance creation in Cluster sample-cluster and InstanceGroup p5Inst failed Show more: "
        "aws sagemaker describe-cluster-event --cluster-name sample-cluster --event-id "
        "2ed1305e-0000-4000-8000-000000000000 --region us-west-2",
    ),
    "NodeHealth": (
        "node_health",
        "Node i-12345678abcdefghi of HyperPod cluster sample-cluster is Unhealthy: HyperPod Health "
        "Monitoring Agent (HMA) has detected fault type NvidiaErrorTerminate on this node and is "
        "unhealthy. Repair: None. Please Replace the Faulty Node. Show more: aws sagemaker "
        "describe-cluster-node --cluster-name sample-cluster --node-id i-12345678abcdefghi "
        "--region us-west-2",
    ),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_says_what_happened_where(stack: cdk.Stack, name: str) -> None:
    watch(stack, imported_on_eks(stack))
    sample, expected = MESSAGES[name]
    (rule,) = (
        found
        for logical_id, found in resources_of(stack, "AWS::Events::Rule").items()
        if logical_id.startswith(f"Watch{name}")
    )

    assert message(rule, EVERY_EVENT[sample]) == expected


def test_snapshot(stack: cdk.Stack, snapshot: SnapshotAssertion) -> None:
    watch(
        stack,
        imported_on_eks(stack),
        log_retention=logs.RetentionDays.ONE_MONTH,
        log_encryption_key=kms.Key(stack, "Key"),
        dashboard_name="training",
    )

    assert template(stack) == snapshot


def test_the_key_is_for_the_log_groups_of_the_cluster(stack: cdk.Stack) -> None:
    watch(stack, slurm(stack), log_encryption_key=kms.Key(stack, "Key"))

    (key,) = resources_of(stack, "AWS::KMS::Key").values()
    _, statement = key["Properties"]["KeyPolicy"]["Statement"]
    assert statement["Principal"] == {"Service": "logs.us-west-2.amazonaws.com"}
    assert statement["Condition"] == {
        "ArnLike": {
            "kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:us-west-2:111122223333:log-group:"
            "/aws/sagemaker/Clusters/sample-cluster/*"
        }
    }


def test_the_topic_allows_events_and_alarms(stack: cdk.Stack) -> None:
    watch(stack, slurm(stack))

    (policy,) = resources_of(stack, "AWS::SNS::TopicPolicy").values()
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    assert [statement["Principal"]["Service"] for statement in statements] == [
        "events.amazonaws.com",
        "cloudwatch.amazonaws.com",
    ]
    assert statements[1]["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}


def test_warns_of_a_topic_whose_policy_it_cannot_change(stack: cdk.Stack) -> None:
    topic = sns.Topic.from_topic_arn(stack, "Faults", "arn:aws:sns:us-west-2:111122223333:faults")
    watch(stack, slurm(stack), topic=topic)

    (warning,) = Annotations.from_stack(stack).find_warning("/Stack/Watch", Match.any_value())
    assert str(warning.entry.data).startswith(
        "topic: 'Stack/Faults' is imported, and its policy is not changed; allow "
        "events.amazonaws.com and cloudwatch.amazonaws.com sns:Publish in its policy (TopicPolicy)"
    )


def test_watches_from_another_stack(app: cdk.App, stack: cdk.Stack) -> None:
    cluster = slurm(stack)
    other = make_stack(app, "Monitoring")
    watch(other, cluster)

    assert resources_of(stack, "AWS::Events::Rule") == {}
    assert len(resources_of(other, "AWS::Events::Rule")) == 2
    assert len(resources_of(other, "AWS::CloudWatch::Alarm")) == 3


def test_the_dashboard_shows_metrics_that_exist(stack: cdk.Stack) -> None:
    watch(stack, imported_on_eks(stack))
    body = dashboard(stack)
    metrics = [
        metric for widget in body["widgets"] for metric in widget["properties"].get("metrics", ())
    ]
    counted = {
        found["Properties"]["MetricTransformations"][0]["MetricName"]
        for found in resources_of(stack, "AWS::Logs::MetricFilter").values()
    }

    assert {(namespace, name) for namespace, name, *_ in metrics} == {
        *((f"HyperPod/{NAME}", name) for name in counted),
        ("AWS/Logs", "IncomingLogEvents"),
        ("AWS/Events", "Invocations"),
        ("AWS/Events", "FailedInvocations"),
        ("AWS/SNS", "NumberOfNotificationsFailed"),
    }


def dashboard(stack: cdk.Stack) -> dict[str, Any]:
    """The body with names for values that only the deployment knows."""
    (found,) = resources_of(stack, "AWS::CloudWatch::Dashboard").values()
    parts = found["Properties"]["DashboardBody"]["Fn::Join"][1]
    text = "".join(part if isinstance(part, str) else "token" for part in parts)
    body: dict[str, Any] = json.loads(text)
    return body


def test_the_dashboard_has_no_overlap(stack: cdk.Stack) -> None:
    watch(stack, slurm(stack))
    cells = [
        (column, row)
        for widget in dashboard(stack)["widgets"]
        for column in range(widget["x"], widget["x"] + widget["width"])
        for row in range(widget["y"], widget["y"] + widget["height"])
    ]

    assert len(cells) == len(set(cells))
    assert max(column for column, _ in cells) == 23


def test_cdk_nag_finds_nothing(stack: cdk.Stack) -> None:
    cluster = imported_on_eks(stack)
    key = kms.Key(stack, "Key", enable_key_rotation=True)
    topic = sns.Topic(stack, "Topic", master_key=key, enforce_ssl=True)
    watch(stack, cluster, topic=topic, log_encryption_key=key)

    report = cdk_nag.AwsSolutionsChecks().validate_scope(stack)
    assert [violation.rule_name for violation in report.violations] == []


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            {"cluster": "training", "topic": "faults"},
            "cluster: 'training' is of type str; pass a HyperPodCluster, created or imported "
            "(ArgumentType)\n"
            "topic: 'faults' is of type str; pass a topic, such as sns.Topic.from_topic_arn(...) "
            "(ArgumentType)",
        ),
        (
            {"log_retention": 30, "log_encryption_key": "key", "dashboard_name": 1},
            "log_retention: 30 is of type int; pass a RetentionDays (ArgumentType)\n"
            "log_encryption_key: 'key' is of type str; pass a key, such as "
            "kms.Key.from_key_arn(...) (ArgumentType)\n"
            "dashboard_name: 1 is of type int; pass a string (ArgumentType)",
        ),
    ],
)
def test_refuses(stack: cdk.Stack, arguments: dict[str, Any], text: str) -> None:
    arguments = {"cluster": imported(stack), **arguments}
    cluster = arguments.pop("cluster")
    with pytest.raises(hp.ValidationError) as refused:
        watch(stack, cluster, **arguments)

    assert str(refused.value) == text


def test_refuses_a_cluster_without_a_name(stack: cdk.Stack) -> None:
    with pytest.raises(hp.ValidationError, match="UnknownClusterName"):
        watch(stack, make_cluster(stack))

    assert stack.node.try_find_child("Watch") is None


def test_refuses_a_missing_name_with_other_arguments(stack: cdk.Stack) -> None:
    with pytest.raises(hp.ValidationError) as refused:
        watch(stack, make_cluster(stack), log_retention=30)

    assert [each.code for each in refused.value.problems] == ["UnknownClusterName", "ArgumentType"]
    assert str(refused.value.problems[0]) == (
        "cluster.cluster_name: 'cluster_name' is not specified, and CloudFormation does not return "
        "the name that it generates; pass cluster_name= to the cluster (UnknownClusterName)"
    )


def test_costs_nothing_if_it_is_not_used() -> None:
    program = (
        "import sys, hyperpod_constructs as hp; hp.HyperPodCluster; "
        "print(*(name for name in sys.modules if 'observability.' in name))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    room = "hyperpod_constructs.observability"
    assert set(done.stdout.split()) == {f"{room}.cluster_region", f"{room}.events"}
