"""Clusters whose network, file systems and databases are in other stacks."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_fsx as fsx
from aws_cdk import aws_rds as rds
from constructs import Construct

import hyperpod_constructs as hp
from tests.synth import make_stack

MakeStack = Callable[[cdk.Stage, str], cdk.Stack]

GROUPS = (
    hp.InstanceGroup.controller(instance_type="ml.m5.xlarge"),
    hp.InstanceGroup.worker("gpu", instance_type="ml.g5.8xlarge", partition="gpu"),
)


def lustre(scope: Construct, network: hp.ClusterNetwork, id: str = "Scratch") -> Any:
    return fsx.LustreFileSystem(
        scope,
        id,
        vpc=network.vpc,
        vpc_subnet=network.subnet,
        storage_capacity_gib=1200,
        lustre_configuration=fsx.LustreConfiguration(
            deployment_type=fsx.LustreDeploymentType.SCRATCH_2
        ),
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )


def openzfs(scope: Construct, network: hp.ClusterNetwork, id: str = "Home") -> fsx.CfnFileSystem:
    group = ec2.SecurityGroup(scope, f"{id}Group", vpc=network.vpc)
    return fsx.CfnFileSystem(
        scope,
        id,
        file_system_type="OPENZFS",
        storage_capacity=64,
        open_zfs_configuration=fsx.CfnFileSystem.OpenZFSConfigurationProperty(
            deployment_type="SINGLE_AZ_1", throughput_capacity=64
        ),
        subnet_ids=[network.subnet.subnet_id],
        security_group_ids=[group.security_group_id],
    )


def database(scope: Construct, network: hp.ClusterNetwork) -> rds.DatabaseInstance:
    return rds.DatabaseInstance(
        scope,
        "Database",
        engine=rds.DatabaseInstanceEngine.maria_db(version=rds.MariaDbEngineVersion.VER_11_4_10),
        vpc=network.vpc,
        vpc_subnets=ec2.SubnetSelection(subnets=network.database_subnets),
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )


def accounting(database: rds.DatabaseInstance) -> hp.LifecycleScripts:
    assert database.secret is not None
    return hp.LifecycleScripts.default(
        accounting=hp.Accounting.external(
            endpoint=database.db_instance_endpoint_address,
            secret=database.secret,
            connectable=database,
        )
    )


def cluster(
    scope: Construct, network: hp.ClusterNetwork, id: str = "Cluster", **arguments: Any
) -> hp.HyperPodCluster:
    arguments.setdefault("instance_groups", GROUPS)
    arguments.setdefault("security_groups", [network.security_group])
    return hp.HyperPodCluster(scope, id, vpc=network.vpc, **arguments)


def two_stacks(scope: cdk.Stage, make: MakeStack = make_stack) -> None:
    network = hp.ClusterNetwork(make(scope, "Network"), "Network", database_subnets=True)
    stack = make(scope, "Training")
    cluster(
        stack,
        network,
        orchestrator=hp.Slurm(
            multi_head=hp.MultiHead(
                deletion_protection=False,
                database_subnets=ec2.SubnetSelection(subnets=network.database_subnets),
            )
        ),
        instance_groups=[
            hp.InstanceGroup.controller(instance_type="ml.m5.xlarge", count=2),
            hp.InstanceGroup.worker(
                "gpu",
                instance_type="ml.g5.8xlarge",
                partition="gpu",
                security_groups=[hp.EfaSecurityGroup(stack, "Own", vpc=network.vpc)],
            ),
        ],
        file_systems=[
            hp.FileSystem.lustre(lustre(stack, network)),
            hp.FileSystem.openzfs(openzfs(stack, network)),
        ],
    )


def three_stacks(scope: cdk.Stage, make: MakeStack = make_stack) -> None:
    network = hp.ClusterNetwork(make(scope, "Network"), "Network", database_subnets=True)
    storage = make(scope, "Storage")
    accounting = database(storage, network)
    assert accounting.secret is not None
    cluster(
        make(scope, "Training"),
        network,
        node_provisioning_mode=hp.NodeProvisioningMode.CONTINUOUS,
        orchestrator=hp.ApiDrivenSlurm(
            accounting_database=hp.AccountingDatabase(
                endpoint=accounting.db_instance_endpoint_address,
                secret=accounting.secret,
                connectable=accounting,
            )
        ),
        file_systems=[
            hp.FileSystem.lustre(lustre(storage, network)),
            hp.FileSystem.openzfs(openzfs(storage, network)),
        ],
    )


def shared_by_two_clusters(scope: cdk.Stage, make: MakeStack = make_stack) -> None:
    network = hp.ClusterNetwork(make(scope, "Network"), "Network")
    storage = make(scope, "Storage")
    file_system = hp.FileSystem.openzfs(openzfs(storage, network))
    for name in ("Research", "Production"):
        cluster(make(scope, name), network, file_systems=[file_system])


def shared_with_own_groups(scope: cdk.Stage, make: MakeStack = make_stack) -> None:
    network = hp.ClusterNetwork(make(scope, "Network"), "Network")
    file_system = hp.FileSystem.lustre(lustre(make(scope, "Storage"), network))
    for name in ("Research", "Production"):
        cluster(make(scope, name), network, file_systems=[file_system], security_groups=())


def two_clusters_in_one_stack(scope: cdk.Stage, make: MakeStack = make_stack) -> None:
    stack = make(scope, "Training")
    network = hp.ClusterNetwork(stack, "Network")
    file_system = hp.FileSystem.openzfs(openzfs(stack, network))
    for name in ("Research", "Production"):
        cluster(stack, network, name, file_systems=[file_system])


def nested_stack(scope: cdk.Stage, make: MakeStack = make_stack) -> None:
    stack = make(scope, "Training")
    network = hp.ClusterNetwork(cdk.NestedStack(stack, "NetworkStack"), "Network")
    storage = cdk.NestedStack(stack, "StorageStack")
    cluster(
        cdk.NestedStack(stack, "ClusterStack"),
        network,
        file_systems=[hp.FileSystem.lustre(lustre(storage, network))],
    )


def imported_vpc(scope: cdk.Stage, make: MakeStack = make_stack) -> None:
    stack = make(scope, "Training")
    group = ec2.SecurityGroup.from_security_group_id(stack, "Nodes", "sg-0123456789abcdef0")
    again = ec2.SecurityGroup.from_security_group_id(stack, "Again", "sg-0123456789abcdef0")
    storage = ec2.SecurityGroup.from_security_group_id(stack, "Fsx", "sg-0fedcba9876543210")
    name = "fs-0abc123def4567890.fsx.us-west-2.amazonaws.com"
    hp.HyperPodCluster(
        stack,
        "Cluster",
        vpc=ec2.Vpc.from_vpc_attributes(
            stack,
            "Vpc",
            vpc_id="vpc-0123456789abcdef0",
            availability_zones=["us-west-2a"],
            private_subnet_ids=["subnet-0123456789abcdef0"],
        ),
        security_groups=[group, again],
        instance_groups=GROUPS,
        file_systems=[
            hp.FileSystem.lustre(dns_name=name, mount_name="abcdefgh", security_groups=[storage])
        ],
    )


LAYOUTS: dict[str, Callable[..., None]] = {
    layout.__name__: layout
    for layout in (
        two_stacks,
        three_stacks,
        shared_by_two_clusters,
        shared_with_own_groups,
        two_clusters_in_one_stack,
        nested_stack,
        imported_vpc,
    )
}
