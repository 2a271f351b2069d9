"""What several controllers share: an accounting database, a topic, a directory.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-multihead-slurm-setup.html
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from hyperpod_constructs.model.groups.instance_group import InstanceGroup, NodeType
from hyperpod_constructs.model.groups.storage import LUSTRE_MOUNT_PATH, FileSystemMount
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.tokens import is_unresolved

from .slurm_configurations import SlurmConfigurations

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_rds as rds
    from aws_cdk import aws_secretsmanager as secretsmanager
    from aws_cdk import aws_sns as sns

_PATH = "orchestrator.multi_head"


@dataclass(frozen=True, kw_only=True, slots=True)
class MultiHead:
    """Two and more controllers, one of which works while the others wait.

    `HyperPodCluster` makes what is left out, opens the database to the nodes, and lets the
    controllers read the secret and publish to the topic.

    Attributes:
        database: MySQL or MariaDB server of one's own for Slurm's accounting, such as an
            `rds.DatabaseInstance`. When left out RDS for MariaDB is made, encrypted, in two
            availability zones; it takes 20 minutes and more.
        secret: Secret with `username` and `password` of the database. That of `database` when left
            out.
        database_user: User of the database, `admin` by default.
        database_subnets: Subnets of the database that is made, in two availability zones and
            more. When left out the isolated subnets of the VPC, or its private ones.
        deletion_protection: Whether the database that is made can not be deleted. It can not by
            default: deploy with `False` before the cluster is destroyed.
        topic: Topic that is told of a failover. One is made when left out.
        shared_directory: Directory on a file system of the cluster for the state of slurmctld,
            `/fsx` by default.
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
        """The secret of the database, if it is known."""
        found: secretsmanager.ISecret | None = self.secret or getattr(self.database, "secret", None)
        return found

    def slurm_configurations(self) -> SlurmConfigurations | None:
        """The block of the form, as soon as there is a database."""
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
        self, groups: Iterable[InstanceGroup], file_systems: Iterable[FileSystemMount]
    ) -> Iterator[Problem]:
        """What is wrong with several controllers in a cluster of these groups and file systems."""
        yield from self._database_problems()
        for index, group in enumerate(groups):
            count = group.count if isinstance(group.count, int) else 0
            if group.node_type is NodeType.CONTROLLER and count == 1:
                yield Problem(
                    code="ControllerCount",
                    path=f"instance_groups[{index}].count",
                    value=count,
                    message="is one controller, and multi_head is for several",
                    fix="use count=2, or leave multi_head out",
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
                message="is on no file system that the controllers share",
                fix="pass file_systems=[hp.FileSystem.lustre(...)], which is mounted at /fsx",
            )

    def _database_problems(self) -> Iterator[Problem]:
        if self.database is not None and self.database_secret is None:
            yield Problem(
                code="MultiHeadSecret",
                path=f"{_PATH}.secret",
                value=None,
                message="is needed, since the database does not know its secret",
                fix="pass the secret with the password of database_user",
            )
        if self.secret is not None and self.database is None:
            yield Problem(
                code="MultiHeadDatabase",
                path=f"{_PATH}.secret",
                value=self.secret.secret_arn,
                message="is the secret of a database that was not given",
                fix="pass database=, or leave secret out",
            )
        if self.database_subnets is not None and self.database is not None:
            yield Problem(
                code="MultiHeadDatabase",
                path=f"{_PATH}.database_subnets",
                value=type(self.database).__name__,
                message="are for a database that is made, and database was given",
                fix="leave one of them out",
            )
