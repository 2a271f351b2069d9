"""Every answer of HyperPod that is emulated has the shape of botocore."""

from typing import Any

import pytest

from tests.aws.front.request_validation import validate_answer
from tests.aws.hyperpod.governance import Governance
from tests.aws.hyperpod.training_plans import plan

from .live import GPU, NAME, Live, group

CLUSTER = {"ClusterName": NAME}
NODE, EVENT, ARN = "NODE", "EVENT", "ARN"
PLAN = "p5-plan"
PLAN_ARN = "arn:aws:sagemaker:us-west-2:123456789012:training-plan/p5-plan"
REQUESTS: dict[str, dict[str, Any]] = {
    "BatchAddClusterNodes": {
        **CLUSTER,
        "NodesToAdd": [
            {"InstanceGroupName": "gpu", "IncrementTargetCountBy": 2},
            {"InstanceGroupName": "none", "IncrementTargetCountBy": 1},
        ],
    },
    "BatchDeleteClusterNodes": {**CLUSTER, "NodeIds": [NODE, "i-00000000"]},
    "BatchRebootClusterNodes": {**CLUSTER, "NodeIds": [NODE, "i-00000000"]},
    "BatchReplaceClusterNodes": {**CLUSTER, "NodeIds": [NODE, "i-00000000"]},
    "CreateCluster": {
        "ClusterName": "other",
        "InstanceGroups": [group("controller", 1, "Controller"), GPU],
        "Orchestrator": {"Slurm": {"SlurmConfigStrategy": "Merge"}},
    },
    "DeleteCluster": CLUSTER,
    "DescribeCluster": CLUSTER,
    "DescribeClusterEvent": {**CLUSTER, "EventId": EVENT},
    "DescribeClusterNode": {**CLUSTER, "NodeId": NODE},
    "ListClusterEvents": {**CLUSTER, "MaxResults": 1},
    "ListClusterNodes": {**CLUSTER, "IncludeNodeLogicalIds": True},
    "ListClusters": {},
    "ListTags": {"ResourceArn": ARN},
    "DescribeTrainingPlan": {"TrainingPlanName": PLAN},
    "ListTrainingPlans": {},
    "SearchTrainingPlanOfferings": {
        "InstanceType": "ml.p5.48xlarge",
        "DurationHours": 24,
        "TargetResources": ["hyperpod-cluster"],
    },
    "StartClusterHealthCheck": {
        **CLUSTER,
        "DeepHealthCheckConfigurations": [
            {"InstanceGroupName": "gpu", "DeepHealthChecks": ["InstanceStress"]}
        ],
    },
    "UpdateCluster": {**CLUSTER, "InstanceGroups": [GPU]},
    "UpdateClusterSoftware": CLUSTER,
}


def filled(value: Any, live: Live) -> Any:
    """A request, with the node, event and ARN of the cluster."""
    if isinstance(value, dict):
        return {key: filled(each, live) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(each, live) for each in value]
    cluster = live.emulator.clusters.find(NAME)
    assert cluster is not None
    known = {NODE: live.ids()[0], EVENT: cluster.events[0]["EventId"], ARN: live.arn}
    return known.get(value, value)


@pytest.mark.parametrize("operation", REQUESTS)
def test_an_answer_has_the_shape_of_botocore(live: Live, operation: str) -> None:
    request = filled(REQUESTS[operation], live)
    clusters = live.emulator.clusters
    clusters.plans[PLAN] = plan(PLAN, PLAN_ARN, "ml.p5.48xlarge", ["us-west-2a"], 4)

    validate_answer("sagemaker", operation, clusters.call(operation, request))


def test_every_operation_is_covered(live: Live) -> None:
    # Those of task governance require EKS; its tests call them, and each answer is validated.
    found = {*dir(live.emulator.clusters)} - {*dir(Governance)}

    assert {f"_do_{name}" for name in REQUESTS} == {
        name for name in found if name.startswith("_do_")
    }


@pytest.mark.parametrize(
    ("operation", "answer", "problem"),
    [
        ("UpdateCluster", {}, "Value null at 'clusterArn'"),
        ("UpdateCluster", {"ClusterArn": "x"}, "regular expression pattern"),
        ("ListClusterNodes", {"ClusterNodeSummaries": [], "More": 1}, "Unknown member at 'more'"),
        ("DeleteTags", {"More": 1}, "Unknown member at 'more'"),
    ],
)
def test_another_shape_is_a_fault(operation: str, answer: dict[str, Any], problem: str) -> None:
    with pytest.raises(TypeError, match=problem):
        validate_answer("sagemaker", operation, answer)
