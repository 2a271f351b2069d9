"""Clusters in a VPC of one's own."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk.assertions import Template

import hyperpod_constructs as hp
from tests.clusters.stacks import GROUPS, make_cluster, make_vpc
from tests.clusters.templates import groups_of, properties
from tests.synth import make_stack


def test_an_existing_vpc_gives_its_first_private_subnet(stack: cdk.Stack) -> None:
    vpc = make_vpc(stack)
    make_cluster(stack, vpc=vpc)

    assert properties(stack)["VpcConfig"]["Subnets"] == [
        stack.resolve(vpc.private_subnets[0].subnet_id)
    ]


def test_an_imported_vpc_works(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["us-west-2a", "us-west-2b"],
        private_subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
    )
    make_cluster(stack, vpc=vpc)

    assert properties(stack)["VpcConfig"]["Subnets"] == ["subnet-0123456789abcdef0"]


def test_a_subnet_imported_by_its_id_alone_works(stack: cdk.Stack) -> None:
    subnet = ec2.Subnet.from_subnet_id(stack, "Subnet", "subnet-0123456789abcdef9")
    make_cluster(stack, vpc=make_vpc(stack), vpc_subnets=ec2.SubnetSelection(subnets=[subnet]))

    assert properties(stack)["VpcConfig"]["Subnets"] == ["subnet-0123456789abcdef9"]


def test_a_group_with_a_subnet_of_its_own_keeps_the_security_groups(stack: cdk.Stack) -> None:
    vpc = make_vpc(stack)
    group = hp.InstanceGroup.worker(
        "far", instance_type="ml.c5.xlarge", partition="far", subnets=[vpc.private_subnets[1]]
    )
    make_cluster(stack, vpc=vpc, instance_groups=[*GROUPS, group])

    assert groups_of(stack)["far"]["OverrideVpcConfig"] == {
        "SecurityGroupIds": properties(stack)["VpcConfig"]["SecurityGroupIds"],
        "Subnets": [stack.resolve(vpc.private_subnets[1].subnet_id)],
    }
    assert "OverrideVpcConfig" not in groups_of(stack)["gpu"]


def test_a_vpc_of_another_stack_works(app: cdk.App) -> None:
    network = hp.ClusterNetwork(make_stack(app, "NetworkStack"), "Network")
    stack = make_stack(app, "ClusterStack")
    make_cluster(stack, vpc=network.vpc, security_groups=[network.security_group])

    Template.from_stack(stack).resource_count_is("AWS::SageMaker::Cluster", 1)
