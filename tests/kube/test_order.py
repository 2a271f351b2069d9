"""The chart comes before the nodes: HyperPod requires its agent on each node that joins."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.eks.found import after, one

from .bench import Bench, Rendered
from .chart import AGENT, NAMESPACE
from .kubectl_function import KubectlFunction

CHART, CLUSTER = "Custom::AWSCDK-EKS-HelmChart", "AWS::SageMaker::Cluster"
NODE = "hyperpod-i-0aaaaaaaaaaaaaaaa"
GIVEN_UP = 5
"""Seconds after which the stand-in of HyperPod gives a node up; with the agent it takes one."""

Create = Callable[[str], None]


class NodeWithoutAgent(Exception):  # noqa: N818
    """What makes HyperPod give a node up."""


@pytest.fixture
def create(running: Bench, function: KubectlFunction, sample: Rendered) -> Iterator[Create]:
    """Creates the resource of a type: the chart, or the cluster with one node."""
    release = sample.properties(CHART)
    created = []

    def of_type(kind: str) -> None:
        created.append(kind)
        if kind == CHART:
            function.run(CHART, release)
            return
        running.kube.add_node(NODE, {"node.kubernetes.io/instance-type": "ml.p5.48xlarge"})
        try:
            running.kube.wait(lambda: agents_of(running), seconds=GIVEN_UP)
        except AssertionError as error:
            raise NodeWithoutAgent from error

    yield of_type
    running.kube.ask("DELETE", f"/api/v1/nodes/{NODE}")
    path = f"/api/v1/namespaces/{NAMESPACE}"
    running.kube.ask("DELETE", f"{path}/pods?gracePeriodSeconds=0")  # no kubelet ends them
    if CHART in created:
        function.run(CHART, release, request_type="Delete")
    running.kube.wait(lambda: running.kube.ask("GET", path).status_code == 404, seconds=90)


def agents_of(bench: Bench) -> list[dict[str, Any]]:
    """The pods of the agent on the node."""
    pods = bench.kube.get(f"/api/v1/namespaces/{NAMESPACE}/pods").get("items", [])
    return [
        pod
        for pod in pods
        if pod["spec"].get("nodeName") == NODE and pod["metadata"]["name"].startswith(AGENT)
    ]


def order_of(template: dict[str, Any]) -> list[str]:
    """The order in which CloudFormation creates the chart and the cluster."""
    (chart, _), (cluster, _) = (one(template, kind) for kind in (CHART, CLUSTER))
    return [CHART, CLUSTER] if chart in after(template, cluster) else [CLUSTER, CHART]


@pytest.mark.usefixtures("admitted")
def test_nodes_that_join_have_the_agent(create: Create, sample: Rendered) -> None:
    for kind in order_of(sample.template):
        create(kind)


@pytest.mark.usefixtures("admitted")
def test_without_the_edge_of_the_template_they_have_none(create: Create, sample: Rendered) -> None:
    (chart, _), (name, cluster) = (one(sample.template, kind) for kind in (CHART, CLUSTER))
    before = [each for each in cluster["DependsOn"] if each != chart]
    resources = {**sample.template["Resources"], name: {**cluster, "DependsOn": before}}
    first, *_ = order_of({**sample.template, "Resources": resources})

    with pytest.raises(NodeWithoutAgent):
        create(first)
