"""Network interfaces of nodes: in the subnets and with the security groups of the cluster."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from policy_sentry.querying.actions import get_action_data

import hyperpod_constructs as hp
from hyperpod_constructs.testing.policies.statements import is_allowed
from tests.clusters import every_mode
from tests.clusters.stacks import CONTROLLER, LOGIN, WORKER
from tests.clusters.templates import as_list
from tests.synth import resources_of

HERE = "arn:aws:ec2:us-west-2:111122223333"
SUBNET, GROUP, VPC = (f"{kind}-0123456789abcdef0" for kind in ("subnet", "sg", "vpc"))
OWN_SUBNET, OWN_GROUP = "subnet-0fedcba9876543210", "sg-0fedcba9876543210"
OTHER = "0aaaaaaaaaaaaaaaa"
MANAGED = (
    "ec2:CreateNetworkInterfacePermission",
    "ec2:CreateTags",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
    "ec2:DetachNetworkInterface",
)


def make(stack: cdk.Stack, **settings: Any) -> hp.HyperPodCluster:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id=VPC,
        availability_zones=["us-west-2a"],
        private_subnet_ids=[SUBNET],
    )
    return hp.HyperPodCluster(
        stack,
        "Cluster",
        vpc=vpc,
        security_groups=[ec2.SecurityGroup.from_security_group_id(stack, "Nodes", GROUP)],
        **{"instance_groups": [CONTROLLER, LOGIN, WORKER], **settings},
    )


def statements(stack: cdk.Stack, node_type: str = "Worker") -> list[dict[str, Any]]:
    role = next(
        role
        for name, role in resources_of(stack, "AWS::IAM::Role").items()
        if name.startswith(f"ClusterExecutionRoles{node_type}")
    )
    (policy,) = role["Properties"]["Policies"]
    return [
        statement
        for statement in policy["PolicyDocument"]["Statement"]
        if "NetworkInterface" in str(statement)
    ]


def in_vpc(vpc: str) -> dict[str, str]:
    return {"ec2:Vpc": f"{HERE}:vpc/{vpc}"}


def group_of_its_own(stack: cdk.Stack) -> hp.InstanceGroup:
    return hp.InstanceGroup.worker(
        "other",
        instance_type="ml.g5.8xlarge",
        partition="other",
        subnets=[
            ec2.Subnet.from_subnet_attributes(
                stack, "Own", subnet_id=OWN_SUBNET, availability_zone="us-west-2a"
            )
        ],
        security_groups=[ec2.SecurityGroup.from_security_group_id(stack, "OwnNodes", OWN_GROUP)],
    )


@pytest.mark.parametrize("node_type", ["Controller", "Login", "Worker"])
@pytest.mark.parametrize(
    ("resource", "is_created"),
    [
        ("network-interface/eni-1", True),
        (f"subnet/{SUBNET}", True),
        (f"security-group/{GROUP}", True),
        (f"subnet/subnet-{OTHER}", False),
        (f"security-group/sg-{OTHER}", False),
    ],
)
def test_interfaces_are_created_for_nodes_only(
    stack: cdk.Stack, node_type: str, resource: str, is_created: bool
) -> None:
    make(stack)

    found = statements(stack, node_type)
    assert is_created is is_allowed(
        found, "ec2:CreateNetworkInterface", f"{HERE}:{resource}", in_vpc(VPC)
    )


@pytest.mark.parametrize("action", MANAGED)
def test_interfaces_of_other_vpcs_are_left_alone(stack: cdk.Stack, action: str) -> None:
    make(stack)

    found, interface = statements(stack), f"{HERE}:network-interface/eni-1"
    assert is_allowed(found, action, interface, in_vpc(VPC))
    assert not is_allowed(found, action, interface, in_vpc(f"vpc-{OTHER}"))
    assert not is_allowed(found, action, interface, {})


def test_new_interfaces_get_tags_and_instances_lose_interfaces(stack: cdk.Stack) -> None:
    make(stack)

    found = statements(stack)
    assert is_allowed(
        found,
        "ec2:CreateTags",
        f"{HERE}:network-interface/eni-1",
        {"ec2:CreateAction": "CreateNetworkInterface"},
    )
    assert is_allowed(
        found,
        "ec2:DetachNetworkInterface",
        "arn:aws:ec2:us-west-2:444455556666:instance/i-1",
        {},
    )


@pytest.mark.parametrize("is_added", [False, True])
def test_network_of_a_group(stack: cdk.Stack, is_added: bool) -> None:
    own = group_of_its_own(stack)
    if is_added:
        make(stack).add_instance_group(own)
    else:
        make(stack, instance_groups=[CONTROLLER, LOGIN, WORKER, own])

    found = statements(stack)
    for resource in (f"subnet/{OWN_SUBNET}", f"security-group/{OWN_GROUP}", f"subnet/{SUBNET}"):
        assert is_allowed(found, "ec2:CreateNetworkInterface", f"{HERE}:{resource}", in_vpc(VPC))


def test_all_vpcs_are_an_option(stack: cdk.Stack) -> None:
    make(stack, restrict_network_interfaces=False)

    found = statements(stack)
    assert is_allowed(found, "ec2:CreateNetworkInterface", f"{HERE}:subnet/subnet-{OTHER}", {})
    for action in MANAGED:
        assert is_allowed(found, action, f"{HERE}:network-interface/eni-1", {})


def test_pods_use_all_subnets_of_the_vpc_and_no_others(stack: cdk.Stack) -> None:
    every_mode.on_eks(stack)

    found = statements(stack)
    vpc = next(
        statement["Condition"]["ArnEquals"]["ec2:Vpc"]
        for statement in found
        if statement["Sid"] == "NetworkInterfaces"
    )
    for statement in found:
        actions = set(as_list(statement["Action"]))
        resources = str(statement["Resource"])
        if "subnet/" in resources or actions & {"ec2:AssignPrivateIpAddresses"}:
            assert statement["Condition"] == {"ArnEquals": {"ec2:Vpc": vpc}}


def test_shared_subnets_belong_to_their_owner(app: cdk.App, stack: cdk.Stack) -> None:
    owner = cdk.Stack(app, "Owner", env=cdk.Environment(account="444455556666", region="us-west-2"))
    cdk.CfnWaitConditionHandle(owner, "Something")
    vpc = ec2.Vpc.from_vpc_attributes(
        owner,
        "Vpc",
        vpc_id=VPC,
        availability_zones=["us-west-2a"],
        private_subnet_ids=[SUBNET],
    )
    hp.HyperPodCluster(stack, "Cluster", instance_groups=[CONTROLLER, LOGIN, WORKER], vpc=vpc)

    found, theirs = statements(stack), "arn:aws:ec2:us-west-2:444455556666"
    context = {"ec2:Vpc": f"{theirs}:vpc/{VPC}"}
    literal = [
        {
            **statement,
            "Resource": [each for each in as_list(statement["Resource"]) if each == str(each)],
        }
        for statement in found
    ]
    assert is_allowed(literal, "ec2:CreateNetworkInterface", f"{theirs}:subnet/{SUBNET}", context)
    assert is_allowed(
        literal, "ec2:DeleteNetworkInterface", f"{HERE}:network-interface/eni-1", context
    )


@pytest.mark.parametrize("make_mode", [every_mode.continuous, every_mode.on_eks])
def test_keys_of_conditions_exist_for_each_resource(stack: cdk.Stack, make_mode: Any) -> None:
    make_mode(stack)

    for statement in statements(stack):
        keys = {key for test in statement.get("Condition", {}).values() for key in test}
        kinds = {
            kind
            for resource in as_list(statement["Resource"])
            for kind in ("network-interface", "security-group", "subnet", "instance")
            if f":{kind}/" in str(resource)
        }
        for action in as_list(statement["Action"]):
            data: Any = get_action_data(*action.split(":"))
            by_kind = {
                entry["resource_arn_format"].rpartition(":")[2].partition("/")[0]: entry
                for entry in data["ec2"]
            }
            for kind in kinds & set(by_kind):
                known = {*by_kind[kind]["condition_keys"], "ec2:CreateAction"}
                assert keys <= known, (action, kind, keys)
