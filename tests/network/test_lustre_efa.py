"""File systems with EFA: what an app knows of them, and what nodes and their roles get."""

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_fsx as fsx
from aws_cdk.assertions import Annotations, Match

import hyperpod_constructs as hp
from hyperpod_constructs.testing import ClusterTemplate
from tests.clusters.lustre_with_efa import P5, lustre_with_efa
from tests.clusters.stacks import CONTROLLER, DNS_NAME, make_cluster
from tests.clusters.templates import policies
from tests.eks.stacks import make_control_plane, make_nodes
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


AUTOMATIC = fsx.CfnFileSystem.MetadataConfigurationProperty(mode="AUTOMATIC")
SCRATCH = {"deployment_type": "SCRATCH_2", "per_unit_storage_throughput": None}


@pytest.mark.parametrize(
    ("configuration", "efa", "texts"),
    [
        ({"efa_enabled": True, "metadata_configuration": AUTOMATIC}, None, []),
        ({}, None, []),
        ({"efa_enabled": True}, None, ["requires a metadata configuration"]),
        (
            {"efa_enabled": True, "metadata_configuration": AUTOMATIC, **SCRATCH},
            None,
            ["deployment type SCRATCH_2 does not support"],
        ),
        (
            {"efa_enabled": True, **SCRATCH},
            True,
            ["deployment type SCRATCH_2", "metadata configuration"],
        ),
        ({}, True, ["does not set efa_enabled"]),
    ],
)
def test_what_fsx_requires_for_efa(
    stack: cdk.Stack, configuration: dict[str, Any], efa: bool | None, texts: list[str]
) -> None:
    network = hp.ClusterNetwork(stack, "Network")
    scratch = lustre_with_efa(stack, network, **configuration)
    cluster_of(stack, network, hp.FileSystem.lustre(scratch, efa=efa))

    found = efa_warnings(stack)
    assert len(found) == len(texts)
    for text in texts:
        assert any(text in each for each in found)


def test_a_file_system_of_a_group(stack: cdk.Stack) -> None:
    network = hp.ClusterNetwork(stack, "Network")
    own = hp.FileSystem.lustre(lustre_with_efa(stack, network, efa_enabled=True))
    cluster_of(
        stack,
        network,
        own,
        file_systems=[],
        instance_groups=[
            hp.InstanceGroup.controller(instance_type="ml.c5.xlarge"),
            hp.InstanceGroup.worker(
                "gpu",
                instance_type="ml.p5.48xlarge",
                partition="gpu",
                file_systems=[own],
            ),
        ],
        orchestrator=hp.ApiDrivenSlurm(),
        lifecycle_scripts=hp.LifecycleScripts.default(),
    )

    (text,) = efa_warnings(stack)
    assert text.startswith("instance_groups[1].file_systems[0]: ")


def test_a_construct_of_cdk_has_efa_by_an_override(stack: cdk.Stack) -> None:
    network = hp.ClusterNetwork(stack, "Network")
    scratch = fsx.LustreFileSystem(
        stack,
        "Scratch",
        vpc=network.vpc,
        vpc_subnet=network.subnet,
        storage_capacity_gib=4800,
        lustre_configuration={"deployment_type": fsx.LustreDeploymentType.PERSISTENT_2},
    )
    cluster_of(stack, network, hp.FileSystem.lustre(scratch, efa=True))

    assert not efa_warnings(stack)


@pytest.mark.parametrize("allows", [True, False])
def test_rules_among_the_servers(stack: cdk.Stack, allows: bool) -> None:
    network = hp.ClusterNetwork(stack, "Network")
    scratch = lustre_with_efa(stack, network, efa_enabled=True, metadata_configuration=AUTOMATIC)
    other = ec2.SecurityGroup(stack, "Other", vpc=network.vpc, allow_all_outbound=False)
    if allows:
        other.connections.allow_internally(ec2.Port.all_traffic())
    scratch.security_group_ids = [other.security_group_id]
    cluster_of(stack, network, hp.FileSystem.lustre(scratch))

    assert len(efa_warnings(stack)) == (not allows)


def test_a_group_that_is_added_mounts_a_file_system_with_efa(stack: cdk.Stack) -> None:
    network = hp.ClusterNetwork(stack, "Network")
    scratch = lustre_with_efa(stack, network, efa_enabled=True)
    cluster = cluster_of(
        stack,
        network,
        by_name(stack, network),
        file_systems=[],
        orchestrator=hp.ApiDrivenSlurm(),
        instance_groups=[hp.InstanceGroup.controller(instance_type="ml.c5.xlarge")],
    )
    cluster.add_instance_group(
        hp.InstanceGroup.worker(
            "gpu",
            instance_type="ml.p5.48xlarge",
            partition="gpu",
            file_systems=[hp.FileSystem.lustre(scratch)],
        )
    )

    (text,) = efa_warnings(stack)
    assert text.startswith("instance_groups[1].file_systems[0]: 'Stack/Scratch' has EFA")


def test_claims_of_kubernetes_use_a_file_system_with_efa(stack: cdk.Stack) -> None:
    network = hp.ClusterNetwork(stack, "Network")
    control_plane = make_control_plane(stack)
    scratch = lustre_with_efa(stack, network, efa_enabled=True)
    hp.FsxCsiDriverAddOn(
        stack,
        "Storage",
        cluster=make_nodes(stack, control_plane),
        file_systems=[hp.FileSystem.lustre(scratch)],
    )

    (text,) = efa_warnings(stack)
    assert text.startswith("file_systems[0]: 'Stack/Scratch' has EFA")


def efa_warnings(stack: cdk.Stack) -> list[str]:
    pattern = Match.string_like_regexp(r"\(LustreEfa\)")
    found = Annotations.from_stack(stack).find_warning("*", pattern)
    return [str(each.entry.data) for each in found]


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
