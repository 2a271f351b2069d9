"""File systems are created after the rules among their own security groups, and deleted before them."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_fsx as fsx

import hyperpod_constructs as hp
from tests.clusters import layouts
from tests.synth import make_stack, resources_of, template


def lustre(stack: cdk.Stack, network: hp.ClusterNetwork, *groups: str) -> fsx.CfnFileSystem:
    return fsx.CfnFileSystem(
        stack,
        "Data",
        file_system_type="LUSTRE",
        storage_capacity=1200,
        subnet_ids=[network.subnet.subnet_id],
        security_group_ids=list(groups),
    )


def awaited(stack: cdk.Stack) -> list[dict[str, Any]]:
    """The rules that the only file system of a stack depends on."""
    (system,) = resources_of(stack, "AWS::FSx::FileSystem").values()
    resources = template(stack)["Resources"]
    return [resources[name]["Properties"] for name in system.get("DependsOn", [])]


@pytest.fixture
def network(stack: cdk.Stack) -> hp.ClusterNetwork:
    return hp.ClusterNetwork(stack, "Network")


def test_lustre_file_system_waits_for_its_own_port(
    stack: cdk.Stack, network: hp.ClusterNetwork
) -> None:
    scratch = layouts.lustre(stack, network)
    layouts.cluster(stack, network, file_systems=[hp.FileSystem.lustre(scratch)])

    (rule,) = awaited(stack)
    assert (rule["FromPort"], rule["ToPort"]) == (988, 1023)
    assert rule["GroupId"] == rule["SourceSecurityGroupId"]


def test_resource_waits_for_rules_of_any_construct(
    stack: cdk.Stack, network: hp.ClusterNetwork
) -> None:
    group = ec2.SecurityGroup(stack, "Group", vpc=network.vpc, allow_all_outbound=False)
    data = lustre(stack, network, group.security_group_id)
    layouts.cluster(stack, network, file_systems=[hp.FileSystem.lustre(data)])
    group.add_ingress_rule(group, ec2.Port.tcp(988))
    group.add_egress_rule(group, ec2.Port.tcp(988))
    ec2.CfnSecurityGroupIngress(
        stack,
        "More",
        group_id=group.security_group_id,
        source_security_group_id=group.security_group_id,
        ip_protocol="tcp",
        from_port=1018,
        to_port=1023,
    )

    rules = awaited(stack)
    assert sorted(rule["FromPort"] for rule in rules) == [988, 988, 1018]
    assert sum("DestinationSecurityGroupId" in rule for rule in rules) == 1


def test_file_system_of_the_group_of_the_nodes_waits_for_its_rules(
    stack: cdk.Stack, network: hp.ClusterNetwork
) -> None:
    data = lustre(stack, network, network.security_group.security_group_id)
    layouts.cluster(stack, network)

    assert len(awaited(stack)) == 2
    assert data.file_system_type == "LUSTRE"


def test_rules_of_other_groups_are_not_awaited(
    stack: cdk.Stack, network: hp.ClusterNetwork
) -> None:
    """They can need the file system: a rule for the address of a machine that mounts it."""
    scratch = layouts.lustre(stack, network)
    cluster = layouts.cluster(stack, network, file_systems=[hp.FileSystem.lustre(scratch)])
    cluster.node.add_dependency(scratch)
    other = ec2.SecurityGroup(stack, "Other", vpc=network.vpc)
    other.node.add_dependency(scratch.node.default_child)
    ec2.CfnSecurityGroupIngress(
        stack,
        "FromOther",
        group_id=scratch.connections.security_groups[0].security_group_id,
        source_security_group_id=other.security_group_id,
        ip_protocol="tcp",
        from_port=988,
        to_port=988,
    )

    assert [rule["ToPort"] for rule in awaited(stack)] == [1023]


def test_file_systems_of_other_groups_are_left_alone(
    stack: cdk.Stack, network: hp.ClusterNetwork
) -> None:
    layouts.lustre(stack, network)
    layouts.cluster(stack, network)

    assert awaited(stack) == []


def test_file_system_of_another_stack_waits_without_a_circular_dependency(app: cdk.App) -> None:
    network = hp.ClusterNetwork(make_stack(app, "Network"), "Network")
    storage, training = make_stack(app, "Storage"), make_stack(app, "Training")
    scratch = layouts.lustre(storage, network)
    layouts.cluster(training, network, file_systems=[hp.FileSystem.lustre(scratch)])

    assert [rule["ToPort"] for rule in awaited(storage)] == [1023]
    app.synth()


def test_rule_of_a_stack_that_needs_the_file_system_is_not_awaited(app: cdk.App) -> None:
    network = hp.ClusterNetwork(make_stack(app, "Network"), "Network")
    storage, training = make_stack(app, "Storage"), make_stack(app, "Training")
    group = ec2.SecurityGroup(storage, "Group", vpc=network.vpc)
    data = lustre(storage, network, group.security_group_id)
    layouts.cluster(training, network, file_systems=[hp.FileSystem.lustre(data)])
    ec2.CfnSecurityGroupIngress(
        training,
        "Own",
        group_id=group.security_group_id,
        source_security_group_id=group.security_group_id,
        ip_protocol="tcp",
        from_port=988,
        to_port=988,
    )

    assert awaited(storage) == []
    app.synth()
