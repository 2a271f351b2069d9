"""The Helm chart before the deployment: its folder, its values, and its images."""

import shutil
import tarfile
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

import hyperpod_constructs as hp

from .charts import OF_REGISTRIES, make_chart


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    return make_chart(tmp_path)


def said(chart: hp.HyperPodHelmChart) -> list[str]:
    return [str(problem) for problem in chart.problems()]


def test_a_built_folder_is_accepted(chart: Path) -> None:
    assert said(hp.HyperPodHelmChart.from_asset(chart)) == []


def _lock(chart: Path) -> None:
    (chart / "Chart.yaml").unlink()


def _stale(chart: Path) -> None:
    (chart / "charts" / "health-monitoring-agent-0.1.0.tgz").write_bytes(b"old")


def _two_archives(chart: Path) -> None:
    (chart / "charts" / "cert-manager-v1.17.0.tgz").write_bytes(b"old")


def _no_folder(chart: Path) -> None:
    shutil.rmtree(chart / "charts" / "storage")


FAULTS: list[tuple[Callable[[Path], None], str]] = [
    (_lock, "has no file Chart.yaml; pass the folder helm_chart/HyperPodHelmChart"),
    (
        _stale,
        "helm_chart.path: 'charts/health-monitoring-agent, charts/health-monitoring-agent-0.1.0.tgz' "
        "are both health-monitoring-agent and differ, and Helm installs either of them; delete "
        "charts/health-monitoring-agent-0.1.0.tgz (ChartDependencyTwice)",
    ),
    (_two_archives, "delete charts/cert-manager-v1.17.0.tgz (ChartDependencyTwice)"),
    (_no_folder, "helm_chart.path: 'storage' is listed in Chart.yaml, but is not in the folder"),
]


@pytest.mark.parametrize(("fault", "text"), FAULTS)
def test_a_fault_is_found(chart: Path, fault: Callable[[Path], None], text: str) -> None:
    fault(chart)

    (line,) = said(hp.HyperPodHelmChart.from_asset(chart))
    assert text in line


def test_the_archives_that_helm_builds_of_the_folders_are_accepted(chart: Path) -> None:
    folder = chart / "charts" / "storage"
    (folder / "templates" / "claim.yaml").write_text("kind: PersistentVolumeClaim\n")
    with tarfile.open(chart / "charts" / "storage-0.1.0.tgz", "w:gz") as archive:
        archive.add(folder, "storage")
    assert said(hp.HyperPodHelmChart.from_asset(chart)) == []

    (folder / "templates" / "claim.yaml").write_text("kind: PersistentVolume\n")
    (line,) = said(hp.HyperPodHelmChart.from_asset(chart))
    assert "delete charts/storage-0.1.0.tgz (ChartDependencyTwice)" in line


def test_a_checkout_lacks_what_helm_downloads(tmp_path: Path) -> None:
    checkout = make_chart(tmp_path, built=False)

    (line,) = said(hp.HyperPodHelmChart.from_asset(checkout))
    assert ", ".join(sorted(OF_REGISTRIES)) == ", ".join(
        sorted(line.partition("'")[2].partition("'")[0].split(", "))
    )
    assert f"run `helm dependency build {checkout}` once" in line


AGGREGATED = """\
kind: ClusterRole
metadata: {name: viewer}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
kind: ClusterRole
metadata: {name: editor}
aggregationRule:
  clusterRoleSelectors: [{matchLabels: {aggregate-to-editor: "true"}}]
"""


@pytest.mark.parametrize("rules", ["rules: []", "rules: [{verbs: [get]}]", ""])
@pytest.mark.parametrize("is_archive", [True, False])
def test_rules_that_helm_cannot_update(chart: Path, rules: str, is_archive: bool) -> None:
    part = chart / "charts" / "mpi-operator"
    (part / "templates" / "rbac.yaml").write_text(AGGREGATED + rules)
    if is_archive:
        with tarfile.open(part.with_name("mpi-operator-0.1.0.tgz"), "w:gz") as archive:
            archive.add(part, "mpi-operator")
        shutil.rmtree(part)
    without = hp.ChartComponents(mpi_operator=False)
    own = {"mpi-operator": {"enabled": False}}

    assert said(hp.HyperPodHelmChart.from_asset(chart, components=without)) == []
    assert said(hp.HyperPodHelmChart.from_asset(chart, values=own)) == []
    lines = said(hp.HyperPodHelmChart.from_asset(chart))
    assert [line.partition(" sets ")[0] for line in lines] == (
        ["helm_chart.path: 'charts/mpi-operator/templates/rbac.yaml'"] if rules else []
    )
    assert all(line.endswith("(ChartAggregatedRole)") for line in lines)


VALUES: list[tuple[dict[str, Any], str]] = [
    ({"trainingOperator": {"enabled": False}}, "'trainingOperator' is not a value of the chart"),
    (
        {"mpi-operator": {"enable": False}},
        "helm_chart.values['mpi-operator']: 'enable' is not a value of the chart, and Helm ignores "
        "it; use 'enabled' (ChartValue)",
    ),
    ({"deep-health-check": {"enabled": False}}, "omit 'deep-health-check' (ChartComponent)"),
    ({"health-monitoring-agent": {"enabled": False}}, "(ChartComponent)"),
]


@pytest.mark.parametrize(("values", "text"), VALUES)
def test_values_that_cannot_work(chart: Path, values: dict[str, Any], text: str) -> None:
    (line,) = said(hp.HyperPodHelmChart.from_asset(chart, values=values))
    assert text in line


@pytest.mark.parametrize("name", ["global", "namespace", "mpi-operator", "trainingOperators"])
def test_values_of_the_chart_are_known(chart: Path, name: str) -> None:
    assert said(hp.HyperPodHelmChart.from_asset(chart, values={name: {"any": 1}})) == []
    oci = hp.HyperPodHelmChart.from_oci("oci://example.com/chart", version="1", values={name: {}})
    assert said(oci) == []


@pytest.mark.parametrize(
    "version", ["1", "0.1.0", "v0.1.0-rc.1+build.5", "~0.1", "^1.2.x", ">= 0.1"]
)
def test_versions_that_helm_reads(version: str) -> None:
    assert said(hp.HyperPodHelmChart.from_oci("oci://example.com/chart", version=version)) == []


@pytest.mark.parametrize("version", ["", "latest", "main", "0.1.0 "])
def test_versions_that_helm_does_not_read(version: str) -> None:
    (line,) = said(hp.HyperPodHelmChart.from_oci("oci://example.com/chart", version=version))

    assert line == (
        f"helm_chart.version: {version!r} is not a version of a chart; use a value such as '0.1.0' "
        "(ChartRepository)"
    )


def test_other_types(chart: Path) -> None:
    wrong: Any = hp.HyperPodHelmChart
    with pytest.raises(hp.ValidationError, match=r"helm_chart\.path: is None; pass a path"):
        wrong.from_asset(None)
    texts = said(
        wrong.from_oci(
            "https://example.com", version=1, components="all", images="ecr", values=["x"]
        )
    )
    assert [text.partition(":")[0] for text in texts] == [
        "helm_chart.components",
        "helm_chart.images",
        "helm_chart.values",
    ]
    assert len(said(wrong.from_oci("https://example.com", version=1))) == 2
    assert said(hp.HyperPodHelmChart.installed()) == []
    mirrored = said(wrong.from_asset(chart, images=hp.ImageMirror("https://mirror")))
    assert [text.rpartition("(")[2] for text in mirrored] == ["ImageMirror)", "ChartNeuronImage)"]


def test_components_become_values() -> None:
    every = hp.ChartComponents(**dict.fromkeys(hp.ChartComponents.__dataclass_fields__, True))
    switched: dict[str, Any] = every.values()

    def switches(value: Any) -> list[bool]:
        inner = () if isinstance(value, bool) else map(switches, value.values())
        return [value] if isinstance(value, bool) else [*chain.from_iterable(inner)]

    assert all(switches(switched))
    assert len(switched) == len(hp.ChartComponents.__dataclass_fields__) + 3


def test_a_mirror_names_what_to_copy() -> None:
    images = hp.ImageMirror("registry.example.com/mirror").images()

    assert images["nvcr.io/nvidia/k8s-device-plugin:v0.16.1"] == (
        "registry.example.com/mirror/nvidia/k8s-device-plugin:v0.16.1"
    )
    assert all(copy.startswith("registry.example.com/mirror/") for copy in images.values())


def test_own_values_override_those_of_the_mirror_and_the_region() -> None:
    chart = hp.HyperPodHelmChart.from_oci(
        "oci://example.com/chart",
        version="1",
        images=hp.ImageMirror("registry.example.com"),
        values={
            "mpi-operator": {"mpiOperator": {"image": {"tag": "0.6"}}},
            "global": {"region": "x"},
        },
    )
    values = chart.all_values("us-west-2")

    assert values["aws-efa-k8s-device-plugin"]["image"] == {
        "repository": "602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/aws-efa-k8s-device-plugin"
    }
    assert "491585149902.dkr.ecr" in str(chart.all_values("ap-southeast-4"))
    assert values["mpi-operator"]["mpiOperator"]["image"] == {
        "repository": "registry.example.com/mpioperator/mpi-operator",
        "tag": "0.6",
    }
    assert values["global"]["region"] == "x"
    assert values["health-monitoring-agent"]["region"] == "us-west-2"


def test_equal_charts_are_equal(chart: Path) -> None:
    one = hp.HyperPodHelmChart.from_asset(chart, values={"global": {"a": [1]}})

    assert one == hp.HyperPodHelmChart.from_asset(chart, values={"global": {"a": [1]}})
    assert len({one, hp.HyperPodHelmChart.from_asset(chart)}) == 2
