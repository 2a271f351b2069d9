"""Slurm's accounting: who used how much, kept by slurmdbd in a MariaDB or MySQL database.

Sources: https://slurm.schedmd.com/accounting.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-multihead-slurm-setup.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from hyperpod_constructs.model.problem import Problem, wrong_type
from hyperpod_constructs.model.slurm.accounting_database import DEFAULT_DATABASE_NAME, DEFAULT_PORT
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.value_checks import secret_problems, text_problems

if TYPE_CHECKING:
    from aws_cdk import aws_secretsmanager as secretsmanager


_HOST_NAME = r"[a-zA-Z0-9]([a-zA-Z0-9.-]{0,253}[a-zA-Z0-9])?"
_DATABASE = r"[a-zA-Z0-9$_]{1,64}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Accounting:
    """Where slurmdbd, which runs on the controller, keeps its records; made with `local` or `external`.

    Attributes:
        endpoint: Host name of an external database.
        secret: Secret with the user and the password of an external database.
        port: Port of an external database.
        database: Name of the database within an external one.
    """

    endpoint: str | None = None
    secret: "secretsmanager.ISecret | None" = None
    port: int | None = None
    database: str | None = None

    @classmethod
    def local(cls) -> Self:
        """MariaDB on the controller; the records are lost when the controller is replaced."""
        return cls()

    @classmethod
    def external(
        cls,
        *,
        endpoint: str,
        secret: "secretsmanager.ISecret",
        port: int = DEFAULT_PORT,
        database: str = DEFAULT_DATABASE_NAME,
    ) -> Self:
        """A MariaDB or MySQL database of your own, such as Amazon RDS or Aurora.

        The nodes need a way to it: `database.connections.allow_default_port_from(cluster)`.

        Args:
            endpoint: Host name of the database.
            secret: Secret with the JSON keys `username` and `password`, as RDS writes it. The
                controller reads it when it starts. The user may create databases.
            port: TCP port. 3306 when left out.
            database: Name of the database, made by slurmdbd if it is not there. `slurm_acct_db`
                when left out. Two clusters of one name cannot share one.
        """
        return cls(endpoint=endpoint, secret=secret, port=port, database=database)

    @property
    def is_external(self) -> bool:
        """Whether the database is not on the controller."""
        return self != Accounting()

    def to_dict(self) -> dict[str, Any]:
        """What a node reads."""
        if self.secret is None:
            return {}
        return {
            "endpoint": self.endpoint,
            "port": self.port,
            "secret_arn": self.secret.secret_arn,
            "database": self.database,
        }

    def problems(self, path: str) -> Iterator[Problem]:
        """What is wrong with this value.

        The codes are `ArgumentType`, `DatabaseEndpoint`, `DatabasePort` and `DatabaseName`.
        """
        if not self.is_external:
            return
        yield from text_problems(
            f"{path}.endpoint",
            self.endpoint,
            code="DatabaseEndpoint",
            pattern=_HOST_NAME,
            message="must be a host name alone, without a scheme or a port",
            example="slurm.abcdefghijkl.us-west-2.rds.amazonaws.com",
        )
        yield from secret_problems(f"{path}.secret", self.secret)
        yield from self._port_problems(f"{path}.port")
        yield from text_problems(
            f"{path}.database",
            self.database,
            code="DatabaseName",
            pattern=_DATABASE,
            message="must be 1 to 64 letters, digits, underscores and dollar signs",
            example=DEFAULT_DATABASE_NAME,
        )

    def _port_problems(self, path: str) -> Iterator[Problem]:
        port: object = self.port
        if is_unresolved(port):
            return
        if not isinstance(port, int) or isinstance(port, bool):
            yield wrong_type(path, port, "a whole number")
        elif not 1 <= port <= 65535:  # noqa: PLR2004 - the ports of TCP
            yield Problem(
                code="DatabasePort",
                path=path,
                value=port,
                message="is not a TCP port",
                fix=f"use 1 to 65535; MariaDB and MySQL listen on {DEFAULT_PORT}",
            )
