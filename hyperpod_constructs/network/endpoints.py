"""Endpoints of the VPC of a cluster, also those created outside of it or after the cluster."""

import json
from collections.abc import Iterator, Sequence

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.subnet import Subnet

from .security_group_rules import resource_key


def vpc_endpoints(vpc: ec2.IVpc, cluster: Construct) -> list[ec2.VpcEndpoint]:
    """The endpoints of a VPC, among the children of the VPC, its scope, and the cluster's scope and stack.

    CDK selects them, since a list of all children would load the modules of their types.
    """
    stack = cdk.Stack.of(cluster)
    parents = {each for each in (vpc, vpc.node.scope, cluster.node.scope, stack) if each}
    key = resource_key(vpc, vpc.vpc_id)
    return [
        endpoint
        for each in dict.fromkeys((stack, cdk.Stack.of(vpc)))
        for resource in cdk.ConstructSelector.resources_of_type(
            ec2.CfnVPCEndpoint.CFN_RESOURCE_TYPE_NAME
        ).select(each)
        if isinstance(resource, ec2.CfnVPCEndpoint)
        and isinstance(endpoint := resource.node.scope, ec2.VpcEndpoint)
        and endpoint.node.scope in parents
        and resource_key(endpoint, resource.vpc_id) == key
    ]


def s3_route_problems(
    vpc: ec2.IVpc, subnets: Sequence[Subnet], endpoints: Sequence[ec2.VpcEndpoint]
) -> Iterator[Problem]:
    """Nodes in isolated subnets need an endpoint of S3 to download their lifecycle scripts."""
    is_isolated = bool(subnets) and all(subnet.isolated for subnet in subnets)
    if is_isolated and isinstance(vpc, ec2.Vpc) and not any(map(_is_of_s3, endpoints)):
        yield Problem(
            code="S3Endpoint",
            path="vpc",
            value=vpc.node.path,
            message="has isolated subnets for the nodes, and no endpoint of S3",
            fix="add a gateway endpoint: vpc.add_gateway_endpoint('S3', "
            "service=ec2.GatewayVpcEndpointAwsService.S3)",
            severity=Severity.WARNING,
        )


def _is_of_s3(endpoint: ec2.VpcEndpoint) -> bool:
    resource = endpoint.node.default_child
    if not isinstance(resource, ec2.CfnVPCEndpoint):
        return False
    name = json.dumps(cdk.Stack.of(endpoint).resolve(resource.service_name))
    return ".s3" in name
