"""An app of each mode, with what the mode needs around it."""

from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks as eks
from aws_cdk import aws_fsx as fsx
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from constructs import Construct

import hyperpod_constructs as hp

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
