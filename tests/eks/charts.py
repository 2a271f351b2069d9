"""A stand-in for the HyperPod Helm chart: the same dependencies, values and layout."""

from pathlib import Path

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
        (chart / "charts" / name).mkdir()
        (chart / "charts" / name / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\n")
    for name, version in OF_REGISTRIES.items() if built else ():
        (chart / "charts" / f"{name}-{version}.tgz").write_bytes(b"archive")
    return chart
