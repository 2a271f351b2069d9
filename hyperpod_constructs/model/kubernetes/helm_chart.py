"""The HyperPod Helm chart: where it comes from, and what it installs.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-install-packages-using-helm-chart.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from os import PathLike
from pathlib import Path
from typing import Any, Self

from hyperpod_constructs.model.frozen_fields import freeze
from hyperpod_constructs.model.problem import Problem, Severity, ValidationError
from hyperpod_constructs.model.type_checks import wrong_type
from hyperpod_constructs.model.value_checks import text_problems
from hyperpod_constructs.model.value_class import value_class

from .chart_folder import chart_folder_problems, known_chart_values
from .chart_templates import chart_template_problems
from .image_mirror import ImageMirror, merged

NAMESPACE = "kube-system"
RELEASE = "hyperpod-dependencies"
_REQUIRED = ("health-monitoring-agent", "deep-health-check")
_REPOSITORY = r"oci://[A-Za-z0-9.-]+(:\d+)?(/[A-Za-z0-9._-]+)+"
_VERSION = r"[~^<>= v]*\d+(\.(\d+|[xX*]))*([-+][0-9A-Za-z.+-]+)?"
"""A semantic version, or a range that Helm accepts."""


@value_class(frozen=True, kw_only=True, slots=True)
class ChartComponents:
    """What the chart installs in addition to the health monitoring agent and patching.

    Attributes:
        training_operators: Kubeflow training operator, for PyTorchJob. Defaults to True. Disable it
            with `TrainingOperatorAddOn`.
        mpi_operator: MPI operator, for MPIJob. Defaults to True.
        job_auto_restart: Automatic resume of PyTorchJob after a node is replaced. Defaults to True.
        nvidia_device_plugin: Device plugin for NVIDIA GPUs. Defaults to True.
        efa_device_plugin: Device plugin for EFA. Defaults to True.
        neuron_device_plugin: Device plugin for Trainium and Inferentia. Defaults to True.
        cert_manager: cert-manager. Defaults to False, since it is also an add-on of EKS.
        gpu_operator: NVIDIA GPU operator, for Multi-Instance GPU. Defaults to False. Disable
            `nvidia_device_plugin` with it.
        mlflow: Service account for MLflow. Defaults to False.
        storage: Claims for file systems. Defaults to False; see `FsxCsiDriverAddOn`.
    """

    training_operators: bool = True
    mpi_operator: bool = True
    job_auto_restart: bool = True
    nvidia_device_plugin: bool = True
    efa_device_plugin: bool = True
    neuron_device_plugin: bool = True
    cert_manager: bool = False
    gpu_operator: bool = False
    mlflow: bool = False
    storage: bool = False

    def values(self) -> dict[str, Any]:
        """Values of the chart."""
        return {
            "trainingOperators": {"enabled": self.training_operators},
            "mpi-operator": {"enabled": self.mpi_operator},
            "job-auto-restart": {"enabled": self.job_auto_restart},
            "nvidia-device-plugin": {"devicePlugin": {"enabled": self.nvidia_device_plugin}},
            "aws-efa-k8s-device-plugin": {"devicePlugin": {"enabled": self.efa_device_plugin}},
            "neuron-device-plugin": {"devicePlugin": {"enabled": self.neuron_device_plugin}},
            "cert-manager": {"enabled": self.cert_manager},
            "gpu-operator": {"enabled": self.gpu_operator},
            "mlflow": {"enabled": self.mlflow},
            "storage": {"enabled": self.storage},
            "health-monitoring-agent": {"enabled": True},
            "deep-health-check": {"enabled": True},
            "hyperpod-patching": {"enabled": True},
        }


@value_class(frozen=True, kw_only=True, slots=True)
class HyperPodHelmChart:
    """The Helm chart that HyperPod requires, created with `from_asset`, `from_oci` or `installed`.

    AWS publishes it as a folder of a repository, `helm_chart/HyperPodHelmChart` of
    https://github.com/aws/sagemaker-hyperpod-cli.

    Attributes:
        path: Local folder of the chart, if any.
        repository: Repository of the chart in a registry, if any.
        version: Version of the chart in the registry.
        components: What the chart installs.
        images: Registry for images that are not in Amazon ECR.
        values: Further values of the chart.
    """

    path: Path | None = None
    repository: str | None = None
    version: str | None = None
    components: ChartComponents = ChartComponents()
    images: ImageMirror | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        freeze(self)

    @classmethod
    def from_asset(
        cls,
        path: str | PathLike[str],
        *,
        components: ChartComponents = ChartComponents(),
        images: ImageMirror | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> Self:
        """The chart from a local folder, which is uploaded with the app.

        Run `helm dependency build` in the folder before, and keep its folder `charts`.

        Args:
            path: Path of the folder with `Chart.yaml`.
            components: What the chart installs. Defaults to what AWS installs by default.
            images: Registry that mirrors the images of other registries. None by default.
            values: Further values of the chart, which override those of `components`. None by default.

        Raises:
            ValidationError: `ArgumentType`. `EksControlPlane` raises the codes of the folder.
        """
        if not isinstance(path, str | PathLike) or not str(path):
            expected = "a path, such as 'charts/HyperPodHelmChart'"
            raise ValidationError([wrong_type("helm_chart.path", path, expected)])
        return cls(path=Path(path), components=components, images=images, values=values or {})

    @classmethod
    def from_oci(
        cls,
        repository: str,
        *,
        version: str,
        components: ChartComponents = ChartComponents(),
        images: ImageMirror | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> Self:
        """The chart from a registry, such as Amazon ECR, to which you push it with `helm push`.

        Args:
            repository: Repository of the chart, such as
                `oci://111122223333.dkr.ecr.us-west-2.amazonaws.com/hyperpod-helm-chart`. The
                repository must be in the account, or allow it to pull.
            version: Semantic version of the chart, such as `0.1.0`. Specify your own when you push it,
                since AWS does not change it.
            components: What the chart installs. Defaults to what AWS installs by default.
            images: Registry that mirrors the images of other registries. None by default.
            values: Further values of the chart, which override those of `components`. None by default.
        """
        return cls(
            repository=repository,
            version=version,
            components=components,
            images=images,
            values=values or {},
        )

    @classmethod
    def installed(cls) -> Self:
        """No chart: it is installed before the HyperPod cluster is created, by other means."""
        return cls()

    @property
    def is_installed(self) -> bool:
        """Whether the chart is installed by other means."""
        return self.path is None and self.repository is None

    @property
    def add_ons(self) -> Sequence[str]:
        """The parts that are installed and are also add-ons of EKS."""
        return ("cert-manager",) if not self.is_installed and self.components.cert_manager else ()

    def all_values(self, region: str) -> dict[str, Any]:
        """The values of the release.

        Without a Region, the chart uses the image of the health monitoring agent in us-east-1 as
        long as there are no nodes.

        Args:
            region: Region of the cluster.
        """
        of_region = {"global": {"region": region}, "health-monitoring-agent": {"region": region}}
        mirrored = {} if self.images is None else self.images.values(region)
        return merged(merged(merged(self.components.values(), of_region), mirrored), self.values)

    def problems(self, path: str = "helm_chart") -> Iterator[Problem]:
        """The problems of the arguments and of the folder."""
        if not isinstance(self.components, ChartComponents):
            yield wrong_type(f"{path}.components", self.components, "a ChartComponents")
        if self.images is not None:
            if isinstance(self.images, ImageMirror):
                yield from self.images.problems(f"{path}.images")
                yield from self._neuron_problems(path)
            else:
                yield wrong_type(f"{path}.images", self.images, "an ImageMirror")
        if not isinstance(self.values, Mapping):
            yield wrong_type(f"{path}.values", self.values, "a dict of values")
            return
        if self.path is not None:
            yield from chart_folder_problems(f"{path}.path", self.path)
            yield from self._template_problems(f"{path}.path", self.path)
        elif self.repository is not None:
            yield from _registry_problems(path, self.repository, self.version)
        yield from self._value_problems(path)

    def _template_problems(self, argument: str, path: Path) -> Iterator[Problem]:
        if isinstance(self.components, ChartComponents) and (path / "Chart.yaml").is_file():
            values = merged(self.components.values(), self.values)
            yield from chart_template_problems(argument, path, values)

    def _neuron_problems(self, path: str) -> Iterator[Problem]:
        """The chart has no value for the image of the Neuron device plugin, so that no mirror is used."""
        if (
            isinstance(self.components, ChartComponents)
            and self.components.neuron_device_plugin is True
        ):
            yield Problem(
                code="ChartNeuronImage",
                path=f"{path}.components.neuron_device_plugin",
                value=True,
                message="installs an image of public.ecr.aws, which the chart cannot replace by that "
                "of a mirror",
                fix="pass components=ChartComponents(neuron_device_plugin=False)",
                severity=Severity.WARNING,
            )

    def _value_problems(self, path: str) -> Iterator[Problem]:
        """Helm ignores values that the chart does not have, and the chart requires two of its parts.

        Without `deep-health-check`, the chart does not create the namespace of the health monitoring
        agent.
        """
        known = known_chart_values(self.path)
        for name, value in self.values.items():
            if name not in known:
                yield Problem(
                    code="ChartValue",
                    path=f"{path}.values",
                    value=name,
                    message="is not a value of the chart, and Helm ignores it",
                    fix=f"use one of {', '.join(sorted(known))}",
                )
            elif isinstance(value, Mapping) and "enable" in value:
                yield Problem(
                    code="ChartValue",
                    path=f"{path}.values[{name!r}]",
                    value="enable",
                    message="is not a value of the chart, and Helm ignores it",
                    fix="use 'enabled'",
                )
        for name in _REQUIRED:
            own = self.values.get(name)
            if isinstance(own, Mapping) and own.get("enabled") is False:
                yield Problem(
                    code="ChartComponent",
                    path=f"{path}.values[{name!r}]",
                    value=False,
                    message="disables a part of the chart that HyperPod requires",
                    fix=f"omit {name!r}",
                )


def _registry_problems(path: str, repository: object, version: object) -> Iterator[Problem]:
    """A chart in a registry has a repository and a version."""
    yield from text_problems(
        f"{path}.repository",
        repository,
        code="ChartRepository",
        pattern=_REPOSITORY,
        message="is not the repository of a chart in a registry",
        example="oci://111122223333.dkr.ecr.us-west-2.amazonaws.com/hyperpod-helm-chart",
    )
    yield from text_problems(
        f"{path}.version",
        version,
        code="ChartRepository",
        pattern=_VERSION,
        message="is not a version of a chart",
        example="0.1.0",
    )
