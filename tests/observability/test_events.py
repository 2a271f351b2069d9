"""Rules for the events of clusters: each pattern on every sample and on events that nearly match."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Annotations, Match

import hyperpod_constructs as hp
from tests.clusters.stacks import make_api_driven, make_cluster, make_eks
from tests.synth import make_stack, resources_of

from .event_matcher import matches
from .event_samples import ARN, EVERY_EVENT, NAME, SAMPLES, STATES, of_others

Rule = Callable[[hp.IHyperPodCluster], object]
STATE_CHANGES = {"cluster_state_change", "groups in service", "no groups"} | {
    f"state {status}" for status in STATES
}
NODE_HEALTH = {"node_health", "healthy node"}
EVENTS = SAMPLES.keys() - {"cluster_state_change", "node_health"}
ERRORS = EVENTS - {"cluster_event_lcs_started", "slurm_drift"}
CASES: dict[str, tuple[Rule, set[str]]] = {
    "every state": (lambda cluster: cluster.on_state_change("Rule"), STATE_CHANGES),
    "failed": (
        lambda cluster: cluster.on_state_change(
            "Rule", statuses=[hp.ClusterStatus.FAILED, hp.ClusterStatus.ROLLING_BACK]
        ),
        {"state Failed", "state RollingBack"},
    ),
    "in service with a failed group": (
        lambda cluster: cluster.on_state_change(
            "Rule",
            statuses=[hp.ClusterStatus.IN_SERVICE],
            instance_group_statuses=[hp.InstanceGroupStatus.FAILED],
        ),
        {"cluster_state_change", "state InService"},
    ),
    "degraded group": (
        lambda cluster: cluster.on_state_change(
            "Rule", instance_group_statuses=[hp.InstanceGroupStatus.DEGRADED]
        ),
        set(),
    ),
    "node health": (lambda cluster: cluster.on_node_health_event("Rule"), NODE_HEALTH),
    "every event": (lambda cluster: cluster.on_cluster_event("Rule"), EVENTS),
    "errors": (
        lambda cluster: cluster.on_cluster_event("Rule", levels=[hp.EventLevel.ERROR]),
        ERRORS,
    ),
    "warnings about the cluster": (
        lambda cluster: cluster.on_cluster_event(
            "Rule",
            levels=[hp.EventLevel.WARN],
            resource_types=[hp.EventResourceType.CLUSTER],
        ),
        {"slurm_drift"},
    ),
    "errors of a group": (
        lambda cluster: cluster.on_cluster_event(
            "Rule", levels=[hp.EventLevel.ERROR], instance_groups=["p5Inst"]
        ),
        ERRORS - {"slurm_health_api_shape"},
    ),
}


def imported(stack: cdk.Stack) -> hp.IHyperPodCluster:
    return hp.HyperPodCluster.from_cluster_arn(stack, "Imported", ARN)


def named(stack: cdk.Stack) -> hp.IHyperPodCluster:
    return make_cluster(stack, cluster_name=NAME)


def pattern_of(stack: cdk.Stack) -> dict[str, Any]:
    (rule,) = resources_of(stack, "AWS::Events::Rule").values()
    found: dict[str, Any] = rule["Properties"]["EventPattern"]
    return found


@pytest.mark.parametrize("make", [imported, named])
@pytest.mark.parametrize("case", CASES)
def test_a_rule_receives_its_events_alone(
    stack: cdk.Stack, make: Callable[[cdk.Stack], hp.IHyperPodCluster], case: str
) -> None:
    add_rule, expected = CASES[case]
    add_rule(make(stack))
    pattern = pattern_of(stack)

    assert {name for name, event in EVERY_EVENT.items() if matches(pattern, event)} == expected
    near_misses = [
        f"{name}, {difference}"
        for name in expected
        for difference, event in of_others(EVERY_EVENT[name])
        if matches(pattern, event)
    ]
    assert near_misses == []


def test_every_sample_is_received_by_a_rule() -> None:
    assert set().union(*(expected for _, expected in CASES.values())) == EVERY_EVENT.keys()


def test_the_rule_of_a_cluster_with_a_name_exists_before_it(stack: cdk.Stack) -> None:
    make_cluster(stack, cluster_name="training").on_state_change("Changes")

    (rule,) = resources_of(stack, "AWS::Events::Rule").values()
    assert rule["Properties"]["EventPattern"]["detail"] == {"ClusterName": ["training"]}
    assert "resources" not in rule["Properties"]["EventPattern"]
    assert "DependsOn" not in rule


def test_the_rule_of_a_cluster_without_a_name_has_its_arn(stack: cdk.Stack) -> None:
    make_cluster(stack).on_state_change("Changes")

    (cluster,) = resources_of(stack, "AWS::SageMaker::Cluster")
    assert pattern_of(stack)["resources"] == [{"Ref": cluster}]


def test_a_rule_has_the_arguments_of_cdk(app: cdk.App, stack: cdk.Stack) -> None:
    other = make_stack(app, "Other")
    rule = make_eks(stack).on_node_health_event(
        "Health",
        target=targets.SnsTopic(sns.Topic(other, "Topic")),
        scope=other,
        rule_name="node-health",
        description="Health of nodes",
    )

    assert rule.node.path == "Other/Health"
    (found,) = resources_of(other, "AWS::Events::Rule").values()
    assert found["Properties"]["Name"] == "node-health"
    assert found["Properties"]["Description"] == "Health of nodes"
    assert len(found["Properties"]["Targets"]) == 1


CONTINUOUS = {"node_provisioning_mode": hp.NodeProvisioningMode.CONTINUOUS}


@pytest.mark.parametrize(
    ("make", "settings", "codes"),
    [
        (make_cluster, {}, ["NodeHealthEvents", "ClusterEventsMode"]),
        (make_api_driven, {}, ["NodeHealthEvents", "ClusterEventsMode"]),
        (make_api_driven, CONTINUOUS, ["NodeHealthEvents"]),
        (make_eks, {}, ["ClusterEventsMode"]),
        (make_eks, CONTINUOUS, []),
        (imported, {}, []),
    ],
)
def test_warns_of_events_that_never_come(
    stack: cdk.Stack, make: Callable[..., hp.IHyperPodCluster], settings: Any, codes: list[str]
) -> None:
    cluster = make(stack, **settings)
    cluster.on_state_change("State")
    cluster.on_node_health_event("Health")
    cluster.on_cluster_event("Events")

    found = [
        str(message.entry.data)
        for message in Annotations.from_stack(stack).find_warning(
            "*", Match.string_like_regexp("on_node_health_event|on_cluster_event")
        )
    ]
    assert [text.partition(" [ack: hyperpod-constructs:")[2].rstrip("]") for text in found] == codes
    works = ("use ClusterWatch", "use on_state_change")
    assert all(any(text in warning for text in works) for warning in found)


@pytest.mark.parametrize(
    ("arn", "warns"),
    [
        (ARN, False),
        (ARN.replace("us-west-2", "us-east-1"), True),
        (ARN.replace("111122223333", "444455556666"), True),
        (cdk.Fn.import_value("ClusterArn"), False),
    ],
)
def test_warns_of_a_cluster_elsewhere(stack: cdk.Stack, arn: str, *, warns: bool) -> None:
    cluster = hp.HyperPodCluster.from_cluster_arn(stack, "Imported", arn)
    cluster.on_state_change("Changes")

    found = Annotations.from_stack(stack).find_warning("*", Match.any_value())
    assert ["(ClusterRegion)" in str(each.entry.data) for each in found] == [True] * warns


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda cluster: cluster.on_state_change("Rule", statuses=["Faild"]),
            "statuses[0]: 'Faild' is not a ClusterStatus; use one of 'Creating', 'Deleting', "
            "'Failed', 'InService', 'RollingBack', 'SystemUpdating', 'Updating'; did you mean "
            "'Failed'? (EventValue)",
        ),
        (
            lambda cluster: cluster.on_state_change("Rule", instance_group_statuses=["Broken"]),
            "instance_group_statuses[0]: 'Broken' is not an InstanceGroupStatus; use one of "
            "'InService', 'Creating', 'Updating', 'Failed', 'Degraded', 'SystemUpdating', "
            "'Deleting' (EventValue)",
        ),
        (
            lambda cluster: cluster.on_cluster_event("Rule", levels="Error"),
            "levels: 'Error' is of type str; pass a list (ArgumentType)",
        ),
        (
            lambda cluster: cluster.on_cluster_event("Rule", instance_groups=[3]),
            "instance_groups[0]: 3 is of type int; pass a string (ArgumentType)",
        ),
        (
            lambda cluster: cluster.on_node_health_event("Rule", target="topic"),
            "target: 'topic' is of type str; pass a target, such as targets.SnsTopic(topic) "
            "(ArgumentType)",
        ),
        (
            lambda cluster: cluster.on_node_health_event("Rule", scope="stack"),
            "scope: 'stack' is of type str; pass a stack, or a construct in a stack (ArgumentType)",
        ),
        (
            lambda cluster: cluster.on_node_health_event("", rule_name=1),
            "id: '' must be a text known at synthesis; use an ID such as 'Cluster' (ConstructId)\n"
            "rule_name: 1 is of type int; pass a string (ArgumentType)",
        ),
    ],
)
def test_refuses(stack: cdk.Stack, call: Callable[[Any], object], text: str) -> None:
    with pytest.raises(hp.ValidationError) as refused:
        call(imported(stack))

    assert str(refused.value) == text
