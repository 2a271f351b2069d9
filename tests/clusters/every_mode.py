"""A stack for each mode, whose cluster says everything the mode allows."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks as eks
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds

import hyperpod_constructs as hp

from .everything import (
    API_DRIVEN,
    EKS,
    Surroundings,
    api_driven_groups,
    continuous_groups,
    eks_groups,
    restricted_groups,
)
from .stacks import DNS_NAME, HOME_DNS_NAME, make_vpc


def alarm(stack: cdk.Stack) -> cloudwatch.Alarm:
    return cloudwatch.Alarm(
        stack,
        "Alarm",
        metric=cloudwatch.Metric(namespace="Jobs", metric_name="Failed"),
        evaluation_periods=1,
        threshold=1,
    )


def surroundings(**constructs: Any) -> Surroundings:
    return Surroundings(gibibytes=cdk.Size.gibibytes, minutes=cdk.Duration.minutes, **constructs)


def api_driven(stack: cdk.Stack, scripts: Path) -> hp.HyperPodCluster:
    """Slurm by the request: strategy, mounts, the three modes of scripts."""
    network = hp.ClusterNetwork(stack, "Network", availability_zone="us-west-2b")
    controller, *others = api_driven_groups(
        surroundings(
            subnet=network.subnet,
            security_group=hp.EfaSecurityGroup(stack, "OwnGroup", vpc=network.vpc),
            alarm=alarm(stack),
        )
    )
    cluster = hp.HyperPodCluster(
        stack,
        "Cluster",
        **API_DRIVEN,
        vpc=network.vpc,
        vpc_subnets=ec2.SubnetSelection(subnets=[network.subnet]),
        security_groups=[network.security_group],
        instance_groups=[
            replace(controller, life_cycle_config=hp.LifeCycleConfig.none()),
            *others,
        ],
        file_systems=[
            hp.FileSystem.lustre(dns_name=DNS_NAME, mount_name="abcdefgh", mount_path="/scratch"),
            hp.FileSystem.openzfs(dns_name=HOME_DNS_NAME),
        ],
        lifecycle_scripts=hp.LifecycleScripts.from_asset(scripts, on_init_complete="on_create.sh"),
    )
    cdk.Tags.of(cluster).add("team", "llm")
    return cluster


def continuous(stack: cdk.Stack) -> hp.HyperPodCluster:
    """Slurm by the request, with instances that come one by one and a database of its own."""
    vpc = make_vpc(stack)
    database = rds.DatabaseInstance(
        stack,
        "Database",
        engine=rds.DatabaseInstanceEngine.maria_db(version=rds.MariaDbEngineVersion.VER_11_4_10),
        vpc=vpc,
        storage_encrypted=True,
    )
    assert database.secret is not None
    return hp.HyperPodCluster(
        stack,
        "Cluster",
        vpc=vpc,
        orchestrator=hp.ApiDrivenSlurm(
            accounting_database=hp.AccountingDatabase(
                endpoint=database.db_instance_endpoint_address,
                secret=database.secret,
                name="slurm_llm",
                connectable=database,
            )
        ),
        node_provisioning_mode=hp.NodeProvisioningMode.CONTINUOUS,
        instance_groups=continuous_groups(
            surroundings(key=kms.Key(stack, "RootKey"), alarm=alarm(stack))
        ),
    )


def on_eks(stack: cdk.Stack) -> hp.HyperPodCluster:
    """Kubernetes, with autoscaling and restricted groups."""
    vpc = make_vpc(stack)
    control_plane = eks.Cluster.from_cluster_attributes(
        stack,
        "ControlPlane",
        cluster_name="training",
        vpc=vpc,
        security_group_ids=["sg-0123456789abcdef0"],
    )
    around = surroundings(subnet=vpc.private_subnets[1], key=kms.Key(stack, "Key"))
    return hp.HyperPodCluster(
        stack,
        "Cluster",
        orchestrator=hp.Eks(control_plane),
        **EKS,
        instance_groups=eks_groups(around),
        restricted_instance_groups=restricted_groups(around),
    )


def multi_head(stack: cdk.Stack) -> hp.HyperPodCluster:
    """Slurm by the form, with two controllers and all they share."""
    return hp.HyperPodCluster(
        stack,
        "Cluster",
        vpc=(network := hp.ClusterNetwork(stack, "Network", database_subnets=True)).vpc,
        security_groups=[network.security_group],
        orchestrator=hp.Slurm(
            multi_head=hp.MultiHead(
                database_subnets=ec2.SubnetSelection(subnets=network.database_subnets)
            )
        ),
        instance_groups=[
            hp.InstanceGroup.controller(instance_type="ml.m5.4xlarge", count=2),
            hp.InstanceGroup.worker("gpu", instance_type="ml.g5.8xlarge", partition="gpu"),
        ],
        file_systems=[hp.FileSystem.lustre(dns_name=DNS_NAME, mount_name="abcdefgh")],
    )
