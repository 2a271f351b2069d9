"""Steps of the default lifecycle scripts, in addition to file systems and Slurm.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-lifecycle-best-practices-slurm.html
"""

from collections.abc import Iterator, Sequence
from typing import Any

from hyperpod_constructs.model.frozen_fields import freeze
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.type_checks import wrong_type
from hyperpod_constructs.model.value_class import value_class

from .accounting import MINUTES_OF_A_DAY, Accounting
from .directory_service import DirectoryService
from .metrics_exporters import MetricsExporters
from .s3_mount import S3Mount
from .users import Users

STEPS_NAME = "steps.json"
"""File name of the steps, stored with the scripts."""

DATA_ROOTS = ("/opt/sagemaker", "/opt/dlami/nvme")


@value_class(frozen=True, kw_only=True, slots=True)
class Containers:
    """Docker, Enroot and Pyxis on login nodes and workers.

    Nodes download packages that are not in the AMI when they are created. They require access to
    the internet.

    Attributes:
        data_root: Volume for images and containers: `/opt/sagemaker`, the secondary EBS volume, or
            `/opt/dlami/nvme`, the instance store. A node without the volume fails. Defaults to the
            first of the two that a node has, or else its root volume.
    """

    data_root: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The configuration that nodes read."""
        return {} if self.data_root is None else {"data_root": self.data_root}

    def problems(self, path: str) -> Iterator[Problem]:
        """Validates the data root: `ContainersDataRoot`."""
        if self.data_root is not None and self.data_root not in DATA_ROOTS:
            yield Problem(
                code="ContainersDataRoot",
                path=f"{path}.data_root",
                value=self.data_root,
                message="is not supported as a volume for containers",
                fix=f"use {DATA_ROOTS[0]!r}, the secondary EBS volume, or {DATA_ROOTS[1]!r}, the "
                "instance store",
            )


@value_class(frozen=True, kw_only=True, slots=True)
class LifecycleSteps:
    """Steps of the default lifecycle scripts; see `LifecycleScripts.default`.

    Attributes:
        accounting: Slurm accounting. Defaults to MariaDB on the controller. None disables
            accounting.
        users: Users and groups of all nodes. None by default.
        users_on_controllers: Whether users can log in to controllers, with all their groups, and
            can use the role of the controllers. Defaults to False: users log in to login nodes and
            workers. Enable it for clusters without a login group.
        ssh_between_nodes: Whether users with shared home directories can connect from node to node
            with SSH without a password. Enabled by default.
        log_rotation: Whether Slurm logs are rotated. Enabled by default.
        private_data: Whether users see only their own jobs, accounts and usage in Slurm
            (`PrivateData`). Defaults to False: they see those of all users.
        pam_slurm_adopt: Whether users can log in only to workers on which they have a job, and the
            login becomes part of it. Requires `pam_slurm_adopt.so` in the AMI. Defaults to False.
        containers: Docker, Enroot and Pyxis. By default, those of the AMI are unchanged.
        metrics: Exporters for Prometheus. None by default.
        directory_service: LDAP or Active Directory. None by default.
        s3_mounts: Buckets to mount on every node. None by default.
        packages_preinstalled: Whether the packages of the last four steps are available without the
            internet: in the AMI, or from a mirror configured by files of an overlay. Defaults to
            False, so isolated subnets are not supported.
        refresh: Minutes between two looks of running nodes for changes of `users`, from 1 to 1440.
            Defaults to 5. None disables it: a change then reaches only new nodes.
        ubuntu_home: Whether the home directory of `ubuntu` is `/fsx/ubuntu` on login nodes and workers,
            with an SSH key for them, if FSx for Lustre is the only file system. Enabled by default.
        reserve_login_nodes: Whether login nodes, which HyperPod adds to the partition `dev`, run no
            jobs of users. Enabled by default.
        constrain_devices: Whether jobs can use only the GPUs that they request, with control groups
            (`ConstrainDevices`). Replaces `TaskPlugin=task/none`, which auto-resume of HyperPod
            requires. Defaults to False.
        lustre_efa: Whether nodes with EFA use it for FSx for Lustre, if the file system supports it.
            Their roles are then granted `fsx:DescribeFileSystems`, unless the app creates a file system
            without EFA. Enabled by default.
    """

    accounting: Accounting | None = Accounting.local()
    users: Users | None = None
    users_on_controllers: bool = False
    ssh_between_nodes: bool = True
    log_rotation: bool = True
    private_data: bool = False
    pam_slurm_adopt: bool = False
    containers: Containers | None = None
    metrics: MetricsExporters | None = None
    directory_service: DirectoryService | None = None
    s3_mounts: Sequence[S3Mount] = ()
    packages_preinstalled: bool = False
    refresh: int | None = 5
    ubuntu_home: bool = True
    reserve_login_nodes: bool = True
    constrain_devices: bool = False
    lustre_efa: bool = True

    def __post_init__(self) -> None:
        freeze(self)

    def to_dict(self) -> dict[str, Any]:
        """The configuration that nodes read: the enabled steps, in a fixed order."""
        accounting, users = self.accounting, self.users
        containers, metrics, directory = self.containers, self.metrics, self.directory_service
        steps: dict[str, Any] = {
            "accounting": None if accounting is None else accounting.to_dict(),
            "users": None if users is None else users.to_dict(),
            "users_on_controllers": self.users_on_controllers or None,
            "ssh_between_nodes": self.ssh_between_nodes or None,
            "containers": None if containers is None else containers.to_dict(),
            "metrics": None if metrics is None else metrics.to_dict(),
            "log_rotation": self.log_rotation or None,
            "private_data": self.private_data or None,
            "pam_slurm_adopt": self.pam_slurm_adopt or None,
            "directory_service": None if directory is None else directory.to_dict(),
            "s3_mounts": [mount.to_dict() for mount in self.s3_mounts] or None,
            "ubuntu_home": self.ubuntu_home or None,
            "reserve_login_nodes": self.reserve_login_nodes or None,
            "constrain_devices": self.constrain_devices or None,
            "lustre_efa": self.lustre_efa or None,
        }
        return {name: value for name, value in steps.items() if value is not None}

    @property
    def downloading(self) -> tuple[str, ...]:
        """Names of the enabled steps that download packages."""
        metrics = self.metrics
        is_exporting = metrics is not None and bool(
            metrics.node or metrics.gpu or metrics.remote_write
        )
        steps = {
            "containers": self.containers is not None,
            "metrics": is_exporting,
            "directory_service": self.directory_service is not None,
            "s3_mounts": bool(self.s3_mounts),
        }
        return tuple(name for name, is_on in steps.items() if is_on)

    def type_problems(self, path: str) -> Iterator[Problem]:
        """Validates the types of the arguments: `ArgumentType`."""
        for name, kind, expected in (
            ("accounting", Accounting | None, "Accounting.local(), .external(...) or None"),
            ("users", Users | None, "Users(...) or Users.from_file(...)"),
            ("users_on_controllers", bool, "True or False"),
            ("ssh_between_nodes", bool, "True or False"),
            ("log_rotation", bool, "True or False"),
            ("private_data", bool, "True or False"),
            ("pam_slurm_adopt", bool, "True or False"),
            ("containers", Containers | None, "Containers()"),
            ("metrics", MetricsExporters | None, "MetricsExporters()"),
            ("directory_service", DirectoryService | None, "DirectoryService(...)"),
            ("s3_mounts", tuple, "a list of S3Mount"),
            ("packages_preinstalled", bool, "True or False"),
            ("refresh", int | None, "a number of minutes, or None"),
            ("ubuntu_home", bool, "True or False"),
            ("reserve_login_nodes", bool, "True or False"),
            ("constrain_devices", bool, "True or False"),
            ("lustre_efa", bool, "True or False"),
        ):
            value = getattr(self, name)
            if not isinstance(value, kind):
                yield wrong_type(f"{path}.{name}", value, expected)
            elif isinstance(value, tuple):
                for index, mount in enumerate(value):
                    if not isinstance(mount, S3Mount):
                        yield wrong_type(f"{path}.{name}[{index}]", mount, "an S3Mount")

    def problems(self, path: str) -> Iterator[Problem]:
        """Validates the steps independently of the cluster.

        The codes are those of the values, `MetricsWithoutContainers`, `S3MountPathTwice` and
        `UsersRefresh`.
        """
        for name in ("accounting", "users", "containers", "metrics", "directory_service"):
            value = getattr(self, name)
            if value is not None:
                yield from value.problems(f"{path}.{name}")
        yield from self._metrics_problems(path)
        yield from self._mount_problems(f"{path}.s3_mounts")
        yield from self._refresh_problems(path)

    def _metrics_problems(self, path: str) -> Iterator[Problem]:
        """GPU metrics require containers."""
        if self.metrics is not None and self.metrics.gpu is True and self.containers is None:
            yield Problem(
                code="MetricsWithoutContainers",
                path=f"{path}.metrics.gpu",
                value=True,
                message="requires containers, since the DCGM exporter runs in a container",
                fix="pass containers=Containers(), or metrics=MetricsExporters(gpu=False)",
            )

    def _refresh_problems(self, path: str) -> Iterator[Problem]:
        """Nodes look for changes of users at most once a minute, and at least once a day."""
        if isinstance(self.refresh, int) and not 1 <= self.refresh <= MINUTES_OF_A_DAY:
            yield Problem(
                code="UsersRefresh",
                path=f"{path}.refresh",
                value=self.refresh,
                message=f"is not a number of minutes from 1 to {MINUTES_OF_A_DAY}",
                fix="use a number in this range, or None",
            )

    def _mount_problems(self, path: str) -> Iterator[Problem]:
        """Mount paths of buckets cannot overlap."""
        seen: dict[str, str] = {}
        for index, mount in enumerate(self.s3_mounts):
            place = f"{path}[{index}]"
            yield from mount.problems(place)
            if not isinstance(mount.path, str):
                continue
            for other, owner in seen.items():
                if f"{mount.path}/".startswith(f"{other}/") or other.startswith(f"{mount.path}/"):
                    yield Problem(
                        code="S3MountPathTwice",
                        path=f"{place}.path",
                        value=mount.path,
                        message=f"overlaps with the path of {owner}, {other!r}",
                        fix="use a separate directory for each bucket",
                    )
            seen.setdefault(mount.path, place)
