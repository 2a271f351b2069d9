"""File systems with EFA: what an app knows of them, and what nodes and their roles get."""

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest

import hyperpod_constructs as hp
from hyperpod_constructs.testing import ClusterTemplate
from tests.clusters.lustre_with_efa import P5, lustre_with_efa
from tests.clusters.stacks import CONTROLLER, DNS_NAME, make_cluster
from tests.clusters.templates import policies
from tests.synth import resources_of

CPU = hp.InstanceGroup.worker("cpu", instance_type="ml.c5.xlarge", partition="cpu")


def cluster_of(
    stack: cdk.Stack, network: hp.ClusterNetwork, file_system: hp.FileSystem, **more: Any
) -> hp.HyperPodCluster:
    return make_cluster(
        stack,
        **{
            "vpc": network.vpc,
            "security_groups": [network.security_group],
            "file_systems": [file_system],
            "instance_groups": [CONTROLLER, P5],
            **more,
        },
    )


def with_efa(stack: cdk.Stack, network: hp.ClusterNetwork) -> hp.FileSystem:
    return hp.FileSystem.lustre(lustre_with_efa(stack, network, efa_enabled=True))


def without_efa(stack: cdk.Stack, network: hp.ClusterNetwork) -> hp.FileSystem:
    return hp.FileSystem.lustre(lustre_with_efa(stack, network))


def decided_later(stack: cdk.Stack, network: hp.ClusterNetwork) -> hp.FileSystem:
    wanted = cdk.CfnParameter(stack, "Efa")
    enabled = cdk.Token.as_any(wanted.value_as_string)
    return hp.FileSystem.lustre(lustre_with_efa(stack, network, efa_enabled=enabled))


def overridden(stack: cdk.Stack, network: hp.ClusterNetwork) -> hp.FileSystem:
    return hp.FileSystem.lustre(lustre_with_efa(stack, network), efa=True)


def by_name(_stack: cdk.Stack, _network: hp.ClusterNetwork) -> hp.FileSystem:
    return hp.FileSystem.lustre(dns_name=DNS_NAME, mount_name="abcdefgh")


def by_name_without(_stack: cdk.Stack, _network: hp.ClusterNetwork) -> hp.FileSystem:
    return hp.FileSystem.lustre(dns_name=DNS_NAME, mount_name="abcdefgh", efa=False)


def actions(stack: cdk.Stack) -> dict[str, list[str]]:
    """Which roles may describe file systems."""
    return {
        name: [each["Resource"] for each in statements if "fsx:Describe" in json.dumps(each)]
        for name, statements in policies(stack).items()
        if "fsx:Describe" in json.dumps(statements)
    }


@pytest.mark.parametrize(
    ("make", "known", "asks"),
    [
        (with_efa, True, True),
        (overridden, True, True),
        (decided_later, None, True),
        (by_name, None, True),
        (without_efa, False, False),
        (by_name_without, False, False),
    ],
)
def test_what_nodes_look_up(
    stack: cdk.Stack,
    make: Callable[[cdk.Stack, hp.ClusterNetwork], hp.FileSystem],
    known: bool | None,
    asks: bool,
) -> None:
    network = hp.ClusterNetwork(stack, "Network")
    file_system = make(stack, network)
    assert file_system.efa is known
    cluster_of(stack, network, file_system)

    steps = json.loads(ClusterTemplate.from_stack(stack).file("steps.json"))
    assert steps.get("lustre_efa", False) is asks
    assert actions(stack) == ({"Worker": ["*"]} if asks else {})


@pytest.mark.parametrize(
    "more",
    [
        {"instance_groups": [CONTROLLER, CPU]},
        {"lifecycle_scripts": hp.LifecycleScripts.default(lustre_efa=False)},
    ],
)
def test_no_role_needs_it(stack: cdk.Stack, more: dict[str, Any]) -> None:
    network = hp.ClusterNetwork(stack, "Network")
    cluster_of(stack, network, with_efa(stack, network), **more)

    assert actions(stack) == {}


def test_hyperpod_mounts_the_file_systems_of_api_driven_slurm(stack: cdk.Stack) -> None:
    groups = [
        hp.InstanceGroup.controller(instance_type="ml.c5.xlarge"),
        hp.InstanceGroup.worker("gpu", instance_type="ml.p5.48xlarge", partition="gpu"),
    ]
    network = hp.ClusterNetwork(stack, "Network")
    cluster_of(
        stack,
        network,
        with_efa(stack, network),
        instance_groups=groups,
        orchestrator=hp.ApiDrivenSlurm(),
        lifecycle_scripts=hp.LifecycleScripts.default(),
    )

    assert actions(stack) == {}
    assert "lustre_efa" not in ClusterTemplate.from_stack(stack).file("steps.json")


def test_all_traffic_between_nodes_and_servers(stack: cdk.Stack) -> None:
    network = hp.ClusterNetwork(stack, "Network")
    cluster = cluster_of(stack, network, with_efa(stack, network))
    own = hp.EfaSecurityGroup(stack, "Own", vpc=network.vpc)
    cluster.add_instance_group(
        hp.InstanceGroup.worker(
            "far", instance_type="ml.p5.48xlarge", partition="far", security_groups=[own]
        )
    )

    (server,) = (
        {"Fn::GetAtt": [name, "GroupId"]}
        for name in resources_of(stack, "AWS::EC2::SecurityGroup")
        if name.startswith("Fsx")
    )
    for nodes in (network.security_group, own):
        group = stack.resolve(nodes.security_group_id)
        for target, source in ((server, group), (group, server)):
            assert rules(stack, target, source) == ["-1"]
    (resource,) = resources_of(stack, "AWS::SageMaker::Cluster").values()
    described = resources_of(stack, "AWS::EC2::SecurityGroupIngress").items()
    of_servers = {
        name
        for name, rule in described
        if rule["Properties"].get("SourceSecurityGroupId") == server
        and rule["Properties"]["GroupId"] != server
    }
    assert of_servers
    assert of_servers <= {*resource["DependsOn"]}


def rules(stack: cdk.Stack, target: object, source: object) -> list[str]:
    return [
        rule["Properties"]["IpProtocol"]
        for rule in resources_of(stack, "AWS::EC2::SecurityGroupIngress").values()
        if rule["Properties"]["GroupId"] == target
        and rule["Properties"].get("SourceSecurityGroupId") == source
    ]


def test_fails_on_other_types(stack: cdk.Stack) -> None:
    wrong: Any = "yes"
    with pytest.raises(hp.ValidationError, match=r"FileSystem.lustre.efa: 'yes' is of type str"):
        hp.FileSystem.lustre(dns_name=DNS_NAME, mount_name="abcdefgh", efa=wrong)
    with pytest.raises(hp.ValidationError, match=r"lifecycle_scripts.lustre_efa: 'yes'"):
        make_cluster(stack, lifecycle_scripts=hp.LifecycleScripts.default(lustre_efa=wrong))
