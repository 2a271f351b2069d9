"""The Helm chart, installed by the function of AWS CDK with the access that the template gives it."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from .bench import Bench, Rendered
from .chart import AGENT, NAMESPACE, OWN_CHART
from .kubectl_function import FunctionFailed, KubectlFunction

KIND = "Custom::AWSCDK-EKS-HelmChart"


@pytest.fixture
def release(sample: Rendered) -> dict[str, Any]:
    """The properties of the chart in the sample app."""
    return sample.properties(KIND)


@pytest.fixture(autouse=True)
def namespace_gone(running: Bench) -> Iterator[None]:
    """The namespace of the chart goes some time after its release."""
    yield
    path = f"/api/v1/namespaces/{NAMESPACE}"
    running.kube.wait(lambda: running.kube.ask("GET", path).status_code == 404, seconds=90)


def agents(bench: Bench) -> dict[str, Any]:
    """The DaemonSet of the chart, as far as it is there."""
    return bench.kube.get(f"/apis/apps/v1/namespaces/{NAMESPACE}/daemonsets/{AGENT}")


def operators(bench: Bench) -> list[str]:
    """The Deployments of the MPI operator."""
    found = bench.kube.get("/apis/apps/v1/namespaces/kube-system/deployments")["items"]
    return [name for each in found if "mpi-operator" in (name := each["metadata"]["name"])]


def test_needs_an_access_entry(function: KubectlFunction, release: dict[str, Any]) -> None:
    with pytest.raises(
        FunctionFailed, match="the server has asked for the client to provide credentials"
    ):
        function.run(KIND, release)


@pytest.mark.usefixtures("admitted")
def test_needs_the_namespace_of_deep_health_checks(
    function: KubectlFunction, release: dict[str, Any]
) -> None:
    """The library refuses to install the agent without the part that creates its namespace."""
    values = json.loads(release["Values"])
    values["deep-health-check"]["enabled"] = False
    with pytest.raises(FunctionFailed, match=f'namespaces \\\\?"{NAMESPACE}\\\\?" not found'):
        function.run(KIND, {**release, "Values": json.dumps(values), "Release": "without"})
    function.run(KIND, {**release, "Release": "without"}, request_type="Delete")


@pytest.mark.usefixtures("admitted")
def test_is_installed_updated_and_deleted_without_nodes(
    running: Bench, function: KubectlFunction, release: dict[str, Any]
) -> None:
    function.run(KIND, release)
    (container,) = agents(running)["spec"]["template"]["spec"]["containers"]
    assert running.emulator.cloud.region in container["image"]
    assert operators(running)

    values = json.loads(release["Values"])
    values["mpi-operator"]["enabled"] = False
    function.run(KIND, {**release, "Values": json.dumps(values)}, request_type="Update")
    assert not operators(running)

    function.run(KIND, release, request_type="Delete")
    running.kube.wait(lambda: agents(running)["kind"] == "Status")


@pytest.mark.skipif(OWN_CHART in os.environ, reason="the real chart has no part for this")
@pytest.mark.usefixtures("admitted")
def test_rules_of_aggregated_roles_are_installed_and_not_updated(
    running: Bench, function: KubectlFunction, release: dict[str, Any]
) -> None:
    """Without them, the chart is updated."""

    def with_role(**settings: object) -> dict[str, Any]:
        values = {**json.loads(release["Values"]), "mlflow": {"enabled": True, **settings}}
        return {**release, "Values": json.dumps(values), "Release": "aggregated"}

    role = "/apis/rbac.authorization.k8s.io/v1/clusterroles/aggregated"
    function.run(KIND, with_role(hasRules=True, changed="no"))
    running.kube.wait(lambda: running.kube.get(role)["rules"])
    with pytest.raises(FunctionFailed, match=r"Apply failed with 1 conflict: .*\.rules"):
        function.run(KIND, with_role(hasRules=True, changed="yes"), request_type="Update")
    assert running.kube.get(role)["metadata"]["labels"]["changed"] == "no"

    function.run(KIND, with_role(hasRules=False, changed="yes"), request_type="Update")
    found = running.kube.get(role)
    assert (found["metadata"]["labels"]["changed"], bool(found["rules"])) == ("yes", True)
    function.run(KIND, with_role(), request_type="Delete")


@pytest.mark.usefixtures("admitted")
def test_does_not_wait_for_pods(function: KubectlFunction, release: dict[str, Any]) -> None:
    """Pods need nodes, and nodes need the chart."""
    assert "Wait" not in release
    waiting = {**release, "Wait": True, "Timeout": "5s", "Release": "waiting"}
    with pytest.raises(FunctionFailed, match=r"deadline exceeded|not ready|timed out"):
        function.run(KIND, waiting)
    function.run(KIND, waiting, request_type="Delete")
