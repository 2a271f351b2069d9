"""Slurm accounting: slurmdbd with a MariaDB or MySQL database.

Sources: https://slurm.schedmd.com/accounting.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-multihead-slurm-setup.html
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from hyperpod_constructs.model.node_patterns import DATABASE_NAME, HOST_NAME
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.slurm.accounting_database import DEFAULT_DATABASE_NAME, DEFAULT_PORT
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.type_checks import having, optional, wrong_type
from hyperpod_constructs.model.value_checks import secret_problems, text_problems
from hyperpod_constructs.model.value_class import value_class

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_secretsmanager as secretsmanager

DEFAULT_BACKUP = 5
MINUTES_OF_A_DAY = 1440

_CONNECTABLE = optional(
    having("connections", "what has security groups, such as an rds.DatabaseInstance")
)


@value_class(frozen=True, kw_only=True, slots=True)
class Accounting:
    """The database of slurmdbd, which runs on the controller. Use `local` or `external`.

    Attributes:
        endpoint: Host name of an external database.
        secret: Secret with the credentials of an external database.
        port: Port of an external database.
        database: Name of the database on an external server.
        connectable: Resource of an external database whose port to open for the nodes.
        backup: Minutes between two backups of MariaDB on the controller, if there are backups.
    """

    endpoint: str | None = None
    secret: "secretsmanager.ISecret | None" = None
    port: int | None = None
    database: str | None = None
    connectable: "ec2.IConnectable | None" = None
    backup: int | None = None

    @classmethod
    def local(cls, *, backup: int | None = DEFAULT_BACKUP) -> Self:
        """MariaDB on the controller.

        The controller writes the records to the bucket of the lifecycle scripts, and a controller
        that replaces it restores them. The role of the controllers is granted access to one prefix.

        There are no backups with the role of `execution_role`, of the cluster or of the controllers,
        and with `users_on_controllers`, since users could read and replace them.

        Args:
            backup: Minutes between two backups, from 1 to 1440, if there are new records. Defaults to
                5. The controller also writes one when it shuts down. None disables backups: records
                are lost if the controller is replaced.
        """
        return cls(backup=backup)

    @classmethod
    def external(
        cls,
        *,
        endpoint: str,
        secret: "secretsmanager.ISecret",
        port: int = DEFAULT_PORT,
        database: str = DEFAULT_DATABASE_NAME,
        connectable: "ec2.IConnectable | None" = None,
    ) -> Self:
        """An external MariaDB or MySQL database, such as Amazon RDS or Aurora.

        The nodes must be able to connect to it. Pass the database as `connectable` to open its port
        for them, also if it is in another stack.

        Args:
            endpoint: Host name of the database.
            secret: Secret with the JSON keys `username` and `password`, as created by RDS. The
                controller reads it at startup. The user must be able to create databases.
            port: TCP port. Defaults to 3306.
            database: Name of the database, created by slurmdbd if it does not exist. Defaults to
                `slurm_acct_db`. Clusters of the same name cannot share a database.
            connectable: Resource whose port to open for the nodes, such as an RDS instance. None by
                default.
        """
        return cls(
            endpoint=endpoint,
            secret=secret,
            port=port,
            database=database,
            connectable=connectable,
        )

    @property
    def is_external(self) -> bool:
        """Whether the database is external."""
        return replace(self, backup=None) != Accounting()

    def to_dict(self) -> dict[str, Any]:
        """The configuration that nodes read."""
        if self.secret is None:
            return {}
        return {
            "endpoint": self.endpoint,
            "port": self.port,
            "secret_arn": self.secret.secret_arn,
            "database": self.database,
        }

    def problems(self, path: str) -> Iterator[Problem]:
        """An external database requires a valid endpoint, secret, port and name.

        The codes are `ArgumentType`, `AccountingBackup`, `DatabaseEndpoint`, `DatabasePort` and
        `DatabaseName`.
        """
        if not self.is_external:
            yield from self._backup_problems(f"{path}.backup")
            return
        yield from text_problems(
            f"{path}.endpoint",
            self.endpoint,
            code="DatabaseEndpoint",
            pattern=HOST_NAME,
            message="must be a host name without a scheme or a port",
            example="slurm.abcdefghijkl.us-west-2.rds.amazonaws.com",
        )
        yield from secret_problems(f"{path}.secret", self.secret)
        yield from self._port_problems(f"{path}.port")
        yield from _CONNECTABLE(f"{path}.connectable", self.connectable)
        yield from text_problems(
            f"{path}.database",
            self.database,
            code="DatabaseName",
            pattern=DATABASE_NAME,
            message="must be 1 to 64 letters, digits, underscores and dollar signs",
            example=DEFAULT_DATABASE_NAME,
        )

    def _backup_problems(self, path: str) -> Iterator[Problem]:
        """The controller writes backups at most once a minute, and at least once a day."""
        minutes: object = self.backup
        if minutes is None:
            return
        if not isinstance(minutes, int) or isinstance(minutes, bool):
            yield wrong_type(path, minutes, "a number of minutes, or None")
        elif not 1 <= minutes <= MINUTES_OF_A_DAY:
            yield Problem(
                code="AccountingBackup",
                path=path,
                value=minutes,
                message=f"is not a number of minutes from 1 to {MINUTES_OF_A_DAY}",
                fix="use a number in this range, or None",
            )

    def _port_problems(self, path: str) -> Iterator[Problem]:
        """The port must be a TCP port."""
        port: object = self.port
        if not isinstance(port, list | tuple) and is_unresolved(port):
            return
        if not isinstance(port, int) or isinstance(port, bool):
            yield wrong_type(path, port, "a whole number")
        elif not 1 <= port <= 65535:  # noqa: PLR2004 - the ports of TCP
            yield Problem(
                code="DatabasePort",
                path=path,
                value=port,
                message="is not a valid TCP port",
                fix=f"use 1 to 65535; MariaDB and MySQL listen on {DEFAULT_PORT}",
            )
