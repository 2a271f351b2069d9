"""Apps as users of the first release wrote them. They do not change: their templates are recorded."""

from collections.abc import Callable

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks as eks
from aws_cdk import aws_fsx as fsx
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds

import hyperpod_constructs as hp

CONTROLLER = hp.InstanceGroup.controller(instance_type="ml.m5.xlarge")


def lustre(stack: cdk.Stack, network: hp.ClusterNetwork) -> fsx.LustreFileSystem:
    return fsx.LustreFileSystem(
        stack,
        "Scratch",
        vpc=network.vpc,
        vpc_subnet=network.subnet,
        storage_capacity_gib=1200,
        lustre_configuration=fsx.LustreConfiguration(
            deployment_type=fsx.LustreDeploymentType.PERSISTENT_2, per_unit_storage_throughput=250
        ),
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )


def minimal(stack: cdk.Stack) -> None:
    hp.HyperPodCluster(
        stack,
        "Cluster",
        instance_groups=[
            CONTROLLER,
            hp.InstanceGroup.worker("gpu", instance_type="ml.g5.8xlarge", count=4, partition="gpu"),
        ],
    )


def production(stack: cdk.Stack) -> None:
    network = hp.ClusterNetwork(stack, "Network")
    scratch = lustre(stack, network)
    cluster = hp.HyperPodCluster(
        stack,
        "Cluster",
        cluster_name="llm-training",
        vpc=network.vpc,
        vpc_subnets=ec2.SubnetSelection(subnets=[network.subnet]),
        security_groups=[network.security_group],
        instance_groups=[
            CONTROLLER,
            hp.InstanceGroup.login(instance_type="ml.m5.xlarge"),
            hp.InstanceGroup.worker(
                "a",
                instance_type="ml.g5.8xlarge",
                count=2,
                partition="gpu",
                volumes=[
                    hp.EbsVolume(size=cdk.Size.gibibytes(1000), kms_key=kms.Key(stack, "Key"))
                ],
                security_groups=[hp.EfaSecurityGroup(stack, "Own", vpc=network.vpc)],
            ),
        ],
        file_systems=[hp.FileSystem.lustre(scratch)],
    )
    cluster.add_instance_group(
        hp.InstanceGroup.worker("b", instance_type="ml.c5.4xlarge", count=2, partition="cpu")
    )


def api_driven(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2, nat_gateways=1)
    database = rds.DatabaseInstance(
        stack,
        "Database",
        engine=rds.DatabaseInstanceEngine.maria_db(version=rds.MariaDbEngineVersion.VER_11_4_10),
        vpc=vpc,
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    assert database.secret is not None
    hp.HyperPodCluster(
        stack,
        "Cluster",
        vpc=vpc,
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
            hp.InstanceGroup.worker("gpu", instance_type="ml.g5.8xlarge", partition="gpu"),
        ],
    )


def multi_head(stack: cdk.Stack) -> None:
    network = hp.ClusterNetwork(stack, "Network", database_subnets=True)
    hp.HyperPodCluster(
        stack,
        "Cluster",
        vpc=network.vpc,
        security_groups=[network.security_group],
        orchestrator=hp.Slurm(
            multi_head=hp.MultiHead(
                deletion_protection=False,
                database_subnets=ec2.SubnetSelection(subnets=network.database_subnets),
            )
        ),
        instance_groups=[
            hp.InstanceGroup.controller(instance_type="ml.m5.4xlarge", count=2),
            hp.InstanceGroup.worker("gpu", instance_type="ml.g5.8xlarge", partition="gpu"),
        ],
        file_systems=[hp.FileSystem.lustre(lustre(stack, network))],
    )


def on_eks(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2, nat_gateways=1)
    control_plane = eks.Cluster.from_cluster_attributes(
        stack,
        "ControlPlane",
        cluster_name="control-plane",
        vpc=vpc,
    )
    hp.HyperPodCluster(
        stack,
        "Cluster",
        orchestrator=hp.Eks(control_plane),
        node_provisioning_mode=hp.NodeProvisioningMode.CONTINUOUS,
        auto_scaling=hp.AutoScaling(),
        instance_groups=[hp.InstanceGroup("gpu", instance_type="ml.g5.8xlarge", count=0)],
        restricted_instance_groups=[
            hp.RestrictedInstanceGroup(
                "nova",
                instance_type="ml.p5.48xlarge",
                count=1,
                lustre=hp.RestrictedLustre(size_gib=1200, per_unit_storage_throughput=250),
            )
        ],
    )


APPS: dict[str, Callable[[cdk.Stack], None]] = {
    app.__name__: app for app in (minimal, production, api_driven, multi_head, on_eks)
}
