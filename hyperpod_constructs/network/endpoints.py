"""Endpoints of the VPC of a cluster, also those created outside of it or after the cluster."""

import json
from collections.abc import Iterator, Sequence

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from hyperpod_constructs.cdk.construct_tree import node_of, path_of, stack_of
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.subnet import Subnet

from .resource_identity import ResourceIdentity


def vpc_endpoints(vpc: ec2.IVpc, cluster: Construct) -> list[ec2.VpcEndpoint]:
    """The endpoints of a VPC, among the children of the VPC, its scope, and the cluster's scope and stack.

    CDK selects them, since a list of all children would load the modules of their types.
    """
    stack = stack_of(cluster)
    vpc_path = path_of(vpc)
    parents = {vpc_path, _parent(vpc_path), _parent(path_of(cluster)), path_of(stack)}
    identity = ResourceIdentity.of_vpc(vpc)
    return [
        endpoint
        for each in dict.fromkeys((stack, stack_of(vpc)))
        for resource in cdk.ConstructSelector.resources_of_type("AWS::EC2::VPCEndpoint").select(
            each
        )
        if isinstance(resource, ec2.CfnVPCEndpoint)
        and _parent(_parent(path_of(resource))) in parents
        and isinstance(endpoint := node_of(resource).scope, ec2.VpcEndpoint)
        and identity.is_of(endpoint, resource.vpc_id)
    ]


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def s3_route_problems(
    vpc: ec2.IVpc, subnets: Sequence[Subnet], endpoints: Sequence[ec2.VpcEndpoint]
) -> Iterator[Problem]:
    """Nodes in isolated subnets need an endpoint of S3 to download their lifecycle scripts."""
    is_isolated = bool(subnets) and all(subnet.isolated for subnet in subnets)
    if is_isolated and isinstance(vpc, ec2.Vpc) and not any(map(_is_of_s3, endpoints)):
        yield Problem(
            code="S3Endpoint",
            path="vpc",
            value=path_of(vpc),
            message="has isolated subnets for the nodes, and no endpoint of S3",
            fix="add a gateway endpoint: vpc.add_gateway_endpoint('S3', "
            "service=ec2.GatewayVpcEndpointAwsService.S3)",
            severity=Severity.WARNING,
        )


def _is_of_s3(endpoint: ec2.VpcEndpoint) -> bool:
    resource = node_of(endpoint).default_child
    if not isinstance(resource, ec2.CfnVPCEndpoint):
        return False
    name = json.dumps(stack_of(endpoint).resolve(resource.service_name))
    return ".s3" in name
