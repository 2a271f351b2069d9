"""Tags of a stack reach all that a cluster is billed for."""

import json

import aws_cdk as cdk
from aws_cdk.assertions import Template

import hyperpod_constructs as hp
from tests.clusters.stacks import GROUPS
from tests.synth import CONTEXT, make_stack

BILLED = {
    *("AWS::EC2::NatGateway", "AWS::EC2::EIP", "AWS::EC2::VPC", "AWS::Logs::LogGroup"),
    *("AWS::S3::Bucket", "AWS::SageMaker::Cluster"),
}


def test_tags_of_the_stack_reach_what_is_billed() -> None:
    stack = make_stack(cdk.App(context=CONTEXT), "Stack")
    hp.HyperPodCluster(stack, "Cluster", instance_groups=list(GROUPS))
    cdk.Tags.of(stack).add("team", "research")

    resources = Template.from_stack(stack).to_json()["Resources"].values()

    tagged = {each["Type"] for each in resources if "research" in json.dumps(each)}
    assert tagged >= BILLED
