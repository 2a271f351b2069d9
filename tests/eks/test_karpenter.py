"""Node pools: what is written, after what, and what is refused."""

import json
from typing import Any

import aws_cdk as cdk
import pytest

import hyperpod_constructs as hp
from tests.synth import CONTEXT, template

from .found import after, one
from .stacks import SYSTEM, make_control_plane, make_nodes

GPU = hp.InstanceGroup("gpu", instance_type="ml.p5.48xlarge", count=0)
SPOT = hp.InstanceGroup("spot", instance_type="ml.g5.8xlarge", count=0)
NODE = {"auto_scaling": hp.AutoScaling(), "instance_groups": [SYSTEM, GPU, SPOT]}


@pytest.fixture(scope="module")
def cluster() -> hp.HyperPodCluster:
    stack = cdk.Stack(cdk.App(context=CONTEXT), "Shared")
    return make_nodes(stack, make_control_plane(stack), **NODE)


@pytest.fixture(scope="module")
def found(cluster: hp.HyperPodCluster) -> dict[str, Any]:
    hp.KarpenterNodePool(
        cluster.stack,
        "Pool",
        cluster=cluster,
        instance_groups=["gpu", "spot"],
        limits={"nvidia.com/gpu": "64"},
        labels={"example.com/team": "research"},
        taints=[hp.Taint(key="example.com/gpu", effect=hp.TaintEffect.NO_SCHEDULE, value="true")],
    )
    return template(cluster.stack)


def test_objects(found: dict[str, Any]) -> None:
    _, manifest = one(found, "Custom::AWSCDK-EKS-KubernetesResource")
    node_class, pool = json.loads(manifest["Properties"]["Manifest"])
    labels = [each["metadata"].pop("labels", None) for each in (node_class, pool)]
    assert all(labels)  # of CDK, which deletes what is removed

    assert node_class == {
        "apiVersion": "karpenter.sagemaker.amazonaws.com/v1",
        "kind": "HyperpodNodeClass",
        "metadata": {"name": "gpu"},
        "spec": {"instanceGroups": ["gpu", "spot"]},
    }
    assert pool == {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": "gpu"},
        "spec": {
            "template": {
                "metadata": {"labels": {"example.com/team": "research"}},
                "spec": {
                    "nodeClassRef": {
                        "group": "karpenter.sagemaker.amazonaws.com",
                        "kind": "HyperpodNodeClass",
                        "name": "gpu",
                    },
                    "expireAfter": "Never",
                    "requirements": [
                        {
                            "key": "node.kubernetes.io/instance-type",
                            "operator": "In",
                            "values": ["ml.p5.48xlarge", "ml.g5.8xlarge"],
                        }
                    ],
                    "taints": [{"key": "example.com/gpu", "effect": "NoSchedule", "value": "true"}],
                },
            },
            "limits": {"nvidia.com/gpu": "64"},
            "disruption": {"consolidationPolicy": "WhenEmpty", "consolidateAfter": "300s"},
        },
    }


def test_objects_are_created_after_their_kinds_and_these_after_the_cluster(
    found: dict[str, Any],
) -> None:
    nodes, _ = one(found, "AWS::SageMaker::Cluster")
    key, _ = one(found, "Custom::AWSCDK-EKS-KubernetesResource")
    kinds = {
        name: each["Properties"]["ObjectName"]
        for name, each in found["Resources"].items()
        if each["Type"] == "Custom::AWSCDK-EKS-KubernetesObjectValue"
    }

    assert {*kinds.values()} == {
        "hyperpodnodeclasses.karpenter.sagemaker.amazonaws.com",
        "nodepools.karpenter.sh",
    }
    assert kinds.keys() <= after(found, key)
    assert all(nodes in after(found, name) for name in kinds)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"instance_groups": []}, "must be 1 to 10 instance groups"),
    (
        {"instance_groups": ["gpus"]},
        "instance_groups[0]: 'gpus' is no instance group of the cluster",
    ),
    ({"instance_groups": "gpu"}, "instance_groups: 'gpu' is of type str"),
    ({"name": "GPU"}, "(NodePoolName)"),
    ({"limits": {"cpu": 64}}, "limits['cpu']: 64 is of type int"),
    ({"taints": ["gpu"]}, "taints[0]: 'gpu' is of type str"),
    ({"consolidate_after": 5}, "consolidate_after: 5 is of type int"),
]


@pytest.mark.parametrize(("settings", "text"), REFUSED, ids=[text for _, text in REFUSED])
def test_is_refused(cluster: hp.HyperPodCluster, settings: dict[str, Any], text: str) -> None:
    arguments = {"instance_groups": ["gpu"], **settings}
    with pytest.raises(hp.ValidationError) as error:
        hp.KarpenterNodePool(cluster.stack, "Refused", cluster=cluster, **arguments)

    assert text in str(error.value)


def test_a_cluster_without_autoscaling_is_refused(stack: cdk.Stack) -> None:
    cluster = make_nodes(stack, make_control_plane(stack))

    with pytest.raises(hp.ValidationError, match="NodePoolAutoScaling"):
        hp.KarpenterNodePool(stack, "Pool", cluster=cluster, instance_groups=["gpu"])
