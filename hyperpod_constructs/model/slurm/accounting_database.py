"""An external database for the accounting of an API-driven Slurm cluster.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterAccountingDatabase.html
"""

from typing import TYPE_CHECKING

from hyperpod_constructs.model.references import SecretReference
from hyperpod_constructs.model.value_class import value_class

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_secretsmanager as secretsmanager

DEFAULT_PORT = 3306
DEFAULT_DATABASE_NAME = "slurm_acct_db"


@value_class(frozen=True, kw_only=True, slots=True)
class AccountingDatabase:
    """A MySQL or MariaDB server for Slurm accounting. Requires continuous provisioning.

    A cluster with an external database cannot be changed back to the database on its controller.

    Attributes:
        endpoint: Host name of the server.
        secret: Secret with the `username` and `password` of a user that can create the database.
            `HyperPodCluster` requires the CDK object, to which it grants the nodes access.
        port: Port of the server. Defaults to 3306.
        name: Name of the database. Defaults to `slurm_acct_db`. Clusters that share a server
            require different names.
        connectable: Resource whose port to open for the nodes, such as an RDS instance. None by
            default.
    """

    endpoint: str
    secret: "secretsmanager.ISecret | SecretReference"
    port: int = DEFAULT_PORT
    name: str = DEFAULT_DATABASE_NAME
    connectable: "ec2.IConnectable | None" = None
