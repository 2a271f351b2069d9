"""What nodes run when they are created.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-lifecycle-best-practices-slurm.html
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Self

from aws_cdk import aws_s3 as s3

from hyperpod_constructs.cdk.object_checks import BUCKET, check, optional, required
from hyperpod_constructs.model.groups.life_cycle_config import LifeCycleConfig
from hyperpod_constructs.model.node_steps.accounting import Accounting
from hyperpod_constructs.model.node_steps.directory_service import DirectoryService
from hyperpod_constructs.model.node_steps.lifecycle_steps import (
    Containers,
    LifecycleSteps,
    MetricsExporters,
)
from hyperpod_constructs.model.node_steps.s3_mount import S3Mount
from hyperpod_constructs.model.node_steps.users import Users
from hyperpod_constructs.model.orchestrator import ApiDrivenSlurm, Eks, Orchestrator
from hyperpod_constructs.model.problem import Problem, wrong_type
from hyperpod_constructs.model.script_folder import ScriptFolder
from hyperpod_constructs.model.tokens import is_unresolved

DEFAULT_PREFIX = "lifecycle-scripts"
_ON_CREATE = "on_create.sh"
_EKS_FOLDER = Path(__file__).parent / "eks"
_PREFIX = re.compile(r"[A-Za-z0-9/._-]{0,60}")


@dataclass(frozen=True, kw_only=True, slots=True)
class LifecycleScripts:
    """The scripts of a cluster's nodes; made with `default`, `from_asset` or `from_bucket`.

    Attributes:
        on_create: File that a node runs as root, in the folder of the scripts, in place of the
            machine image's own configuration.
        on_init_complete: File that it runs after the machine image has configured the node.
        folder: The scripts, if they lie on this machine.
        bucket: Bucket they go to, or lie in already. Made with the cluster when left out.
        prefix: Key prefix in the bucket.
        steps: What the scripts of this library do, written beside them.
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
        ssh_between_nodes: bool = True,
        log_rotation: bool = True,
        containers: Containers | None = None,
        metrics: MetricsExporters | None = None,
        directory_service: DirectoryService | None = None,
        s3_mounts: Sequence[S3Mount] = (),
        packages_preinstalled: bool = False,
    ) -> Self:
        """The scripts of this library: mount the file systems, start Slurm, and the steps named here.

        The steps are written to `steps.json` beside the scripts. They are judged with the cluster,
        as its instance groups are. Nodes read the secrets and buckets with their roles, which are
        granted them.

        Args:
            overlay: Folder whose files replace those of the same name, or join them; scripts in
                its folder `site` run last, in order of their names, on every node. Nothing is
                replaced when left out.
            bucket: Bucket of your own. A private, versioned bucket that outlives the cluster is
                made when left out.
            prefix: Key prefix in the bucket, followed by the cluster and a digest of the content.
            accounting: As for `LifecycleSteps`: MariaDB on the controller by default. Several
                controllers always have the database that they share, with `None` as well.
            users: As for `LifecycleSteps`: none by default.
            ssh_between_nodes: As for `LifecycleSteps`: on by default.
            log_rotation: As for `LifecycleSteps`: on by default.
            containers: As for `LifecycleSteps`: those of the machine image by default. Needs the
                internet.
            metrics: As for `LifecycleSteps`: none by default. Needs the internet.
            directory_service: As for `LifecycleSteps`: none by default. Needs the internet.
            s3_mounts: As for `LifecycleSteps`: none by default. Needs the internet.
            packages_preinstalled: As for `LifecycleSteps`: by default steps that need the internet
                are refused in isolated subnets.

        Raises:
            ValidationError: `ArgumentType`, `LifecyclePrefix`; the codes of the steps are raised by
                the cluster.
        """
        check(
            _delivery_problems(bucket, prefix),
            _path_problems("lifecycle_scripts.overlay", overlay or ""),
        )
        folder = ScriptFolder(
            path=_default_folder(), overlay=None if overlay is None else Path(overlay).absolute()
        )
        steps = LifecycleSteps(
            accounting=accounting,
            users=users,
            ssh_between_nodes=ssh_between_nodes,
            log_rotation=log_rotation,
            containers=containers,
            metrics=metrics,
            directory_service=directory_service,
            s3_mounts=s3_mounts,
            packages_preinstalled=packages_preinstalled,
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
        """Scripts of your own, from a folder on this machine.

        Args:
            path: The folder. Links are followed.
            on_create: File of the folder that a node runs; it starts with `#!`, and prepares the
                node wholly. `on_create.sh` unless `on_init_complete` is given.
            on_init_complete: File of the folder that a node runs after the machine image has
                prepared it. For Slurm clusters whose topology stands in the request
                (`ApiDrivenSlurm`).
            overlay: Folder whose files replace those of the same name, or join them. Nothing is
                replaced when left out.
            bucket: As for `default`.
            prefix: As for `default`.

        Raises:
            ValidationError: `ArgumentType`, `LifecyclePrefix`, `LifecycleEntryPoint`.
        """
        check(
            _delivery_problems(bucket, prefix),
            _path_problems("lifecycle_scripts.path", path),
            _path_problems("lifecycle_scripts.overlay", overlay or ""),
            _entry_point_problems(on_create, on_init_complete),
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
        """Scripts that lie in a bucket already; if there is a form, it is written beside them.

        Nodes run whatever lies there when they are created, and a change of it shows in no diff.

        Args:
            bucket: The bucket.
            prefix: Key prefix of the scripts. The root of the bucket when left out.
            on_create: Object below the prefix that a node runs; as for `from_asset`.
            on_init_complete: As for `from_asset`.

        Raises:
            ValidationError: `ArgumentType`, `LifecyclePrefix`, `LifecycleEntryPoint`.
        """
        check(
            required("lifecycle_scripts.bucket", bucket, BUCKET),
            _delivery_problems(None, prefix),
            optional("lifecycle_scripts.on_create", on_create, str),
            optional("lifecycle_scripts.on_init_complete", on_init_complete, str),
            _entry_point_problems(on_create, on_init_complete),
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
        """What the nodes of a group run.

        Args:
            own: What the group says, if it says something.
            source_s3_uri: Where these scripts lie.
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
        """The folder, once it is known where its files will lie."""
        return None if self.folder is None else replace(self.folder, source_s3_uri=source_s3_uri)

    def problems(self, orchestrator: Orchestrator) -> Iterator[Problem]:
        """Why these scripts do not suit what schedules the jobs."""
        if (
            isinstance(orchestrator, ApiDrivenSlurm | Eks)
            and self.folder is not None
            and self.folder.path == _default_folder()
        ):
            yield Problem(
                code="DefaultScripts",
                path="lifecycle_scripts",
                value=type(orchestrator).__name__,
                message="has no provisioning_params.json, which LifecycleScripts.default() reads",
                fix="leave lifecycle_scripts out, or use LifecycleScripts.from_asset(...)",
            )


def default_scripts(orchestrator: Orchestrator) -> LifecycleScripts | None:
    """What nodes run where the user did not say: nothing where the machine image does it all."""
    if isinstance(orchestrator, ApiDrivenSlurm):
        return None
    if isinstance(orchestrator, Eks):
        return LifecycleScripts.from_asset(_EKS_FOLDER)
    return LifecycleScripts.default()


def _entry_point_problems(on_create: object, on_init_complete: object) -> Iterator[Problem]:
    if on_create is not None and on_init_complete is not None:
        yield Problem(
            code="LifecycleEntryPoint",
            path="lifecycle_scripts.on_init_complete",
            value=on_init_complete,
            message=f"is given beside on_create={on_create!r}, and a node runs one of them",
            fix="leave one of them out",
        )


def _path_problems(argument: str, path: object) -> Iterator[Problem]:
    if not isinstance(path, str | PathLike):
        yield wrong_type(argument, path, "a path, such as 'site_scripts'")


def _delivery_problems(bucket: object, prefix: object) -> Iterator[Problem]:
    yield from optional("lifecycle_scripts.bucket", bucket, BUCKET)
    if not isinstance(prefix, str):
        yield wrong_type("lifecycle_scripts.prefix", prefix, "a string")
    elif not is_unresolved(prefix) and not _PREFIX.fullmatch(prefix):
        yield Problem(
            code="LifecyclePrefix",
            path="lifecycle_scripts.prefix",
            value=prefix,
            message="must be at most 60 letters, digits, slashes, dots, underscores and hyphens",
            fix=f"use a prefix such as {DEFAULT_PREFIX!r}",
        )


def _default_folder() -> Path:
    package = Path(__file__).parents[1]
    installed = package / "_lifecycle_scripts"
    return installed if installed.is_dir() else package.parent / "lifecycle_scripts"
