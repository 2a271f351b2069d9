"""Lifecycle scripts, which nodes run when they are created.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-lifecycle-best-practices-slurm.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Self

from aws_cdk import aws_s3 as s3

from hyperpod_constructs.cdk.object_checks import BUCKET, check, optional, required
from hyperpod_constructs.model.groups.life_cycle_config import LifeCycleConfig
from hyperpod_constructs.model.key_prefix import DEFAULT_PREFIX
from hyperpod_constructs.model.node_steps.accounting import Accounting
from hyperpod_constructs.model.node_steps.directory_service import DirectoryService
from hyperpod_constructs.model.node_steps.lifecycle_steps import (
    Containers,
    LifecycleSteps,
)
from hyperpod_constructs.model.node_steps.metrics_exporters import MetricsExporters
from hyperpod_constructs.model.node_steps.s3_mount import S3Mount
from hyperpod_constructs.model.node_steps.users import Users
from hyperpod_constructs.model.orchestrator import ApiDrivenSlurm, Eks, Orchestrator
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.script_folder import ScriptFolder
from hyperpod_constructs.model.value_class import value_class

from .script_problems import (
    delivery_problems,
    entry_point_problem,
    entry_point_problems,
    path_problems,
)

_ON_CREATE = "on_create.sh"
_ON_INIT_COMPLETE = "on_init_complete.sh"
_EKS_FOLDER = Path(__file__).parent / "eks"


@value_class(frozen=True, kw_only=True, slots=True)
class LifecycleScripts:
    """Lifecycle scripts of a cluster, created with `default`, `from_asset` or `from_bucket`.

    Attributes:
        on_create: Script that a node runs as root, in the folder of the scripts, instead of the
            configuration by the AMI.
        on_init_complete: Script that a node runs after the configuration by the AMI.
        folder: Local folder of the scripts, if any.
        bucket: Bucket to which the scripts are uploaded, or in which they are stored. By default, a
            bucket is created with the cluster.
        prefix: Key prefix in the bucket.
        steps: Steps of the default scripts, stored with them.
    """

    on_create: str | None = None
    on_init_complete: str | None = None
    folder: ScriptFolder | None = None
    bucket: s3.IBucket | None = None
    prefix: str = DEFAULT_PREFIX
    steps: LifecycleSteps | None = None

    @classmethod
    def default(
        cls,
        *,
        overlay: str | PathLike[str] | None = None,
        bucket: s3.IBucket | None = None,
        prefix: str = DEFAULT_PREFIX,
        accounting: Accounting | None = Accounting.local(),
        users: Users | None = None,
        users_on_controllers: bool = False,
        ssh_between_nodes: bool = True,
        log_rotation: bool = True,
        private_data: bool = False,
        pam_slurm_adopt: bool = False,
        containers: Containers | None = None,
        metrics: MetricsExporters | None = None,
        directory_service: DirectoryService | None = None,
        s3_mounts: Sequence[S3Mount] = (),
        packages_preinstalled: bool = False,
        refresh: int | None = 5,
        ubuntu_home: bool = True,
        reserve_login_nodes: bool = True,
        constrain_devices: bool = False,
        lustre_efa: bool = True,
    ) -> Self:
        """The default scripts: mount the file systems, start Slurm, and run the specified steps.

        With `ApiDrivenSlurm`, HyperPod mounts the file systems and starts Slurm. The scripts run
        after that, and only the steps that HyperPod does not.

        The steps are uploaded as `steps.json` with the scripts. They are validated with the
        cluster, like its instance groups. The roles of the nodes are granted access to the secrets
        and buckets.

        Args:
            overlay: Folder with additional files, which replace default scripts of the same name.
                Scripts in its folder `site` run on every node after the other steps, and before
                slurmd starts and users log in. None by default.
            bucket: Bucket for the scripts. By default, a private, versioned bucket is created,
                which is retained when the cluster is deleted, and deleted when its creation is
                rolled back.
            prefix: Key prefix in the bucket, followed by the cluster and a digest of the content.
                Defaults to `lifecycle-scripts`.
            accounting: Slurm accounting. Defaults to MariaDB on the controller. None disables
                accounting. Multiple controllers always use their shared database; `None` is then a warning.
            users: Users and groups of all nodes. None by default.
            users_on_controllers: Whether users can log in to controllers, with all their groups,
                and can use the role of the controllers. Defaults to False: users log in to login
                nodes and workers. Enable it for clusters without a login group.
            ssh_between_nodes: Whether users with shared home directories can connect from node to
                node with SSH without a password. Enabled by default.
            log_rotation: Whether Slurm logs are rotated. Enabled by default.
            private_data: Whether users see only their own jobs, accounts and usage in Slurm
                (`PrivateData`). Defaults to False: they see those of all users.
            pam_slurm_adopt: Whether users can log in only to workers on which they have a job, and
                the login becomes part of it. Requires `pam_slurm_adopt.so` in the AMI. Defaults to
                False.
            containers: Docker, Enroot and Pyxis. By default, those of the AMI are unchanged.
                Requires access to the internet.
            metrics: Exporters for Prometheus. None by default. Requires access to the internet.
            directory_service: LDAP or Active Directory. None by default. Requires access to the
                internet.
            s3_mounts: Buckets to mount on every node. None by default. Requires access to the
                internet.
            packages_preinstalled: Whether the packages of the last four steps are available without
                the internet: in the AMI, or from a mirror configured by files of an overlay.
                Defaults to False, so isolated subnets are not supported.
            refresh: Minutes between two looks of running nodes for changes of `users`, from 1 to
                1440. Defaults to 5. None disables it: a change then reaches only new nodes.
            ubuntu_home: Whether the home directory of `ubuntu` is `/fsx/ubuntu` on login nodes and workers,
                with an SSH key for them, if FSx for Lustre is the only file system. Enabled by default.
            reserve_login_nodes: Whether login nodes, which HyperPod adds to the partition `dev`, run no
                jobs of users. Enabled by default.
            constrain_devices: Whether jobs can use only the GPUs that they request, with control groups
                (`ConstrainDevices`). Replaces `TaskPlugin=task/none`, which auto-resume of HyperPod
                requires. Defaults to False.
            lustre_efa: Whether nodes with EFA use it for FSx for Lustre, if the file system supports it.
                Their roles are then granted `fsx:DescribeFileSystems`, unless the app creates a file
                system without EFA. Enabled by default.

        Raises:
            ValidationError: `ArgumentType`, `LifecyclePrefix`. The cluster raises the codes of the
                steps.
        """
        check(
            delivery_problems(bucket, prefix, overlay),
        )
        folder = ScriptFolder(
            path=_default_folder(), overlay=None if overlay is None else Path(overlay).absolute()
        )
        steps = LifecycleSteps(
            accounting=accounting,
            users=users,
            users_on_controllers=users_on_controllers,
            ssh_between_nodes=ssh_between_nodes,
            log_rotation=log_rotation,
            private_data=private_data,
            pam_slurm_adopt=pam_slurm_adopt,
            containers=containers,
            metrics=metrics,
            directory_service=directory_service,
            s3_mounts=s3_mounts,
            packages_preinstalled=packages_preinstalled,
            refresh=refresh,
            ubuntu_home=ubuntu_home,
            reserve_login_nodes=reserve_login_nodes,
            constrain_devices=constrain_devices,
            lustre_efa=lustre_efa,
        )
        return cls(
            on_create=folder.on_create,
            folder=folder,
            bucket=bucket,
            prefix=prefix.strip("/"),
            steps=steps,
        )

    @classmethod
    def from_asset(
        cls,
        path: str | PathLike[str],
        *,
        on_create: str | None = None,
        on_init_complete: str | None = None,
        overlay: str | PathLike[str] | None = None,
        bucket: s3.IBucket | None = None,
        prefix: str = DEFAULT_PREFIX,
    ) -> Self:
        """Custom scripts from a local folder.

        Args:
            path: Path of the folder. Links are followed.
            on_create: Script in the folder that configures the whole node. It must start with `#!`.
                Defaults to `on_create.sh` unless `on_init_complete` is specified.
            on_init_complete: Script in the folder that runs after the configuration by the AMI.
                Requires `ApiDrivenSlurm`.
            overlay: Folder with additional files, which replace files of the same name in `path`.
                None by default.
            bucket: Bucket for the scripts. By default, a private, versioned bucket is created,
                which is retained when the cluster is deleted, and deleted when its creation is
                rolled back.
            prefix: Key prefix in the bucket, followed by the cluster and a digest of the content.
                Defaults to `lifecycle-scripts`.

        Raises:
            ValidationError: `ArgumentType`, `LifecyclePrefix`, `LifecycleEntryPoint`.
        """
        check(
            delivery_problems(bucket, prefix, overlay),
            path_problems("lifecycle_scripts.path", path),
            entry_point_problems(on_create, on_init_complete),
        )
        folder = ScriptFolder(
            path=Path(path).absolute(),
            overlay=None if overlay is None else Path(overlay).absolute(),
            on_create=on_create or on_init_complete or _ON_CREATE,
        )
        return cls(
            on_create=folder.on_create if on_init_complete is None else None,
            on_init_complete=on_init_complete,
            folder=folder,
            bucket=bucket,
            prefix=prefix.strip("/"),
        )

    @classmethod
    def from_bucket(
        cls,
        bucket: s3.IBucket,
        prefix: str = "",
        *,
        on_create: str | None = None,
        on_init_complete: str | None = None,
    ) -> Self:
        """Existing scripts in a bucket. The form, if any, is uploaded to the same prefix.

        Nodes run the current objects when they are created. Changes to the objects are not shown in
        a diff.

        Args:
            bucket: Bucket of the scripts.
            prefix: Key prefix of the scripts. Defaults to the root of the bucket.
            on_create: Object under the prefix that configures the whole node. It must start with
                `#!`. Defaults to `on_create.sh` unless `on_init_complete` is specified.
            on_init_complete: Object under the prefix that runs after the configuration by the AMI.
                Requires `ApiDrivenSlurm`.

        Raises:
            ValidationError: `ArgumentType`, `LifecyclePrefix`, `LifecycleEntryPoint`.
        """
        check(
            required("lifecycle_scripts.bucket", bucket, BUCKET),
            delivery_problems(None, prefix),
            entry_point_problems(on_create, on_init_complete),
        )
        return cls(
            on_create=on_create or (_ON_CREATE if on_init_complete is None else None),
            on_init_complete=on_init_complete,
            bucket=bucket,
            prefix=prefix.strip("/"),
        )

    def life_cycle_config(
        self, own: LifeCycleConfig | None, source_s3_uri: str
    ) -> LifeCycleConfig | None:
        """Lifecycle scripts of a group.

        Args:
            own: Lifecycle scripts specified for the group, if any.
            source_s3_uri: S3 URI of these scripts.
        """
        if own is None:
            return LifeCycleConfig(
                on_create=self.on_create,
                on_init_complete=self.on_init_complete,
                source_s3_uri=source_s3_uri,
            )
        if own.is_none:
            return None
        return replace(own, source_s3_uri=own.source_s3_uri or source_s3_uri)

    def folder_at(self, source_s3_uri: str) -> ScriptFolder | None:
        """The local folder, with the S3 URI to which it is uploaded."""
        return None if self.folder is None else replace(self.folder, source_s3_uri=source_s3_uri)

    def problems(self, orchestrator: Orchestrator) -> Iterator[Problem]:
        """The default scripts require Slurm, all require a folder or bucket, and nodes cannot write them."""
        yield from self._mount_problems()
        if self.folder is None and self.bucket is None:
            yield entry_point_problem(
                "lifecycle_scripts",
                self.on_create or self.on_init_complete,
                "is not in a folder or bucket",
                fix="use LifecycleScripts.default(...), .from_asset(...) or .from_bucket(...)",
            )
        if (
            isinstance(orchestrator, Eks)
            and self.folder is not None
            and self.folder.path == _default_folder()
        ):
            yield Problem(
                code="DefaultScripts",
                path="lifecycle_scripts",
                value=type(orchestrator).__name__,
                message="has no provisioning_params.json, which LifecycleScripts.default() "
                "requires",
                fix="omit lifecycle_scripts, or use LifecycleScripts.from_asset(...)",
            )

    def _mount_problems(self) -> Iterator[Problem]:
        """Nodes run the scripts as root, so a mount of the nodes cannot write them."""
        mounts = () if self.steps is None else self.steps.s3_mounts
        if self.bucket is None or not isinstance(mounts, tuple):
            return
        prefix = f"{self.prefix}/" if self.prefix else ""
        for index, mount in enumerate(mounts):
            if (
                isinstance(mount, S3Mount)
                and mount.read_only is False
                and isinstance(mount.prefix, str)
                and getattr(mount.bucket, "bucket_name", None) == self.bucket.bucket_name
                and (prefix.startswith(mount.key_prefix) or mount.key_prefix.startswith(prefix))
            ):
                yield Problem(
                    code="S3MountOfScripts",
                    path=f"lifecycle_scripts.s3_mounts[{index}].prefix",
                    value=mount.prefix,
                    message=f"contains the lifecycle scripts, which are in {prefix or '/'!r} of the "
                    "same bucket: every user could replace what nodes run as root",
                    fix="use another bucket, a prefix beside that of the scripts, or read_only=True",
                )


def scripts_problems(path: str, scripts: object) -> Iterator[Problem]:
    """Scripts must be created with a method of `LifecycleScripts`."""
    yield from optional(path, scripts, LifecycleScripts)
    if isinstance(scripts, LifecycleScripts):
        yield from optional(f"{path}.folder", scripts.folder, ScriptFolder)
        yield from delivery_problems(scripts.bucket, scripts.prefix)
        yield from optional(f"{path}.on_create", scripts.on_create, str)
        yield from optional(f"{path}.on_init_complete", scripts.on_init_complete, str)


def scripts_of(
    given: LifecycleScripts | None, orchestrator: Orchestrator
) -> LifecycleScripts | None:
    """What nodes run: the specified scripts, or those of the orchestrator.

    With `ApiDrivenSlurm`, the default scripts extend the configuration by the AMI.
    """
    if given is None:
        return default_scripts(orchestrator)
    if (
        isinstance(orchestrator, ApiDrivenSlurm)
        and isinstance(given, LifecycleScripts)
        and given.steps is not None
        and given.folder is not None
    ):
        return replace(
            given,
            on_create=None,
            on_init_complete=_ON_INIT_COMPLETE,
            folder=replace(given.folder, on_create=_ON_INIT_COMPLETE),
        )
    return given


def default_scripts(orchestrator: Orchestrator) -> LifecycleScripts | None:
    """Default lifecycle scripts of an orchestrator; None if the AMI configures the nodes."""
    if isinstance(orchestrator, ApiDrivenSlurm):
        return None
    if isinstance(orchestrator, Eks):
        folder = getattr(orchestrator.cluster, "node_scripts", _EKS_FOLDER)
        return LifecycleScripts.from_asset(folder)
    return LifecycleScripts.default()


def _default_folder() -> Path:
    package = Path(__file__).parents[1]
    installed = package / "_lifecycle_scripts"
    return installed if installed.is_dir() else package.parent / "lifecycle_scripts"
