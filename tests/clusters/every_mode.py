"""A cluster of each mode that says everything the mode allows."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks as eks
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds

import hyperpod_constructs as hp

from .stacks import DNS_NAME, HOME_DNS_NAME, make_vpc
from .values import PLAN


def alarm(stack: cdk.Stack) -> cloudwatch.Alarm:
    return cloudwatch.Alarm(
        stack,
        "Alarm",
        metric=cloudwatch.Metric(namespace="Jobs", metric_name="Failed"),
        evaluation_periods=1,
        threshold=1,
    )


def rolling_update(stack: cdk.Stack) -> hp.RollingUpdate:
    return hp.RollingUpdate(
        maximum_batch_size=hp.BatchSize.instances(2),
        rollback_maximum_batch_size=hp.BatchSize.percentage(50),
        wait_interval=cdk.Duration.minutes(10),
        rollback_alarms=[alarm(stack)],
    )


def api_driven(stack: cdk.Stack, scripts: Path) -> hp.HyperPodCluster:
    """Slurm by the request: strategy, mounts, the three modes of scripts."""
    network = hp.ClusterNetwork(stack, "Network", availability_zone="us-west-2b")
    cluster = hp.HyperPodCluster(
        stack,
        "Cluster",
        cluster_name="api-driven",
        vpc=network.vpc,
        vpc_subnets=ec2.SubnetSelection(subnets=[network.subnet]),
        security_groups=[network.security_group],
        orchestrator=hp.ApiDrivenSlurm(strategy=hp.SlurmConfigStrategy.OVERWRITE),
        instance_groups=[
            hp.InstanceGroup.controller(
                instance_type="ml.m5.4xlarge", life_cycle_config=hp.LifeCycleConfig.none()
            ),
            hp.InstanceGroup.login(
                instance_type="ml.m5.2xlarge",
                life_cycle_config=hp.LifeCycleConfig.after_initialization(
                    "login.sh", source_s3_uri="s3://sagemaker-shared/login"
                ),
            ),
            hp.InstanceGroup.worker(
                "h100",
                instance_type="ml.p5.48xlarge",
                count=16,
                partition="h100",
                capacity=hp.Capacity.training_plan(PLAN),
                deep_health_checks=[hp.DeepHealthCheck.INSTANCE_STRESS],
                network_interface_type=hp.NetworkInterfaceType.EFA_ONLY,
                image_id="ami-0123456789abcdef0",
                scheduled_update=hp.ScheduledUpdate.weekly(
                    hp.DayOfWeek.SUNDAY, hour=3, rolling_update=rolling_update(stack)
                ),
                subnets=[network.subnet],
                security_groups=[hp.EfaSecurityGroup(stack, "OwnGroup", vpc=network.vpc)],
            ),
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
        instance_groups=[
            hp.InstanceGroup.controller(instance_type="ml.m5.4xlarge"),
            hp.InstanceGroup.worker(
                "gpu",
                instance_types=["ml.g5.8xlarge", "ml.g6.8xlarge"],
                count=8,
                min_count=2,
                partition="gpu",
                volumes=[
                    hp.EbsVolume(size=cdk.Size.gibibytes(1000)),
                    hp.EbsVolume.root(kms_key=kms.Key(stack, "RootKey")),
                ],
                auto_patch=hp.AutoPatch(
                    patching_strategy=hp.PatchingStrategy.WHEN_IDLE,
                    rolling_update=rolling_update(stack),
                ),
            ),
        ],
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
    return hp.HyperPodCluster(
        stack,
        "Cluster",
        orchestrator=hp.Eks(control_plane),
        node_provisioning_mode=hp.NodeProvisioningMode.CONTINUOUS,
        auto_scaling=hp.AutoScaling(),
        tiered_storage=hp.TieredStorage(instance_memory_allocation_percentage=30),
        node_recovery=hp.NodeRecovery.NONE,
        instance_groups=[
            hp.InstanceGroup(
                "spot",
                instance_type="ml.g5.8xlarge",
                count=2,
                capacity=hp.Capacity.spot(),
                volumes=[hp.EbsVolume(size=cdk.Size.gibibytes(500), kms_key=kms.Key(stack, "Key"))],
                labels={"example.com/team": "llm"},
                taints=[
                    hp.Taint(key="example.com/gpu", effect=hp.TaintEffect.NO_SCHEDULE, value="only")
                ],
                image_release_version="1.0.3",
                threads_per_core=1,
            ),
            hp.InstanceGroup("cpu", instance_type="ml.c5.4xlarge", count=1),
        ],
        restricted_instance_groups=[
            hp.RestrictedInstanceGroup(
                "nova",
                instance_type="ml.p5.48xlarge",
                count=4,
                capacity=hp.Capacity.training_plan(PLAN),
                deep_health_checks=[hp.DeepHealthCheck.INSTANCE_CONNECTIVITY],
                subnets=[vpc.private_subnets[1]],
                lustre=hp.RestrictedLustre(size_gib=1200, per_unit_storage_throughput=250),
            )
        ],
        shared_environment=hp.SharedEnvironment(
            lustre=hp.RestrictedLustre(size_gib=2400, per_unit_storage_throughput=125)
        ),
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
