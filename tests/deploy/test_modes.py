"""A cluster of each mode, deployed, updated and destroyed with the CDK CLI; each test goes on from the last."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks as eks
from aws_cdk import aws_fsx as fsx
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from constructs import Construct

import hyperpod_constructs as hp
from tests.aws.emulator import Emulator

from .tools import Cli, counts, objects, synthesize

CONTROLLER = hp.InstanceGroup.controller(instance_type="ml.m5.xlarge")
EKS_CLUSTER = "control-plane"


def scratch(scope: Construct, network: hp.ClusterNetwork) -> fsx.LustreFileSystem:
    return fsx.LustreFileSystem(
        scope,
        "Scratch",
        vpc=network.vpc,
        vpc_subnet=network.subnet,
        storage_capacity_gib=1200,
        lustre_configuration=fsx.LustreConfiguration(
            deployment_type=fsx.LustreDeploymentType.SCRATCH_2
        ),
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )


def alarm(scope: Construct) -> cloudwatch.Alarm:
    return cloudwatch.Alarm(
        scope,
        "Alarm",
        metric=cloudwatch.Metric(namespace="Jobs", metric_name="Failed"),
        evaluation_periods=1,
        threshold=1,
    )


def api_driven(stack: cdk.Stack, gpus: int, scripts: Path) -> None:
    network = hp.ClusterNetwork(stack, "Network")
    hp.HyperPodCluster(
        stack,
        "Cluster",
        cluster_name="api-driven",
        vpc=network.vpc,
        security_groups=[network.security_group],
        orchestrator=hp.ApiDrivenSlurm(),
        instance_groups=[
            CONTROLLER,
            hp.InstanceGroup.worker(
                "gpu",
                instance_type="ml.g5.8xlarge",
                count=gpus,
                partition="gpu",
                scheduled_update=hp.ScheduledUpdate.weekly(
                    hp.DayOfWeek.SUNDAY,
                    hour=3,
                    rolling_update=hp.RollingUpdate(
                        maximum_batch_size=hp.BatchSize.instances(1),
                        rollback_alarms=[alarm(stack)],
                    ),
                ),
            ),
        ],
        file_systems=[hp.FileSystem.lustre(scratch(stack, network), mount_path="/scratch")],
        lifecycle_scripts=hp.LifecycleScripts.from_asset(scripts, on_init_complete="on_create.sh"),
    )


def continuous(stack: cdk.Stack, gpus: int, scripts: Path) -> None:  # noqa: ARG001
    network = hp.ClusterNetwork(stack, "Network", database_subnets=True)
    database = rds.DatabaseInstance(
        stack,
        "Database",
        engine=rds.DatabaseInstanceEngine.maria_db(version=rds.MariaDbEngineVersion.VER_11_4_10),
        vpc=network.vpc,
        vpc_subnets=ec2.SubnetSelection(subnets=network.database_subnets),
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    assert database.secret is not None
    hp.HyperPodCluster(
        stack,
        "Cluster",
        cluster_name="continuous",
        vpc=network.vpc,
        security_groups=[network.security_group],
        orchestrator=hp.ApiDrivenSlurm(
            accounting_database=hp.AccountingDatabase(
                endpoint=database.db_instance_endpoint_address,
                secret=database.secret,
                connectable=database,
            )
        ),
        node_provisioning_mode=hp.NodeProvisioningMode.CONTINUOUS,
        instance_groups=[
            CONTROLLER,
            hp.InstanceGroup.worker(
                "gpu",
                instance_types=["ml.g5.8xlarge", "ml.g6.8xlarge"],
                count=gpus,
                min_count=1,
                partition="gpu",
                volumes=[
                    hp.EbsVolume(
                        size=cdk.Size.gibibytes(500),
                        kms_key=kms.Key(stack, "Key", removal_policy=cdk.RemovalPolicy.DESTROY),
                    )
                ],
            ),
        ],
    )


def on_eks(stack: cdk.Stack, gpus: int, scripts: Path) -> None:  # noqa: ARG001
    network = hp.ClusterNetwork(stack, "Network")
    hp.HyperPodCluster(
        stack,
        "Cluster",
        cluster_name="on-eks",
        orchestrator=hp.Eks(
            eks.Cluster.from_cluster_attributes(
                stack, "ControlPlane", cluster_name=EKS_CLUSTER, vpc=network.vpc
            )
        ),
        security_groups=[network.security_group],
        node_provisioning_mode=hp.NodeProvisioningMode.CONTINUOUS,
        auto_scaling=hp.AutoScaling(),
        tiered_storage=hp.TieredStorage(),
        instance_groups=[
            hp.InstanceGroup(
                "gpu",
                instance_type="ml.g5.8xlarge",
                count=gpus,
                capacity=hp.Capacity.spot(),
                labels={"example.com/team": "llm"},
            )
        ],
        restricted_instance_groups=[
            hp.RestrictedInstanceGroup("nova", instance_type="ml.p5.48xlarge", count=1)
        ],
        shared_environment=hp.SharedEnvironment(
            lustre=hp.RestrictedLustre(size_gib=1200, per_unit_storage_throughput=125)
        ),
    )


def multi_head(stack: cdk.Stack, gpus: int, scripts: Path) -> None:  # noqa: ARG001
    network = hp.ClusterNetwork(stack, "Network", database_subnets=True)
    hp.HyperPodCluster(
        stack,
        "Cluster",
        cluster_name="multi-head",
        vpc=network.vpc,
        security_groups=[network.security_group],
        orchestrator=hp.Slurm(
            multi_head=hp.MultiHead(
                database_subnets=ec2.SubnetSelection(subnets=network.database_subnets),
                deletion_protection=False,
            )
        ),
        instance_groups=[
            hp.InstanceGroup.controller(instance_type="ml.m5.xlarge", count=2),
            hp.InstanceGroup.worker(
                "gpu", instance_type="ml.g5.8xlarge", count=gpus, partition="gpu"
            ),
        ],
        file_systems=[hp.FileSystem.lustre(scratch(stack, network))],
    )


MODES: dict[str, tuple[Callable[[cdk.Stack, int, Path], None], dict[str, int]]] = {
    "api-driven": (api_driven, {"controller": 1}),
    "continuous": (continuous, {"controller": 1}),
    "on-eks": (on_eks, {}),
    "multi-head": (multi_head, {"controller": 2}),
}


@pytest.fixture(scope="module", autouse=True)
def control_plane(cloud: Emulator) -> None:
    """The EKS cluster that is there already."""
    cloud.cloud.client("eks").create_cluster(
        name=EKS_CLUSTER,
        roleArn="arn:aws:iam::123456789012:role/eks",
        resourcesVpcConfig={"subnetIds": []},
    )


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Writes a version of the app, with so many workers in each cluster."""
    scripts = tmp_path_factory.mktemp("scripts")
    (scripts / "on_create.sh").write_bytes(b"#!/bin/bash\nexit 0\n")

    def write(gpus: int) -> Path:
        def fill(app: cdk.App) -> None:
            for name, (make, _) in MODES.items():
                make(cdk.Stack(app, name), gpus, scripts)

        return synthesize(tmp_path_factory.mktemp("modes") / "cdk.out", fill)

    return write


def test_all_come_up(cli: Cli, cloud: Emulator, version: Callable[[int], Path]) -> None:
    cli.deploy(version(1), "**", "--concurrency=4")

    for name, (_, others) in MODES.items():
        assert counts(cloud, name) == {**others, "gpu": 1}


@pytest.mark.parametrize("name", MODES)
def test_has_what_only_its_mode_has(cloud: Emulator, name: str) -> None:
    judge(name, cloud)


def test_all_grow(cli: Cli, cloud: Emulator, version: Callable[[int], Path]) -> None:
    cli.deploy(version(3), "**", "--concurrency=4")

    for name, (_, others) in MODES.items():
        assert counts(cloud, name) == {**others, "gpu": 3}


def test_all_go(cli: Cli, cloud: Emulator, version: Callable[[int], Path]) -> None:
    cli.destroy(version(3), "**", "--concurrency=4")

    assert not cloud.cloud.client("sagemaker").list_clusters()["ClusterSummaries"]
    assert not cloud.cloud.client("ec2").describe_network_interfaces()["NetworkInterfaces"]
    assert not cloud.cloud.client("rds").describe_db_instances()["DBInstances"]
    stacks = cloud.cloud.client("cloudformation").describe_stacks()["Stacks"]
    assert stacks == []


def judge(name: str, cloud: Emulator) -> None:
    """Looks at what only this mode has."""
    described: dict[str, Any] = cloud.cloud.client("sagemaker").describe_cluster(ClusterName=name)
    groups = {group["InstanceGroupName"]: group for group in described["InstanceGroups"]}
    match name:
        case "api-driven":
            assert described["Orchestrator"] == {"Slurm": {"SlurmConfigStrategy": "Merge"}}
            assert groups["gpu"]["SlurmConfig"]["PartitionNames"] == ["gpu"]
            assert list(_scripts(cloud, groups["gpu"])) == ["on_create.sh"]
        case "continuous":
            database = described["Orchestrator"]["Slurm"]["AccountingDatabase"]
            assert database["Port"] == 3306
            assert "LifeCycleConfig" not in groups["controller"]
        case "on-eks":
            (nova,) = described["RestrictedInstanceGroups"]
            assert nova["CurrentCount"] == 1
            assert described["AutoScaling"]["Mode"] == "Enable"
            assert list(_scripts(cloud, groups["gpu"])) == ["on_create.sh"]
        case "multi-head":
            form = _scripts(cloud, groups["gpu"])["provisioning_params.json"].decode()
            databases = cloud.cloud.client("rds").describe_db_instances()["DBInstances"]
            assert any(database["Endpoint"]["Address"] in form for database in databases)
            assert '"slurm_shared_directory": "/fsx"' in form
            assert {"on_create.sh", "steps.json"} <= set(_scripts(cloud, groups["gpu"]))


def _scripts(cloud: Emulator, group: dict[str, Any]) -> dict[str, bytes]:
    uri = group["LifeCycleConfig"]["SourceS3Uri"].removeprefix("s3://")
    bucket, _, prefix = uri.partition("/")
    return objects(cloud, bucket, prefix)
