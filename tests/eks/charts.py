"""A stand-in for the HyperPod Helm chart: the same dependencies, values and layout."""

import tarfile
from pathlib import Path

_SHOWN = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Chart.Name }}
data:
  values: {{ .Values | toJson | quote }}
"""
OF_FILES = (
    *("training-operators", "mlflow", "neuron-device-plugin", "storage"),
    *("health-monitoring-agent", "mpi-operator", "deep-health-check", "job-auto-restart"),
    *("hyperpod-patching", "gpu-operator"),
)
OF_REGISTRIES = {
    "cert-manager": "v1.18.2",
    "nvidia-device-plugin": "0.16.1",
    "aws-efa-k8s-device-plugin": "0.5.20",
}
CONDITIONS = {
    "training-operators": "trainingOperators.enabled",
    **{
        name: f"{name}.devicePlugin.enabled"
        for name in ("nvidia-device-plugin", "aws-efa-k8s-device-plugin", "neuron-device-plugin")
    },
}


def make_chart(folder: Path, *, built: bool = True) -> Path:
    """Writes the chart, as after `helm dependency build` or as it is checked out."""
    entries = [("cert-manager", "v1.18.2", "oci://quay.io/jetstack/charts")]
    entries += [(name, "0.1.0", f'"file://charts/{name}"') for name in OF_FILES]
    entries += [
        ("nvidia-device-plugin", "0.16.1", "https://nvidia.github.io/k8s-device-plugin"),
        ("aws-efa-k8s-device-plugin", "0.5.20", "https://aws.github.io/eks-charts/"),
    ]
    chart = folder / "HyperPodHelmChart"
    (chart / "charts").mkdir(parents=True)
    (chart / "Chart.yaml").write_text(
        "apiVersion: v2\nname: hyperpod-helm-chart\nversion: 0.1.0\n\ndependencies:\n"
        + "".join(
            f"  - name: {name}\n    version: {version}\n    repository: {repository}\n"
            f"    condition: {CONDITIONS.get(name, f'{name}.enabled')}\n"
            for name, version, repository in entries
        )
    )
    (chart / "values.yaml").write_text("global:\n  region: ''\nnamespace:\n  create: true\n")
    for name in OF_FILES:
        _make_part(chart / "charts" / name, name, "0.1.0")
    for name, version in OF_REGISTRIES.items() if built else ():
        part = _make_part(folder / "registry" / name, name, version)
        with tarfile.open(chart / "charts" / f"{name}-{version}.tgz", "w:gz") as archive:
            archive.add(part, name)
    return chart


def _make_part(folder: Path, name: str, version: str) -> Path:
    """Writes a chart that shows its values."""
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\nversion: {version}\n")
    (folder / "templates" / "shown.yaml").write_text(_SHOWN)
    return folder
