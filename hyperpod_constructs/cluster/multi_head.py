"""Resources shared by multiple controllers: accounting database and topic.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-multihead-slurm-setup.html
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct

from hyperpod_constructs.cdk.construct_tree import path_of
from hyperpod_constructs.model.orchestrator import Orchestrator, Slurm
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.slurm.multi_head import MultiHead
from hyperpod_constructs.model.slurm.slurm_configurations import SlurmConfigurations
from hyperpod_constructs.network.subnets import known_zone, selected_subnets

if TYPE_CHECKING:
    from aws_cdk import aws_rds as rds
    from aws_cdk import aws_sns as sns

_ZONES = 2


class MultiHeadResources(Construct):
    """Database and topic of multiple controllers, created or specified.

    Attributes: `database`; `slurm_configurations`, the block of the form.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        multi_head: MultiHead,
        vpc: ec2.IVpc,
        subnets: Sequence[ec2.ISubnet],
    ) -> None:
        """Creates the resources that are not specified.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            multi_head: Specified resources and settings.
            vpc: VPC of the nodes.
            subnets: Subnets of the created database.
        """
        super().__init__(scope, id)
        self.database = multi_head.database or self._make_database(multi_head, vpc, subnets)
        self._topic = multi_head.topic or self._make_topic()
        complete = replace(multi_head, database=self.database, topic=self._topic)
        self._secret = complete.database_secret
        self.slurm_configurations = cast("SlurmConfigurations", complete.slurm_configurations())

    @property
    def constructs(self) -> list[IConstruct]:
        """Constructs that the controllers depend on."""
        given = (self.database, self._secret, self._topic)
        return [self, *(construct for construct in given if construct is not None)]

    @property
    def controller_grants(self) -> list[Callable[[iam.IRole], object]]:
        """Grants of the controllers in addition to the form: customer managed keys."""
        grants: list[Callable[[iam.IRole], object]] = []
        if self._secret is not None and self._secret.encryption_key is not None:
            grants.append(self._secret.encryption_key.grant_decrypt)
        if self._topic.master_key is not None:
            grants.append(self._topic.master_key.grant_encrypt_decrypt)
        return grants

    def _make_topic(self) -> "sns.Topic":
        from aws_cdk import aws_sns as sns  # noqa: PLC0415

        return sns.Topic(
            self, "Topic", display_name="HyperPod controller failover", enforce_ssl=True
        )

    def _make_database(
        self, multi_head: MultiHead, vpc: ec2.IVpc, subnets: Sequence[ec2.ISubnet]
    ) -> "rds.DatabaseInstance":
        # Large modules, which only clusters with several controllers load.
        from aws_cdk import aws_rds as rds  # noqa: PLC0415

        return rds.DatabaseInstance(
            self,
            "Database",
            engine=rds.DatabaseInstanceEngine.maria_db(
                version=rds.MariaDbEngineVersion.VER_11_4_10
            ),
            instance_type=ec2.InstanceType.of(ec2.InstanceClass.M7G, ec2.InstanceSize.LARGE),
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnets=list(subnets)),
            credentials=rds.Credentials.from_generated_secret(multi_head.database_user),
            multi_az=True,
            storage_type=rds.StorageType.GP3,
            allocated_storage=100,
            storage_encrypted=True,
            deletion_protection=multi_head.deletion_protection,
        )


def makes_database(orchestrator: Orchestrator) -> bool:
    """Whether a database for multiple controllers is created."""
    return (
        isinstance(orchestrator, Slurm)
        and orchestrator.multi_head is not None
        and orchestrator.multi_head.database is None
    )


def database_subnets_of(orchestrator: Orchestrator, vpc: ec2.IVpc) -> list[ec2.ISubnet]:
    """Subnets of the created database: those selected, the isolated ones, or the private ones."""
    multi_head = orchestrator.multi_head if isinstance(orchestrator, Slurm) else None
    if multi_head is not None and multi_head.database_subnets is not None:
        return selected_subnets(vpc, multi_head.database_subnets)
    return [*vpc.isolated_subnets] or [*vpc.private_subnets]


def multi_head_problems(orchestrator: Orchestrator, vpc: ec2.IVpc | None) -> Iterator[Problem]:
    """RDS requires subnets in at least two Availability Zones."""
    if vpc is None or not makes_database(orchestrator):
        return
    subnets = database_subnets_of(orchestrator, vpc)
    zones = {known_zone(subnet) for subnet in subnets}
    if None not in zones and len(zones) < _ZONES:
        yield Problem(
            code="DatabaseSubnets",
            path="orchestrator.multi_head.database_subnets",
            value=list(map(path_of, subnets)),
            message="are all database subnets, in one Availability Zone, and RDS requires at least "
            "two zones"
            if subnets
            else "has no subnet for the database, and RDS requires at least two",
            fix="pass ec2.SubnetSelection(subnets=network.database_subnets) of a "
            "ClusterNetwork(database_subnets=True), other subnets of the VPC, or database=",
        )
