"""Manifests, applied by the function of AWS CDK: volumes of teams, and pools of Karpenter."""

import json
from typing import Any

import pytest

from .bench import NAMESPACES, Bench, Rendered
from .kubectl_function import FunctionFailed, KubectlFunction

MANIFEST = "Custom::AWSCDK-EKS-KubernetesResource"
VALUE = "Custom::AWSCDK-EKS-KubernetesObjectValue"

pytestmark = pytest.mark.usefixtures("admitted")


def test_claims_of_teams_are_bound_in_their_namespaces(
    running: Bench, function: KubectlFunction, sample: Rendered
) -> None:
    volumes = sample.properties(MANIFEST, "StorageVolumes")
    with pytest.raises(FunctionFailed, match=f'namespaces \\\\?"{NAMESPACES[0]}\\\\?" not found'):
        function.run(MANIFEST, volumes)
    function.run(MANIFEST, volumes, request_type="Delete")
    running.kube.wait(lambda: running.kube.get("/api/v1/persistentvolumes")["items"] == [])

    for namespace in NAMESPACES:
        running.kube.create(
            "/api/v1/namespaces", {"kind": "Namespace", "metadata": {"name": namespace}}
        )
    function.run(MANIFEST, volumes)
    running.kube.wait(lambda: all(is_bound(running, namespace) for namespace in NAMESPACES))

    # Pruning asks for kinds that are younger than this Kubernetes.
    unpruned = {key: value for key, value in volumes.items() if key != "PruneLabel"}
    function.run(MANIFEST, unpruned, request_type="Update")
    function.run(MANIFEST, volumes, request_type="Delete")


def is_bound(bench: Bench, namespace: str) -> bool:
    """Whether the claim of a team has its volume."""
    claim = bench.kube.get(f"/api/v1/namespaces/{namespace}/persistentvolumeclaims/fsx")
    assert claim["spec"]["volumeName"] == f"{namespace}-fsx"
    return bool(claim["status"]["phase"] == "Bound")


def test_pools_of_karpenter_wait_for_its_kinds(
    running: Bench, function: KubectlFunction, all_add_ons: Rendered
) -> None:
    waits = all_add_ons.all_properties(VALUE)
    manifest = all_add_ons.properties(MANIFEST, "Pool")
    objects = json.loads(manifest["Manifest"])
    with pytest.raises(FunctionFailed, match="no matches for kind"):
        function.run(MANIFEST, manifest)
    with pytest.raises(FunctionFailed, match="Timeout waiting for output"):
        function.run(VALUE, {**waits[0], "TimeoutSeconds": "1"})

    for each in waits:
        kind = next(
            found for found in objects if each["ObjectName"].startswith(found["kind"].lower())
        )
        running.kube.create(
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
            definition(each["ObjectName"], kind),
        )
        assert function.run(VALUE, each)["Data"]["Value"] == each["ObjectName"]
    running.kube.wait(lambda: _served(running, objects))
    function.run(MANIFEST, manifest)


def _served(bench: Bench, objects: list[dict[str, Any]]) -> bool:
    return all(bench.kube.ask("GET", f"/apis/{each['apiVersion']}").ok for each in objects)


def definition(name: str, example: dict[str, Any]) -> dict[str, Any]:
    """The definition of the kind of an object, which accepts all fields."""
    plural, _, group = name.partition(".")
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": name},
        "spec": {
            "group": group,
            "names": {"kind": example["kind"], "plural": plural},
            "scope": "Cluster",
            "versions": [
                {
                    "name": example["apiVersion"].rpartition("/")[2],
                    "served": True,
                    "storage": True,
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "x-kubernetes-preserve-unknown-fields": True,
                        }
                    },
                }
            ],
        },
    }
