"""The network of an EKS cluster and of its HyperPod nodes.

Source: https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html
"""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from constructs import Construct

from hyperpod_constructs.cdk.construct_tree import node_of, stack_of

_SMALL_BLOCKS = 16
"""The control plane uses the blocks of 16 addresses after the 256 of the public subnet."""
_ENDPOINTS = (
    *("ec2", "ecr.api", "ecr.dkr", "sts", "logs", "monitoring"),
    *("ssm", "ssmmessages", "ec2messages", "eks-auth"),
    *("eks", "lambda", "sagemaker.api"),
)
"""Services that nodes, the functions of AWS CDK and add-ons call in a VPC without internet access."""


class ControlPlaneNetwork(Construct):
    """A VPC with one node subnet, and two small subnets for the control plane in two zones.

    Attributes: `vpc`, `node_subnets`, `control_plane_subnets`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        availability_zone: str | None,
        control_plane_availability_zones: Sequence[str],
        ip_addresses: ec2.IIpAddresses | None,
        isolated: bool,
    ) -> None:
        """Creates the network.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            availability_zone: Availability Zone of the nodes. Defaults to the first of the Region.
            control_plane_availability_zones: Two zones of the control plane. Defaults to the first
                two of the Region.
            ip_addresses: IP addresses of the VPC. Defaults to `10.0.0.0/16`.
            isolated: Whether the subnets have no route to the internet, but endpoints.
        """
        super().__init__(scope, id)
        flow_logs = logs.LogGroup(self, "FlowLogs", retention=logs.RetentionDays.ONE_YEAR)
        gateways = ec2.NatProvider.gateway()
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            availability_zones=None if availability_zone is None else [availability_zone],
            max_azs=1 if availability_zone is None else None,
            ip_addresses=ip_addresses or ec2.IpAddresses.cidr("10.0.0.0/16"),
            nat_gateways=0 if isolated else 1,
            nat_gateway_provider=gateways,
            subnet_configuration=_subnets(isolated=isolated),
            flow_logs={
                "FlowLog": ec2.FlowLogOptions(
                    destination=ec2.FlowLogDestination.to_cloud_watch_logs(flow_logs)
                )
            },
        )
        self.node_subnets: Sequence[ec2.ISubnet] = (
            self.vpc.isolated_subnets if isolated else self.vpc.private_subnets
        )
        zones = control_plane_availability_zones or stack_of(self).availability_zones[:2]
        small = [self._control_plane_subnet(index, zone) for index, zone in enumerate(zones)]
        self.control_plane_subnets: Sequence[ec2.ISubnet] = small
        # The functions of AWS CDK that call Kubernetes are in the subnets of the control plane.
        for subnet in () if isolated else small:
            gateways.configure_subnet(subnet)
        self.vpc.add_gateway_endpoint(
            "S3Endpoint",
            service=ec2.GatewayVpcEndpointAwsService.S3,
            subnets=[
                ec2.SubnetSelection(subnets=[*self.node_subnets, *self.vpc.public_subnets, *small])
            ],
        )
        self._tag("kubernetes.io/role/elb", self.vpc.public_subnets)
        self._tag("kubernetes.io/role/internal-elb", self.node_subnets)
        self._endpoints = self._endpoint_security_group() if isolated else None
        for name in _ENDPOINTS:
            self.add_endpoint(name)

    def add_endpoint(self, service: str) -> None:
        """Creates an endpoint of a service once, if there is no route to the internet."""
        name = f"{service}Endpoint"
        if self._endpoints is not None and node_of(self.vpc).try_find_child(name) is None:
            self.vpc.add_interface_endpoint(
                name,
                service=ec2.InterfaceVpcEndpointAwsService(service),
                subnets=ec2.SubnetSelection(subnets=[*self.node_subnets]),
                security_groups=[self._endpoints],
                open=False,
            )

    def _endpoint_security_group(self) -> ec2.ISecurityGroup:
        """The security group of the endpoints, which all addresses of the VPC can reach."""
        group = ec2.SecurityGroup(
            self,
            "EndpointSecurityGroup",
            vpc=self.vpc,
            description="Endpoints of AWS services",
            allow_all_outbound=False,
        )
        group.add_ingress_rule(
            ec2.Peer.ipv4(self.vpc.vpc_cidr_block), ec2.Port.HTTPS, "HTTPS from the VPC"
        )
        return group

    def _control_plane_subnet(self, index: int, zone: str) -> ec2.PrivateSubnet:
        blocks = cdk.Fn.cidr(self.vpc.vpc_cidr_block, _SMALL_BLOCKS + 2, "4")
        return ec2.PrivateSubnet(
            self,
            f"ControlPlaneSubnet{index + 1}",
            vpc_id=self.vpc.vpc_id,
            availability_zone=zone,
            cidr_block=cdk.Fn.select(_SMALL_BLOCKS + index, blocks),
        )

    def _tag(self, key: str, subnets: Sequence[ec2.ISubnet]) -> None:
        for subnet in subnets:
            cdk.Tags.of(subnet).add(key, "1")


def _subnets(*, isolated: bool) -> list[ec2.SubnetConfiguration]:
    nodes = ec2.SubnetConfiguration(
        name="Nodes",
        subnet_type=ec2.SubnetType.PRIVATE_ISOLATED
        if isolated
        else ec2.SubnetType.PRIVATE_WITH_EGRESS,
        cidr_mask=17,
    )
    # Without it, the node subnet would start with the blocks of the control plane.
    public = ec2.SubnetConfiguration(
        name="Public",
        subnet_type=ec2.SubnetType.PUBLIC,
        cidr_mask=24,
        map_public_ip_on_launch=None if isolated else False,
        reserved=isolated,
    )
    return [public, nodes]
