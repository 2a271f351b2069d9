"""Networks and security groups."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Annotations, Match, Template
from syrupy.assertion import SnapshotAssertion

import hyperpod_constructs as hp
from tests.synth import resources_of, template


def test_minimal(stack: cdk.Stack, snapshot: SnapshotAssertion) -> None:
    hp.ClusterNetwork(stack, "Network")

    assert template(stack) == snapshot


def test_everything(stack: cdk.Stack, snapshot: SnapshotAssertion) -> None:
    hp.ClusterNetwork(
        stack,
        "Network",
        availability_zone="us-west-2b",
        ip_addresses=ec2.IpAddresses.cidr("10.20.0.0/16"),
        interface_endpoints=[
            ec2.InterfaceVpcEndpointAwsService.SSM,
            ec2.InterfaceVpcEndpointAwsService.SSM_MESSAGES,
            ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
        ],
        flow_log_retention=logs.RetentionDays.ONE_MONTH,
    )

    assert template(stack) == snapshot


def test_imported_vpc(stack: cdk.Stack, snapshot: SnapshotAssertion) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack, "Vpc", vpc_id="vpc-0123456789abcdef0", availability_zones=["us-west-2a"]
    )
    hp.EfaSecurityGroup(stack, "Nodes", vpc=vpc, description="Nodes of llm")

    assert template(stack) == snapshot


def test_one_zone_one_nat_gateway_one_endpoint(stack: cdk.Stack) -> None:
    hp.ClusterNetwork(stack, "Network", availability_zone="us-west-2b")

    subnets = resources_of(stack, "AWS::EC2::Subnet").values()
    assert {subnet["Properties"]["AvailabilityZone"] for subnet in subnets} == {"us-west-2b"}
    assert not any(subnet["Properties"]["MapPublicIpOnLaunch"] for subnet in subnets)
    checks = Template.from_stack(stack)
    checks.resource_count_is("AWS::EC2::NatGateway", 1)
    checks.resource_count_is("AWS::EC2::FlowLog", 1)
    checks.has_resource_properties("AWS::EC2::VPCEndpoint", {"VpcEndpointType": "Gateway"})
    checks.has_resource_properties("AWS::Logs::LogGroup", {"RetentionInDays": 365})


def test_nodes_have_half_of_the_addresses(stack: cdk.Stack) -> None:
    hp.ClusterNetwork(stack, "Network")

    blocks = {
        subnet["Properties"]["CidrBlock"]
        for subnet in resources_of(stack, "AWS::EC2::Subnet").values()
    }
    assert blocks == {"10.0.0.0/24", "10.0.128.0/17"}


def test_the_security_group_keeps_both_self_rules_and_the_rule_for_all(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc")
    group = hp.EfaSecurityGroup(stack, "Nodes", vpc=vpc)

    itself = stack.resolve(group.security_group_id)
    checks = Template.from_stack(stack)
    checks.has_resource_properties(
        "AWS::EC2::SecurityGroupIngress",
        {"GroupId": itself, "SourceSecurityGroupId": itself, "IpProtocol": "-1"},
    )
    checks.has_resource_properties(
        "AWS::EC2::SecurityGroupEgress",
        {"GroupId": itself, "DestinationSecurityGroupId": itself, "IpProtocol": "-1"},
    )
    checks.has_resource_properties(
        "AWS::EC2::SecurityGroup",
        {"SecurityGroupEgress": [Match.object_like({"CidrIp": "0.0.0.0/0", "IpProtocol": "-1"})]},
    )
    assert not Annotations.from_stack(stack).find_warning("*", Match.any_value())


def test_groups_with_security_groups_of_their_own_reach_the_others(stack: cdk.Stack) -> None:
    network = hp.ClusterNetwork(stack, "Network")
    own = hp.EfaSecurityGroup(stack, "Own", vpc=network.vpc)
    hp.HyperPodCluster(
        stack,
        "Cluster",
        vpc=network.vpc,
        security_groups=[network.security_group],
        instance_groups=[
            hp.InstanceGroup.controller(instance_type="ml.m5.xlarge"),
            hp.InstanceGroup.worker(
                "gpu", instance_type="ml.g5.8xlarge", partition="gpu", security_groups=[own]
            ),
        ],
    )

    pairs = {
        (str(rule["Properties"]["GroupId"]), str(rule["Properties"]["SourceSecurityGroupId"]))
        for rule in resources_of(stack, "AWS::EC2::SecurityGroupIngress").values()
    }
    shared = str(stack.resolve(network.security_group.security_group_id))
    single = str(stack.resolve(own.security_group_id))
    assert pairs == {(shared, shared), (single, single), (shared, single), (single, shared)}


def containers_in(network: hp.ClusterNetwork, subnet: ec2.ISubnet, *own: ec2.ISubnet) -> None:
    hp.HyperPodCluster(
        network,
        "Cluster",
        vpc=network.vpc,
        vpc_subnets=ec2.SubnetSelection(subnets=[subnet]),
        lifecycle_scripts=hp.LifecycleScripts.default(containers=hp.Containers()),
        instance_groups=[
            hp.InstanceGroup.controller(instance_type="ml.m5.xlarge"),
            hp.InstanceGroup.worker(
                "gpu", instance_type="ml.g5.8xlarge", partition="gpu", subnets=own
            ),
        ],
    )


def test_database_subnets_have_no_route_to_the_internet(stack: cdk.Stack) -> None:
    network = hp.ClusterNetwork(stack, "Network", database_subnets=True)

    with pytest.raises(hp.ValidationError, match=r"is vpc_subnets\[0\] and has no route to the"):
        containers_in(network, network.database_subnets[0])
    with pytest.raises(
        hp.ValidationError, match=r"is instance_groups\[1\].subnets\[0\] and has no"
    ):
        containers_in(network, network.subnet, network.database_subnets[1])


def test_a_subnet_beside_the_vpc_may_have_a_route(stack: cdk.Stack) -> None:
    network = hp.ClusterNetwork(stack, "Network", availability_zone="us-west-2a")
    subnet = ec2.PrivateSubnet(
        stack,
        "Own",
        vpc_id=network.vpc.vpc_id,
        availability_zone="us-west-2a",
        cidr_block="10.0.8.0/24",
    )
    subnet.add_default_nat_route("nat-0123456789abcdef0")

    containers_in(network, subnet)


@pytest.mark.parametrize(
    ("zone", "message"),
    [
        ("us-east-1b", r"'us-east-1b' is not the name of an Availability Zone of us-west-2;"),
        ("usw2-az2", r"'usw2-az2' is not the name .*not an ID such as .*\(AvailabilityZone\)"),
    ],
)
def test_fails_on_a_zone_of_another_region(stack: cdk.Stack, zone: str, message: str) -> None:
    with pytest.raises(hp.ValidationError, match=message):
        hp.ClusterNetwork(stack, "Network", availability_zone=zone)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            {"ip_addresses": ec2.IpAddresses.cidr("10.0.0.0/24")},
            "ip_addresses: '10.0.0.0/24' is not a block of 65,536 addresses (/16), the largest of "
            "a VPC and the smallest with room for the private subnet (/17); use "
            "ec2.IpAddresses.cidr('10.0.0.0/16'), or",
        ),
        (
            {"ip_addresses": ec2.IpAddresses.cidr("10.0.0.0/8")},
            "ip_addresses: '10.0.0.0/8' is not a block",
        ),
        (
            {
                "ip_addresses": ec2.IpAddresses.aws_ipam_allocation(
                    ipv4_ipam_pool_id="pool", ipv4_netmask_length=20
                )
            },
            "ip_addresses: '/20' is not a block",
        ),
        (
            {"availability_zone": "usw2-az1"},
            "availability_zone: 'usw2-az1' is not the name of an Availability Zone of us-west-2; use a "
            "name such as 'us-west-2a'",
        ),
        (
            {"availability_zone": "us-west-2a "},
            "availability_zone: 'us-west-2a ' is not the name of an Availability Zone",
        ),
        (
            {"interface_endpoints": [ec2.InterfaceVpcEndpointAwsService.SSM] * 2},
            "interface_endpoints: ['ssm'] are the services of more endpoints",
        ),
        (
            {"interface_endpoints": ec2.InterfaceVpcEndpointAwsService.SSM},
            "interface_endpoints: <InterfaceVpcEndpointAwsService> is of type "
            "InterfaceVpcEndpointAwsService; pass a list",
        ),
    ],
)
def test_fails_on_what_cannot_be_deployed(
    stack: cdk.Stack, arguments: dict[str, Any], text: str
) -> None:
    with pytest.raises(hp.ValidationError) as caught:
        hp.ClusterNetwork(stack, "Network", **arguments)

    assert str(caught.value).startswith(text)


def test_a_zone_has_a_name_in_a_stack_of_any_region() -> None:
    stack = cdk.Stack(cdk.App(), "Stack")
    network = hp.ClusterNetwork(stack, "Network", availability_zone="us-west-2-lax-1a")

    assert network.subnet.availability_zone == "us-west-2-lax-1a"
    with pytest.raises(hp.ValidationError, match="use a name such as 'us-west-2a', not an ID such"):
        hp.ClusterNetwork(stack, "Other", availability_zone="usw2-az1")
