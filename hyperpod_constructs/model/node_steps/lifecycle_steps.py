"""What the default lifecycle scripts do on nodes beside mounting file systems and starting Slurm.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-lifecycle-best-practices-slurm.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hyperpod_constructs.model.problem import Problem, wrong_type
from hyperpod_constructs.model.tokens import is_unresolved

from .accounting import Accounting
from .directory_service import DirectoryService
from .s3_mount import S3Mount
from .users import Users

STEPS_NAME = "steps.json"
"""The file beside the scripts in which nodes find the steps."""

DATA_ROOTS = ("/opt/sagemaker", "/opt/dlami/nvme")

_EXPORTERS = ("node", "gpu", "slurm")


@dataclass(frozen=True, kw_only=True, slots=True)
class Containers:
    """Docker, Enroot and Pyxis on login nodes and workers.

    Nodes download what the machine image lacks when they are created, so they need a way to the
    internet.

    Attributes:
        data_root: Volume on which images and containers lie: `/opt/sagemaker`, the secondary EBS
            volume, or `/opt/dlami/nvme`, the instance store. A node without it fails. The first of
            the two that a node has, else its root volume, when left out.
    """

    data_root: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """What a node reads."""
        return {} if self.data_root is None else {"data_root": self.data_root}

    def problems(self, path: str) -> Iterator[Problem]:
        """What is wrong with this value: `ContainersDataRoot`."""
        if self.data_root is not None and self.data_root not in DATA_ROOTS:
            yield Problem(
                code="ContainersDataRoot",
                path=f"{path}.data_root",
                value=self.data_root,
                message="is not a volume for containers",
                fix=f"use {DATA_ROOTS[0]!r}, the secondary EBS volume, or {DATA_ROOTS[1]!r}, the "
                "instance store",
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class MetricsExporters:
    """Exporters from which a Prometheus of your own reads metrics.

    Nodes download the first two when they are created, so they need a way to the internet.

    Attributes:
        node: Processors, memory, disks and network of every node, at port 9100. On by default.
        gpu: GPUs of the workers that have some, by DCGM, at port 9400; needs `containers`. On by
            default.
        slurm: Jobs and nodes as the controller knows them. On by default.
    """

    node: bool = True
    gpu: bool = True
    slurm: bool = True

    def to_dict(self) -> dict[str, Any]:
        """What a node reads."""
        return {name: True for name in _EXPORTERS if getattr(self, name)}

    def problems(self, path: str) -> Iterator[Problem]:
        """What is wrong with this value: `ArgumentType`."""
        for name in _EXPORTERS:
            value = getattr(self, name)
            if not isinstance(value, bool):
                yield wrong_type(f"{path}.{name}", value, "True or False")


@dataclass(frozen=True, kw_only=True, slots=True)
class LifecycleSteps:
    """The steps of nodes, as `LifecycleScripts.default` takes them.

    Attributes:
        accounting: Where Slurm keeps its accounting. MariaDB on the controller by default; no
            accounting if None.
        users: Users and groups of every node. None by default.
        ssh_between_nodes: Whether users whose homes are shared reach one node from another by SSH
            without a password. They do by default.
        log_rotation: Whether the logs of Slurm are rotated. They are by default.
        containers: Docker, Enroot and Pyxis. Those of the machine image are left as they are when
            left out.
        metrics: Exporters for Prometheus. None by default.
        directory_service: LDAP or Active Directory. None by default.
        s3_mounts: Buckets as folders of every node. None by default.
        packages_preinstalled: Whether what the last four download is there without the internet:
            in the machine image, or by a mirror that files of an overlay name. It is assumed not to
            be by default, so isolated subnets are refused.
    """

    accounting: Accounting | None = Accounting.local()
    users: Users | None = None
    ssh_between_nodes: bool = True
    log_rotation: bool = True
    containers: Containers | None = None
    metrics: MetricsExporters | None = None
    directory_service: DirectoryService | None = None
    s3_mounts: Sequence[S3Mount] = ()
    packages_preinstalled: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.s3_mounts, list):
            object.__setattr__(self, "s3_mounts", tuple(self.s3_mounts))

    def to_dict(self) -> dict[str, Any]:
        """What a node reads: the steps that are on, in a fixed order."""
        accounting, users = self.accounting, self.users
        containers, metrics, directory = self.containers, self.metrics, self.directory_service
        steps: dict[str, Any] = {
            "accounting": None if accounting is None else accounting.to_dict(),
            "users": None if users is None else users.to_dict(),
            "ssh_between_nodes": self.ssh_between_nodes or None,
            "containers": None if containers is None else containers.to_dict(),
            "metrics": None if metrics is None else metrics.to_dict(),
            "log_rotation": self.log_rotation or None,
            "directory_service": None if directory is None else directory.to_dict(),
            "s3_mounts": [mount.to_dict() for mount in self.s3_mounts] or None,
        }
        return {name: value for name, value in steps.items() if value is not None}

    @property
    def downloading(self) -> tuple[str, ...]:
        """Names of the steps that are on and download packages."""
        metrics = self.metrics is not None and (self.metrics.node or self.metrics.gpu)
        steps = {
            "containers": self.containers is not None,
            "metrics": metrics,
            "directory_service": self.directory_service is not None,
            "s3_mounts": bool(self.s3_mounts),
        }
        return tuple(name for name, is_on in steps.items() if is_on)

    def type_problems(self, path: str) -> Iterator[Problem]:
        """What is not of the type it should be: `ArgumentType`."""
        for name, kind, expected in (
            ("accounting", Accounting | None, "Accounting.local(), .external(...) or None"),
            ("users", Users | None, "Users(...) or Users.from_file(...)"),
            ("ssh_between_nodes", bool, "True or False"),
            ("log_rotation", bool, "True or False"),
            ("containers", Containers | None, "Containers()"),
            ("metrics", MetricsExporters | None, "MetricsExporters()"),
            ("directory_service", DirectoryService | None, "DirectoryService(...)"),
            ("s3_mounts", tuple, "a list of S3Mount"),
            ("packages_preinstalled", bool, "True or False"),
        ):
            value = getattr(self, name)
            if not isinstance(value, kind):
                yield wrong_type(f"{path}.{name}", value, expected)
            elif isinstance(value, tuple):
                for index, mount in enumerate(value):
                    if not isinstance(mount, S3Mount):
                        yield wrong_type(f"{path}.{name}[{index}]", mount, "an S3Mount")

    def problems(self, path: str) -> Iterator[Problem]:
        """What is wrong with these steps by themselves.

        The codes are those of the values, `MetricsWithoutContainers` and `S3MountPathTwice`.
        """
        for name in ("accounting", "users", "containers", "metrics", "directory_service"):
            value = getattr(self, name)
            if value is not None:
                yield from value.problems(f"{path}.{name}")
        yield from self._metrics_problems(path)
        yield from self._mount_problems(f"{path}.s3_mounts")

    def _metrics_problems(self, path: str) -> Iterator[Problem]:
        if self.metrics is not None and self.metrics.gpu is True and self.containers is None:
            yield Problem(
                code="MetricsWithoutContainers",
                path=f"{path}.metrics.gpu",
                value=True,
                message="is given without containers, and the exporter of DCGM runs in one",
                fix="pass containers=Containers(), or metrics=MetricsExporters(gpu=False)",
            )

    def _mount_problems(self, path: str) -> Iterator[Problem]:
        seen: dict[str, str] = {}
        for index, mount in enumerate(self.s3_mounts):
            place = f"{path}[{index}]"
            yield from mount.problems(place)
            if not isinstance(mount.path, str) or is_unresolved(mount.path):
                continue
            for other, owner in seen.items():
                if f"{mount.path}/".startswith(f"{other}/") or other.startswith(f"{mount.path}/"):
                    yield Problem(
                        code="S3MountPathTwice",
                        path=f"{place}.path",
                        value=mount.path,
                        message=f"is, holds or lies in the folder of {owner}, {other!r}",
                        fix="give each bucket a folder of its own, beside the others",
                    )
            seen.setdefault(mount.path, place)
