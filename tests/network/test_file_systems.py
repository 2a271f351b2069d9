"""File systems: made here, imported, named; their ports and their place in the form."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_fsx as fsx
from aws_cdk.assertions import Template
from syrupy.assertion import SnapshotAssertion

import hyperpod_constructs as hp
from tests.clusters import stacks
from tests.clusters.stacks import DNS_NAME, GROUPS, HOME_DNS_NAME
from tests.synth import make_stack, resources_of, template

LUSTRE_PORTS = {(988, 988), (1018, 1023)}
OPENZFS_PORTS = {(111, 111), (2049, 2049), (20001, 20003)}


def make_cluster(
    stack: cdk.Stack, network: hp.ClusterNetwork, *file_systems: hp.FileSystem, **settings: Any
) -> hp.HyperPodCluster:
    return stacks.make_cluster(
        stack,
        vpc=network.vpc,
        security_groups=[network.security_group],
        file_systems=file_systems,
        **settings,
    )


def make_lustre(stack: cdk.Stack, network: hp.ClusterNetwork) -> fsx.LustreFileSystem:
    return fsx.LustreFileSystem(
        stack,
        "Scratch",
        vpc=network.vpc,
        vpc_subnet=network.subnet,
        storage_capacity_gib=1200,
        lustre_configuration=fsx.LustreConfiguration(
            deployment_type=fsx.LustreDeploymentType.SCRATCH_2
        ),
    )


def make_openzfs(stack: cdk.Stack, network: hp.ClusterNetwork) -> fsx.CfnFileSystem:
    group = ec2.SecurityGroup(stack, "HomeGroup", vpc=network.vpc)
    return fsx.CfnFileSystem(
        stack,
        "Home",
        file_system_type="OPENZFS",
        storage_capacity=64,
        subnet_ids=[network.subnet.subnet_id],
        security_group_ids=[group.security_group_id],
        open_zfs_configuration=fsx.CfnFileSystem.OpenZFSConfigurationProperty(
            deployment_type="SINGLE_AZ_1", throughput_capacity=64
        ),
    )


def opened_ports(stack: cdk.Stack, network: hp.ClusterNetwork) -> set[tuple[int, int]]:
    nodes = stack.resolve(network.security_group.security_group_id)
    return {
        (rule["Properties"]["FromPort"], rule["Properties"]["ToPort"])
        for rule in resources_of(stack, "AWS::EC2::SecurityGroupIngress").values()
        if rule["Properties"].get("SourceSecurityGroupId") == nodes
        and "FromPort" in rule["Properties"]
    }


def test_minimal(stack: cdk.Stack, snapshot: SnapshotAssertion) -> None:
    network = hp.ClusterNetwork(stack, "Network")
    make_cluster(stack, network, hp.FileSystem.lustre(dns_name=DNS_NAME, mount_name="abcdefgh"))

    assert template(stack) == snapshot


def test_everything(stack: cdk.Stack, snapshot: SnapshotAssertion) -> None:
    network = hp.ClusterNetwork(stack, "Network")
    make_cluster(
        stack,
        network,
        hp.FileSystem.lustre(make_lustre(stack, network)),
        hp.FileSystem.openzfs(make_openzfs(stack, network)),
    )

    assert template(stack) == snapshot


def test_imported(stack: cdk.Stack, snapshot: SnapshotAssertion) -> None:
    network = hp.ClusterNetwork(stack, "Network")
    group = ec2.SecurityGroup.from_security_group_id(stack, "Fsx", "sg-0123456789abcdef0")
    make_cluster(
        stack,
        network,
        hp.FileSystem.lustre(dns_name=DNS_NAME, mount_name="abcdefgh", security_groups=[group]),
        hp.FileSystem.openzfs(dns_name=HOME_DNS_NAME, security_groups=[group]),
    )

    assert template(stack) == snapshot


def lustre_l2(stack: cdk.Stack, network: hp.ClusterNetwork) -> hp.FileSystem:
    return hp.FileSystem.lustre(make_lustre(stack, network))


def lustre_l1(stack: cdk.Stack, network: hp.ClusterNetwork) -> hp.FileSystem:
    group = ec2.SecurityGroup(stack, "FsxGroup", vpc=network.vpc)
    return hp.FileSystem.lustre(
        fsx.CfnFileSystem(
            stack,
            "Scratch",
            file_system_type="LUSTRE",
            storage_capacity=1200,
            subnet_ids=[network.subnet.subnet_id],
            security_group_ids=[group.security_group_id],
        )
    )


def lustre_by_name(stack: cdk.Stack, network: hp.ClusterNetwork) -> hp.FileSystem:
    return hp.FileSystem.lustre(
        dns_name=DNS_NAME,
        mount_name="abcdefgh",
        security_groups=[ec2.SecurityGroup(stack, "FsxGroup", vpc=network.vpc)],
    )


def openzfs_l1(stack: cdk.Stack, network: hp.ClusterNetwork) -> hp.FileSystem:
    return hp.FileSystem.openzfs(make_openzfs(stack, network))


def openzfs_by_name(stack: cdk.Stack, network: hp.ClusterNetwork) -> hp.FileSystem:
    return hp.FileSystem.openzfs(
        dns_name=HOME_DNS_NAME,
        security_groups=[ec2.SecurityGroup(stack, "FsxGroup", vpc=network.vpc)],
    )


@pytest.mark.parametrize(
    ("make", "ports"),
    [
        (lustre_l2, LUSTRE_PORTS),
        (lustre_l1, LUSTRE_PORTS),
        (lustre_by_name, LUSTRE_PORTS),
        (openzfs_l1, OPENZFS_PORTS),
        (openzfs_by_name, OPENZFS_PORTS),
    ],
)
def test_the_right_ports_are_open_to_the_nodes(
    stack: cdk.Stack,
    make: Callable[[cdk.Stack, hp.ClusterNetwork], hp.FileSystem],
    ports: set[tuple[int, int]],
) -> None:
    network = hp.ClusterNetwork(stack, "Network")
    make_cluster(stack, network, make(stack, network))

    assert opened_ports(stack, network) == ports


def test_groups_with_security_groups_of_their_own_reach_the_file_system(stack: cdk.Stack) -> None:
    network = hp.ClusterNetwork(stack, "Network")
    own = hp.EfaSecurityGroup(stack, "Own", vpc=network.vpc)
    cluster = make_cluster(stack, network, lustre_by_name(stack, network))
    cluster.add_instance_group(
        hp.InstanceGroup.worker(
            "far", instance_type="ml.c5.xlarge", partition="far", security_groups=[own]
        )
    )

    nodes = stack.resolve(own.security_group_id)
    assert {
        (rule["Properties"]["FromPort"], rule["Properties"]["ToPort"])
        for rule in resources_of(stack, "AWS::EC2::SecurityGroupIngress").values()
        if rule["Properties"]["SourceSecurityGroupId"] == nodes and "FromPort" in rule["Properties"]
    } == LUSTRE_PORTS


def test_the_cluster_waits_for_the_rules(stack: cdk.Stack) -> None:
    network = hp.ClusterNetwork(stack, "Network")
    make_cluster(stack, network, lustre_l2(stack, network))

    (cluster,) = resources_of(stack, "AWS::SageMaker::Cluster").values()
    rules = {
        name
        for name, rule in resources_of(stack, "AWS::EC2::SecurityGroupIngress").items()
        if rule["Properties"].get("Description") == "HyperPod nodes"
    }
    assert len(rules) == 2
    assert rules <= set(cluster["DependsOn"])


def test_a_file_system_of_another_stack_works(app: cdk.App) -> None:
    data = make_stack(app, "Data")
    network = hp.ClusterNetwork(data, "Network")
    file_system = make_lustre(data, network)
    stack = make_stack(app, "Compute")
    hp.HyperPodCluster(
        stack,
        "Cluster",
        instance_groups=GROUPS,
        vpc=network.vpc,
        file_systems=[hp.FileSystem.lustre(file_system)],
    )

    rules = resources_of(stack, "AWS::EC2::SecurityGroupIngress")
    assert len([rule for rule in rules.values() if rule["Properties"].get("FromPort")]) == 2
    Template.from_stack(data)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (hp.FileSystem.lustre, r"FileSystem.lustre: \[\] do not specify exactly one"),
        (
            lambda: hp.FileSystem.lustre(dns_name=DNS_NAME),
            r"\['dns_name'\] do not specify exactly one",
        ),
        (
            lambda: hp.FileSystem.lustre(mount_name="abc"),
            r"\['mount_name'\] do not specify exactly one",
        ),
        (hp.FileSystem.openzfs, r"FileSystem.openzfs: \[\] .*\(FileSystemArguments\)"),
        (lambda: hp.FileSystem.lustre("fs-1"), r"lustre.file_system: 'fs-1' is of type str"),  # type: ignore[arg-type]
        (lambda: hp.FileSystem.openzfs("fs-1"), r"openzfs.file_system: 'fs-1' is of type str"),  # type: ignore[arg-type]
    ],
)
def test_fails_on_incomplete_arguments(make: Callable[[], hp.FileSystem], message: str) -> None:
    with pytest.raises(hp.ValidationError, match=message):
        make()


def test_fails_on_the_other_kind_of_file_system(stack: cdk.Stack) -> None:
    network = hp.ClusterNetwork(stack, "Network")

    with pytest.raises(hp.ValidationError, match=r"lustre.file_system: 'OPENZFS' .*FileSystemType"):
        hp.FileSystem.lustre(make_openzfs(stack, network))


def test_fails_on_a_file_system_and_a_name(stack: cdk.Stack) -> None:
    network = hp.ClusterNetwork(stack, "Network")

    with pytest.raises(
        hp.ValidationError, match=r"\['file_system', 'dns_name'\] do not specify exactly one"
    ):
        hp.FileSystem.lustre(make_lustre(stack, network), dns_name=DNS_NAME)
    with pytest.raises(
        hp.ValidationError, match=r"\['file_system', 'dns_name'\] do not specify exactly one"
    ):
        hp.FileSystem.openzfs(make_openzfs(stack, network), dns_name=HOME_DNS_NAME)


def imported_lustre(stack: cdk.Stack, network: hp.ClusterNetwork) -> fsx.IFileSystem:
    return fsx.LustreFileSystem.from_lustre_file_system_attributes(
        stack,
        "Imported",
        dns_name=DNS_NAME,
        file_system_id="fs-0abc123def4567890",
        security_group=ec2.SecurityGroup(stack, "FsxGroup", vpc=network.vpc),
    )


def test_an_imported_file_system_has_its_name_and_security_group(stack: cdk.Stack) -> None:
    network = hp.ClusterNetwork(stack, "Network")
    imported = imported_lustre(stack, network)

    make_cluster(stack, network, hp.FileSystem.lustre(imported, mount_name="abcdefgh"))

    assert opened_ports(stack, network) == LUSTRE_PORTS


def test_says_what_is_wrong_with_a_file_system(stack: cdk.Stack) -> None:
    network = hp.ClusterNetwork(stack, "Network")
    lustre: Any = make_lustre(stack, network)
    imported: Any = imported_lustre(stack, network)
    wrong: Any = "sg-1"
    calls: list[tuple[Callable[[], object], str]] = [
        (
            lambda: hp.FileSystem.lustre(imported),
            "FileSystem.lustre.mount_name: 'mount_name' is required, since an imported file system does "
            "not have its mount name; use the LustreConfiguration.MountName from",
        ),
        (
            lambda: hp.FileSystem.openzfs(lustre),
            "FileSystem.openzfs.file_system: 'LUSTRE' is not supported by this method; use "
            "hp.FileSystem.lustre(...)",
        ),
        (
            lambda: hp.FileSystem.lustre(make_openzfs(stack, network)),
            "FileSystem.lustre.file_system: 'OPENZFS' is not supported by this method; use "
            "hp.FileSystem.openzfs(...)",
        ),
        (
            lambda: hp.FileSystem.lustre(DNS_NAME),  # type: ignore[arg-type]
            f"FileSystem.lustre.file_system: '{DNS_NAME}' is of type str; pass a file system of "
            "aws_cdk.aws_fsx, or dns_name= and mount_name=",
        ),
        (
            lambda: hp.FileSystem.lustre(lustre, mount_name="abcdefgh"),
            "FileSystem.lustre: ['file_system', 'mount_name'] do not specify exactly one file "
            "system; omit mount_name",
        ),
        (
            lambda: hp.FileSystem.lustre(dns_name=5, mount_name=wrong, security_groups=wrong),  # type: ignore[arg-type]
            "FileSystem.lustre.dns_name: 5 is of type int; pass a string (ArgumentType)\n"
            "FileSystem.lustre.security_groups: 'sg-1' is of type str; pass a list",
        ),
        (
            lambda: hp.FileSystem.openzfs(dns_name=DNS_NAME, security_groups=[wrong]),
            "FileSystem.openzfs.security_groups[0]: 'sg-1' is of type str; pass a security group",
        ),
    ]
    for call, text in calls:
        with pytest.raises(hp.ValidationError) as caught:
            call()
        assert str(caught.value).startswith(text)
