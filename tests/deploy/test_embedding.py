"""The cluster in apps of users: a VPC of another stack, a stage, an app of many constructs."""

from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm

import hyperpod_constructs as hp
from tests.aws.emulator import Emulator
from tests.thorough import WITH_CLI_IF_THOROUGH

from .conftest import void
from .tools import Cli, counts, synthesize

pytestmark = WITH_CLI_IF_THOROUGH

GROUPS = [
    hp.InstanceGroup.controller(instance_type="ml.m5.xlarge"),
    hp.InstanceGroup.worker("gpu", instance_type="ml.g5.8xlarge", count=1, partition="gpu"),
]
STACKS = {"Network", "Training", "Prod-Network", "Prod-Training", "Lab"}
CLUSTERS = ("shared-vpc", "prod", "lab")


class NetworkStack(cdk.Stack):
    """A VPC for the cluster of another stack."""

    def __init__(self, scope: cdk.App | cdk.Stage) -> None:
        super().__init__(scope, "Network")
        self.network = hp.ClusterNetwork(self, "Network")


class TrainingStack(cdk.Stack):
    """A cluster in the VPC of another stack."""

    def __init__(self, scope: cdk.App | cdk.Stage, network: hp.ClusterNetwork, name: str) -> None:
        super().__init__(scope, "Training")
        hp.HyperPodCluster(
            self,
            "Cluster",
            cluster_name=name,
            vpc=network.vpc,
            vpc_subnets=ec2.SubnetSelection(subnets=[network.subnet]),
            instance_groups=GROUPS,
        )


class LabStack(cdk.Stack):
    """Ten constructs, one of which is the cluster."""

    def __init__(self, scope: cdk.App) -> None:
        super().__init__(scope, "Lab")
        key = kms.Key(self, "Key", removal_policy=cdk.RemovalPolicy.DESTROY)
        topic = sns.Topic(self, "Alarms")
        queue = sqs.Queue(self, "Jobs")
        table = dynamodb.Table(
            self,
            "Runs",
            partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        logs.LogGroup(self, "Log", removal_policy=cdk.RemovalPolicy.DESTROY)
        datasets = s3.Bucket(self, "Datasets", removal_policy=cdk.RemovalPolicy.DESTROY)
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
        nodes = hp.ExecutionRole(self, "Nodes")
        cluster = hp.HyperPodCluster(
            self,
            "Cluster",
            cluster_name="lab",
            instance_groups=GROUPS,
            execution_role=nodes,
        )
        topic.grant_publish(cluster)
        queue.grant_send_messages(cluster)
        table.grant_read_write_data(cluster)
        datasets.grant_read(cluster)
        key.grant_decrypt(role)
        ssm.StringParameter(self, "ClusterArn", string_value=cluster.cluster_arn)


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def fill(app: cdk.App) -> None:
        TrainingStack(app, NetworkStack(app).network, "shared-vpc")
        stage = cdk.Stage(app, "Prod")
        TrainingStack(stage, NetworkStack(stage).network, "prod")
        void(LabStack(app))

    return synthesize(tmp_path_factory.mktemp("embedding") / "cdk.out", fill)


def test_all_stacks_come_up(cli: Cli, cloud: Emulator, assembly: Path) -> None:
    cli.deploy_all(assembly)
    stacks = cloud.cloud.client("cloudformation").describe_stacks()["Stacks"]
    assert {stack["StackName"]: stack["StackStatus"] for stack in stacks} == dict.fromkeys(
        STACKS, "CREATE_COMPLETE"
    )
    for name in CLUSTERS:
        assert counts(cloud, name) == {"controller": 1, "gpu": 1}


def test_other_resources_know_the_cluster(cloud: Emulator) -> None:
    client = cloud.cloud.client
    values = [
        client("ssm").get_parameter(Name=parameter["Name"])["Parameter"]["Value"]
        for parameter in client("ssm").describe_parameters()["Parameters"]
    ]
    assert client("sagemaker").describe_cluster(ClusterName="lab")["ClusterArn"] in values


def test_all_stacks_go(cli: Cli, cloud: Emulator, assembly: Path) -> None:
    cli.destroy_all(assembly)
    stacks = cloud.cloud.client("cloudformation").describe_stacks()["Stacks"]
    assert stacks == []
    assert not cloud.cloud.client("sagemaker").list_clusters()["ClusterSummaries"]
