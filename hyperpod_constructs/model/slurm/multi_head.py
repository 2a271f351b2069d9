"""Resources shared by multiple controllers: an accounting database, a topic and a directory.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-multihead-slurm-setup.html
"""

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from hyperpod_constructs.model.groups.instance_group import InstanceGroup, NodeType
from hyperpod_constructs.model.groups.storage import LUSTRE_MOUNT_PATH, FileSystemMount
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.value_class import value_class

from .slurm_configurations import SlurmConfigurations

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_rds as rds
    from aws_cdk import aws_secretsmanager as secretsmanager
    from aws_cdk import aws_sns as sns

_PATH = "orchestrator.multi_head"


@value_class(frozen=True, kw_only=True, slots=True)
class MultiHead:
    """Two or more controllers, one active and the others on standby.

    `HyperPodCluster` creates the resources that are not specified, opens the database to the nodes,
    and grants the controllers access to the secret and the topic.

    Attributes:
        database: MySQL or MariaDB server for Slurm accounting, such as an `rds.DatabaseInstance`.
            By default, an encrypted RDS for MariaDB instance in two Availability Zones is created,
            which takes 20 minutes or more.
        secret: Secret with the `username` and `password` of the database. Defaults to the secret of
            `database`.
        database_user: User of the database. Defaults to `admin`.
        database_subnets: Subnets of the created database, in at least two Availability Zones.
            Defaults to the isolated subnets of the VPC, or its private subnets if there are none.
        deletion_protection: Whether the created database is protected from deletion. Defaults to
            True: deploy with `False` before deleting the cluster.
        topic: Topic to which failovers are published. By default, a topic is created.
        shared_directory: Directory on a file system of the cluster for the state of slurmctld.
            Defaults to `/fsx`.
    """

    database: "rds.IDatabaseInstance | None" = None
    secret: "secretsmanager.ISecret | None" = None
    database_user: str = "admin"
    database_subnets: "ec2.SubnetSelection | None" = None
    deletion_protection: bool = True
    topic: "sns.ITopic | None" = None
    shared_directory: str = LUSTRE_MOUNT_PATH

    @property
    def database_secret(self) -> "secretsmanager.ISecret | None":
        """Secret of the database, if known."""
        found: secretsmanager.ISecret | None = self.secret or getattr(self.database, "secret", None)
        return found

    def slurm_configurations(self) -> SlurmConfigurations | None:
        """Block of the provisioning form; None if there is no database yet."""
        if self.database is None or self.database_secret is None:
            return None
        return SlurmConfigurations(
            slurm_database_secret_arn=self.database_secret.secret_arn,
            slurm_database_endpoint=self.database.db_instance_endpoint_address,
            slurm_shared_directory=self.shared_directory,
            slurm_database_user=self.database_user,
            slurm_sns_arn=None if self.topic is None else self.topic.topic_arn,
        )

    def problems(
        self,
        groups: Iterable[InstanceGroup],
        file_systems: Iterable[FileSystemMount],
        *,
        has_other_mounts: bool,
    ) -> Iterator[Problem]:
        """Multiple controllers require a database, its secret and a shared directory.

        The directory is an error where nothing else can mount a file system, since the default
        scripts then fail. Own scripts and AMIs can mount others.
        """
        yield from self._database_problems()
        for index, group in enumerate(groups):
            count = group.count if isinstance(group.count, int) else 0
            if group.node_type is NodeType.CONTROLLER and count == 1:
                yield Problem(
                    code="ControllerCount",
                    path=f"instance_groups[{index}].count",
                    value=count,
                    message="is one controller, and multi_head requires two or more",
                    fix="use count=2, or omit multi_head",
                )
        mounts = [mount.mount_path for mount in file_systems]
        if not is_unresolved(self.shared_directory) and not any(
            is_unresolved(mount) or PurePosixPath(self.shared_directory).is_relative_to(mount)
            for mount in mounts
        ):
            yield Problem(
                code="SharedDirectory",
                path=f"{_PATH}.shared_directory",
                value=self.shared_directory,
                message="is not on a file system that the cluster mounts, and the controllers share "
                "the state of Slurm there; your scripts or AMI must mount one at this path"
                if has_other_mounts
                else "is not on a file system that the cluster mounts, and the controllers fail to "
                "start without one",
                fix="pass file_systems=[hp.FileSystem.lustre(...)], which is mounted at /fsx",
                severity=Severity.WARNING if has_other_mounts else Severity.ERROR,
            )

    def _database_problems(self) -> Iterator[Problem]:
        """A database requires its secret. A secret or subnets require a matching database."""
        if self.database is not None and self.database_secret is None:
            yield Problem(
                code="MultiHeadSecret",
                path=f"{_PATH}.secret",
                value=None,
                message="is required, since the database has no secret",
                fix="pass the secret with the password of database_user",
            )
        if self.secret is not None and self.database is None:
            yield Problem(
                code="MultiHeadDatabase",
                path=f"{_PATH}.secret",
                value=self.secret.secret_arn,
                message="is the secret of a database that is not specified",
                fix="pass database=, or omit secret",
            )
        if self.database_subnets is not None and self.database is not None:
            yield Problem(
                code="MultiHeadDatabase",
                path=f"{_PATH}.database_subnets",
                value=type(self.database).__name__,
                message="are for a created database, and database is specified",
                fix="omit one of them",
            )
