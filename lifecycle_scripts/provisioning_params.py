"""The form beside these scripts, as nodes read it: who is what in Slurm, and what to mount."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import patterns
from json_object import JsonObject
from lifecycle_error import LifecycleError

FORM_NAMES = ("provisioning_params.json", "provisioning_parameters.json")


class NodeType(Enum):
    """What a node is in Slurm."""

    CONTROLLER = "controller"
    LOGIN = "login"
    WORKER = "worker"


@dataclass(frozen=True)
class SlurmConfigurations:
    """What several controllers share; the fields have the names that they have in the form."""

    slurm_database_endpoint: str
    slurm_database_secret_arn: str
    slurm_database_user: str | None
    slurm_shared_directory: str
    slurm_sns_arn: str | None

    @classmethod
    def read(cls, fields: JsonObject) -> SlurmConfigurations:
        """Reads `slurm_configurations`."""
        return cls(
            slurm_database_endpoint=fields.text("slurm_database_endpoint", patterns.HOST_NAME),
            slurm_database_secret_arn=fields.text("slurm_database_secret_arn", patterns.SECRET_ARN),
            slurm_database_user=fields.optional_text("slurm_database_user", patterns.DATABASE_USER),
            slurm_shared_directory=fields.text(
                "slurm_shared_directory", patterns.SHARED_DIRECTORY
            ).rstrip("/"),
            slurm_sns_arn=fields.optional_text("slurm_sns_arn", patterns.TOPIC_ARN),
        )


@dataclass(frozen=True)
class ProvisioningParams:
    """The form; its fields have the names that they have in the file."""

    path: Path
    controller_group: str
    login_group: str | None
    worker_groups: list[str]
    fsx_dns_name: str | None
    fsx_mountname: str | None
    fsx_openzfs_dns_name: str | None
    slurm_configurations: SlurmConfigurations | None

    @classmethod
    def read(cls, folder: Path) -> ProvisioningParams:
        """Reads the form of a folder, under the first of its two names that is there."""
        path = _find(folder)
        form = JsonObject.read(path)
        if form.text("workload_manager", r"\w+") != "slurm":
            raise LifecycleError(f"{path}: workload_manager is not 'slurm'")
        for given, missing in (
            ("fsx_dns_name", "fsx_mountname"),
            ("fsx_mountname", "fsx_dns_name"),
        ):
            if form.has(given) and not form.has(missing):
                raise LifecycleError(f"{path}: {given} is given without {missing}")
        shared = (
            form.optional_object("slurm_configurations")
            if form.has("slurm_configurations")
            else None
        )
        return cls(
            path=path,
            controller_group=form.text("controller_group", patterns.CLUSTER_NAME),
            login_group=form.optional_text("login_group", patterns.CLUSTER_NAME),
            worker_groups=[
                group.text("instance_group_name", patterns.CLUSTER_NAME)
                for group in form.objects("worker_groups")
            ],
            fsx_dns_name=form.optional_text("fsx_dns_name", patterns.HOST_NAME),
            fsx_mountname=form.optional_text("fsx_mountname", patterns.MOUNT_NAME),
            fsx_openzfs_dns_name=form.optional_text("fsx_openzfs_dns_name", patterns.HOST_NAME),
            slurm_configurations=SlurmConfigurations.read(shared) if shared else None,
        )

    def node_type(self, group: str) -> NodeType:
        """What the nodes of a group are; the first place that names the group counts."""
        if group == self.controller_group:
            return NodeType.CONTROLLER
        if group == self.login_group:
            return NodeType.LOGIN
        if group in self.worker_groups:
            return NodeType.WORKER
        raise LifecycleError(f"{self.path}: the group of this node, '{group}', is not named")


def _find(folder: Path) -> Path:
    for name in FORM_NAMES:
        if (folder / name).exists():
            return folder / name
    raise LifecycleError(f"{folder}: there is no {' or '.join(FORM_NAMES)}")
