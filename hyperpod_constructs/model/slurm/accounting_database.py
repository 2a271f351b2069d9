"""A database of one's own for the accounting of an API-driven Slurm cluster.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterAccountingDatabase.html
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hyperpod_constructs.model.references import SecretReference

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_secretsmanager as secretsmanager

DEFAULT_PORT = 3306
DEFAULT_DATABASE_NAME = "slurm_acct_db"


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountingDatabase:
    """A MySQL or MariaDB server for Slurm's accounting. Needs continuous provisioning.

    A cluster that has one cannot go back to the database on its controller.

    Attributes:
        endpoint: Host name of the server.
        secret: Secret with `username` and `password` of a user that may create the database.
        port: Port of the server, 3306 by default.
        name: Name of the database, `slurm_acct_db` by default. Clusters that share a server need
            different names.
        connectable: What to open the port of for the nodes, such as an RDS instance. Nothing is
            opened when left out.
    """

    endpoint: str
    secret: "secretsmanager.ISecret | SecretReference"
    port: int = DEFAULT_PORT
    name: str = DEFAULT_DATABASE_NAME
    connectable: "ec2.IConnectable | None" = None
