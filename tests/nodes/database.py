"""An external database, on a host of its own, and the secret that opens it."""

import json
from types import TracebackType
from typing import Any, ClassVar, Self
from uuid import uuid4

import boto3
from moto.server import ThreadedMotoServer

from tests.documentation.pages import blocks
from tests.synth import ROOT

from .cluster import API_PORT, Cluster

MASTER = "admin"
OF_MASTERS = (
    "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, PROCESS, REFERENCES, INDEX, ALTER",
    "SHOW DATABASES, CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, REPLICATION SLAVE",
    "REPLICATION CLIENT, CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, CREATE USER",
    "EVENT, TRIGGER",
)
"""What a master user of MariaDB can do: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.MasterAccounts.html."""
LIMITED = "slurm"


class Database:
    """MariaDB and Secrets Manager, as RDS would give them to a cluster.

    Attributes:
        user: The user in the secret: that of the server, or the one of the documentation.
    """

    PASSWORD: ClassVar[str] = "p4ss#w\\rd%25"

    def __init__(self, cluster: Cluster, user: str) -> None:
        self.user = user
        self._cluster = cluster
        self._host = cluster.new_host()
        self.name = "database.rds.amazonaws.com"
        cluster.others.append(self._host)
        cluster.network.names.addresses[self.name] = self._host.address
        self._api = ThreadedMotoServer(cluster.network.gateway, API_PORT, verbose=False)
        self.secret_arn = ""

    @property
    def argument(self) -> dict[str, Any]:
        """What steps.json says of it."""
        return {"endpoint": self.name, "port": 3306, "secret_arn": self.secret_arn}

    def __enter__(self) -> Self:
        self._api.start()
        client = boto3.client(
            "secretsmanager",
            region_name="us-west-2",
            endpoint_url=f"http://{self._cluster.network.gateway}:{API_PORT}",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        secret = json.dumps({"username": self.user, "password": self.PASSWORD})
        self.secret_arn = client.create_secret(Name=str(uuid4()), SecretString=secret)["ARN"]
        self._host.write(
            "/etc/mysql/mariadb.conf.d/99-everywhere.cnf", "[mysqld]\nbind-address = 0.0.0.0\n"
        )
        self._host.boot()
        self._host.run("systemctl start mariadb")
        escaped = self.PASSWORD.replace("\\", "\\\\")
        self.query(self._statements().replace("<password>", escaped))
        return self

    def query(self, statements: str) -> str:
        """What MariaDB answers to root of its host."""
        return self._host.run("mariadb --skip-column-names --raw", text=statements)

    def _statements(self) -> str:
        if self.user == LIMITED:
            (block,) = blocks(ROOT / "docs" / "security.md", "sql")
            return block.text
        return (
            f"CREATE USER '{MASTER}'@'%' IDENTIFIED BY '<password>';"
            f"GRANT {', '.join(OF_MASTERS)} ON *.* TO '{MASTER}'@'%' WITH GRANT OPTION;"
        )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._api.stop()
