"""What is doubtful is a warning, said once."""

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks as eks
from aws_cdk.assertions import Annotations, Match

import hyperpod_constructs as hp
from tests.clusters.stacks import (
    GPU,
    GROUPS,
    LOGIN,
    make_api_driven,
    make_cluster,
    make_eks,
    make_vpc,
)


def test_warnings_are_annotations_said_once(stack: cdk.Stack) -> None:
    vpc = make_vpc(stack)
    cluster = make_cluster(
        stack, vpc=vpc, security_groups=[ec2.SecurityGroup(stack, "Plain", vpc=vpc)]
    )
    cluster.add_instance_group(
        hp.InstanceGroup.worker("w", instance_type="ml.c5.xlarge", partition="dev")
    )
    cluster.add_instance_group(LOGIN)

    annotations = Annotations.from_stack(stack)
    found = annotations.find_warning("*", Match.string_like_regexp("as EFA requires|AutomaticP"))
    assert len(found) == 2
    assert "hyperpod-constructs:EfaSecurityGroup" in json.dumps(
        [str(message.entry.data) for message in found]
    )


def test_what_a_later_group_mends_is_no_warning(stack: cdk.Stack) -> None:
    cluster = make_cluster(stack, instance_groups=GROUPS[:1])
    cluster.add_instance_group(GROUPS[1])

    assert not Annotations.from_stack(stack).find_warning("*", Match.any_value())


def eks_with_known_groups(stack: cdk.Stack, **settings: Any) -> hp.HyperPodCluster:
    return imported_eks(stack, ["sg-0123456789abcdef0"], **settings)


def imported_eks(
    stack: cdk.Stack, security_group_ids: list[str], **settings: Any
) -> hp.HyperPodCluster:
    control_plane = eks.Cluster.from_cluster_attributes(
        stack,
        "ControlPlane",
        cluster_name="training",
        vpc=make_vpc(stack),
        security_group_ids=security_group_ids,
    )
    return make_cluster(
        stack, **{"orchestrator": hp.Eks(control_plane), "instance_groups": [GPU], **settings}
    )


@pytest.mark.parametrize(
    ("make", "settings"),
    [
        (make_cluster, {}),
        (make_api_driven, {}),
        (make_api_driven, {"node_provisioning_mode": hp.NodeProvisioningMode.CONTINUOUS}),
        (eks_with_known_groups, {}),
        (
            eks_with_known_groups,
            {"instance_groups": [hp.InstanceGroup("cpu", instance_type="ml.m5.xlarge")]},
        ),
        (
            eks_with_known_groups,
            {
                "instance_groups": [
                    hp.InstanceGroup("gpu", instance_type="ml.g5.8xlarge", count=0)
                ],
                "node_provisioning_mode": hp.NodeProvisioningMode.CONTINUOUS,
                "auto_scaling": hp.AutoScaling(),
            },
        ),
    ],
)
def test_defaults_have_no_warning(
    stack: cdk.Stack, make: Callable[..., Any], settings: dict[str, Any]
) -> None:
    make(stack, **settings)

    assert not Annotations.from_stack(stack).find_warning("*", Match.any_value())


def nothing(_: hp.HyperPodCluster) -> None:
    pass


def open_to_peer(cluster: hp.HyperPodCluster) -> None:
    peer = ec2.SecurityGroup.from_security_group_id(cluster, "Peer", "sg-0fedcba9876543210")
    cluster.connections.allow_from(peer, ec2.Port.all_traffic())


def open_to_addresses(cluster: hp.HyperPodCluster) -> None:
    cluster.connections.allow_from(ec2.Peer.ipv4("10.0.0.0/8"), ec2.Port.all_traffic())


def open_for_ssh(cluster: hp.HyperPodCluster) -> None:
    cluster.connections.allow_from(ec2.Peer.ipv4("10.0.0.0/8"), ec2.Port.SSH)


@pytest.mark.parametrize(
    ("settings", "then", "number"),
    [
        ({}, nothing, 1),
        ({}, open_for_ssh, 1),
        ({}, open_to_peer, 0),
        ({}, open_to_addresses, 0),
        ({"security_groups": ["sg-0123456789abcdef0"]}, nothing, 0),
    ],
)
def test_unknown_security_groups_of_an_eks_cluster(
    stack: cdk.Stack,
    settings: dict[str, list[str]],
    then: Callable[[hp.HyperPodCluster], None],
    number: int,
) -> None:
    groups = [
        ec2.SecurityGroup.from_security_group_id(stack, each, each)
        for each in settings.get("security_groups", ())
    ]
    then(make_eks(stack, security_groups=groups))

    assert number_of(stack, "EksSecurityGroups") == number


def test_unknown_security_groups_of_an_imported_eks_cluster(stack: cdk.Stack) -> None:
    cluster = imported_eks(stack, [])

    assert number_of(stack, "EksSecurityGroups") == 1
    cdk.Validations.of(cluster).acknowledge(
        cdk.Acknowledgment(
            id="Annotation::hyperpod-constructs:EksSecurityGroups", reason="another stack has them"
        )
    )
    assert number_of(stack, "EksSecurityGroups") == 0


def number_of(stack: cdk.Stack, code: str) -> int:
    pattern = Match.string_like_regexp(rf"\({code}\)")
    return len(Annotations.from_stack(stack).find_warning("*", pattern))


def public_selection(stack: cdk.Stack) -> dict[str, Any]:
    return {
        "vpc": make_vpc(stack),
        "vpc_subnets": ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC),
    }


def public_vpc(stack: cdk.Stack) -> dict[str, Any]:
    public = ec2.SubnetConfiguration(name="P", subnet_type=ec2.SubnetType.PUBLIC)
    return {"vpc": make_vpc(stack, nat_gateways=0, subnet_configuration=[public])}


def public_subnet_of_a_group(stack: cdk.Stack) -> dict[str, Any]:
    vpc = make_vpc(stack)
    group = hp.InstanceGroup.worker(
        "x", instance_type="ml.c5.xlarge", partition="x", subnets=[vpc.public_subnets[0]]
    )
    return {"vpc": vpc, "instance_groups": [*GROUPS, group]}


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        (public_selection, r"vpc_subnets\[0\]: 'Stack/Vpc/"),
        (public_vpc, r"vpc_subnets\[0\]: 'Stack/Vpc/"),
        (public_subnet_of_a_group, r"instance_groups\[2\].subnets\[0\]: 'Stack/Vpc/"),
    ],
)
def test_warns_of_a_public_subnet(
    stack: cdk.Stack, arguments: Callable[[cdk.Stack], dict[str, Any]], path: str
) -> None:
    make_cluster(stack, **arguments(stack))

    text = Match.string_like_regexp(f"{path}.*is a public subnet, in which")
    assert Annotations.from_stack(stack).find_warning("*", text)
