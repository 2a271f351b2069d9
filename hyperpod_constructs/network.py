"""The network of a cluster: one private subnet, and a security group that lets EFA work.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites.html
"""

from collections.abc import Iterable, Sequence
from typing import cast

import aws_cdk as cdk
import constructs
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from constructs import Construct

from .arguments import ENDPOINT_SERVICE, IP_ADDRESSES, VPC, check, each, needed, optional
from .model.instance_group import InstanceGroup
from .model.subnet import Subnet

_DATABASE_ZONES = 2


class EfaSecurityGroup(ec2.SecurityGroup):
    """A security group whose members talk to each other over EFA.

    All traffic from and to itself is allowed, and all traffic to anywhere. EFA needs the rule
    for outgoing traffic to the group itself even beside the one for all addresses.
    """

    def __init__(
        self, scope: Construct, id: str, *, vpc: ec2.IVpc, description: str | None = None
    ) -> None:
        """Makes the security group.

        Args:
            scope: Construct to make it in.
            id: Id in that construct.
            vpc: VPC of the cluster.
            description: Text shown by EC2. Says that it is for HyperPod nodes when left out.

        Raises:
            ValidationError: `ArgumentType`.
        """
        check(needed("vpc", vpc, VPC), optional("description", description, str))
        super().__init__(
            scope,
            id,
            vpc=vpc,
            description=description or "HyperPod nodes: EFA among themselves, all traffic out",
            allow_all_outbound=True,
        )
        self.add_ingress_rule(self, ec2.Port.all_traffic(), "All traffic from the nodes")
        ec2.CfnSecurityGroupEgress(
            self,
            "SelfEgress",
            group_id=self.security_group_id,
            ip_protocol="-1",
            destination_security_group_id=self.security_group_id,
            description="All traffic to the nodes",
        )


class ClusterNetwork(Construct):
    """A VPC for one cluster.

    It has one private subnet in one availability zone with a route to a NAT gateway, a small
    public subnet for that gateway, a gateway endpoint for S3 and flow logs in CloudWatch.

    Attributes of the object: `vpc`, `subnet`, `security_group`, `database_subnets`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        availability_zone: str | None = None,
        ip_addresses: ec2.IIpAddresses | None = None,
        interface_endpoints: Sequence[ec2.InterfaceVpcEndpointAwsService] = (),
        database_subnets: bool = False,
        flow_log_retention: logs.RetentionDays = logs.RetentionDays.ONE_YEAR,
    ) -> None:
        """Makes the network.

        Args:
            scope: Construct to make it in.
            id: Id in that construct.
            availability_zone: Zone of the subnets, where the capacity of the cluster is. The first
                zone of the region when left out.
            ip_addresses: Addresses of the VPC. `10.0.0.0/16` when left out, whose upper half is
                the private subnet; a p5 node takes 32 addresses.
            interface_endpoints: AWS services that the nodes reach without leaving the VPC. None by
                default: they are reached through the NAT gateway.
            database_subnets: Whether there are two small subnets without a way out besides, in the
                first two zones of the region, for the database of several controllers. There are
                none by default.
            flow_log_retention: How long flow logs are kept. One year by default.

        Raises:
            ValidationError: `ArgumentType`.
        """
        check(
            optional("availability_zone", availability_zone, str),
            optional("ip_addresses", ip_addresses, IP_ADDRESSES),
            each("interface_endpoints", interface_endpoints, ENDPOINT_SERVICE),
            needed("database_subnets", database_subnets, bool),
            needed("flow_log_retention", flow_log_retention, logs.RetentionDays),
        )
        super().__init__(scope, id)
        flow_logs = logs.LogGroup(self, "FlowLogs", retention=flow_log_retention)
        self.vpc: ec2.IVpc = ec2.Vpc(
            self,
            "Vpc",
            availability_zones=None if availability_zone is None else [availability_zone],
            max_azs=1 if availability_zone is None else None,
            ip_addresses=ip_addresses or ec2.IpAddresses.cidr("10.0.0.0/16"),
            nat_gateways=1,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="Public",
                    subnet_type=ec2.SubnetType.PUBLIC,
                    cidr_mask=24,
                    map_public_ip_on_launch=False,
                ),
                ec2.SubnetConfiguration(
                    name="Nodes", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS, cidr_mask=17
                ),
            ],
            gateway_endpoints={
                "S3Endpoint": ec2.GatewayVpcEndpointOptions(
                    service=ec2.GatewayVpcEndpointAwsService.S3
                )
            },
            flow_logs={
                "FlowLog": ec2.FlowLogOptions(
                    destination=ec2.FlowLogDestination.to_cloud_watch_logs(flow_logs)
                )
            },
        )
        for service in interface_endpoints:
            self.vpc.add_interface_endpoint(f"{service.short_name}Endpoint", service=service)
        self.subnet: ec2.ISubnet = self.vpc.private_subnets[0]
        self.security_group = EfaSecurityGroup(self, "SecurityGroup", vpc=self.vpc)
        self.database_subnets: list[ec2.ISubnet] = (
            self._make_database_subnets() if database_subnets else []
        )

    def _make_database_subnets(self) -> list[ec2.ISubnet]:
        """Takes the blocks of 256 addresses after that of the public subnet."""
        blocks = cdk.Fn.cidr(self.vpc.vpc_cidr_block, _DATABASE_ZONES + 1, "8")
        zones = cdk.Stack.of(self).availability_zones
        return [
            ec2.PrivateSubnet(
                self,
                f"DatabaseSubnet{number}",
                vpc_id=self.vpc.vpc_id,
                availability_zone=zones[number - 1],
                cidr_block=cdk.Fn.select(number, blocks),
            )
            for number in range(1, _DATABASE_ZONES + 1)
        ]


def allow_from_nodes(
    security_groups: Iterable[ec2.ISecurityGroup],
    nodes: Iterable[ec2.ISecurityGroup],
    ports: Iterable[ec2.Port],
) -> None:
    """Lets nodes reach the members of security groups.

    The rules are made in the stack of the nodes, which may depend on the other one.
    """
    nodes, ports = list(nodes), list(ports)
    for group in security_groups:
        for peer in nodes:
            for port in ports:
                group.add_ingress_rule(peer, port, "HyperPod nodes", True)


def node_subnets(vpc: ec2.IVpc, selection: ec2.SubnetSelection | None) -> list[ec2.ISubnet]:
    """The subnets of the nodes: those selected, or the first private one of the VPC."""
    if selection is None:
        return [*vpc.private_subnets, *vpc.isolated_subnets, *vpc.public_subnets][:1]
    return selected_subnets(vpc, selection)


def selected_subnets(vpc: ec2.IVpc, selection: ec2.SubnetSelection) -> list[ec2.ISubnet]:
    """The subnets of a VPC that are selected; none when CDK finds none."""
    if selection.subnets is not None:
        return list(selection.subnets)
    try:
        return vpc.select_subnets(
            availability_zones=selection.availability_zones,
            one_per_az=selection.one_per_az,
            subnet_filters=selection.subnet_filters,
            subnet_group_name=selection.subnet_group_name,
            subnet_type=selection.subnet_type,
        ).subnets
    except RuntimeError:  # CDK has no subnet of that name or type
        return []


def subnet_facts(vpc: ec2.IVpc, subnets: Sequence[ec2.ISubnet]) -> tuple[Subnet, ...]:
    """What the rules need to know of the subnets."""
    public = {subnet.subnet_id for subnet in vpc.public_subnets}
    private = {subnet.subnet_id for subnet in vpc.private_subnets}
    isolated = {subnet.subnet_id for subnet in vpc.isolated_subnets}
    isolated |= {
        subnet.subnet_id
        for subnet in subnets
        if subnet.subnet_id not in public | private and _has_no_route(subnet)
    }
    return tuple(
        Subnet(
            name=subnet.node.path,
            public=subnet.subnet_id in public,
            isolated=subnet.subnet_id in isolated,
            availability_zone=known_zone(subnet),
            ipv4_cidr_block=_known(subnet, "ipv4_cidr_block"),
        )
        for subnet in subnets
    )


def _has_no_route(subnet: ec2.ISubnet) -> bool:
    """Whether a subnet was made beside its VPC, which then does not list it, without a route."""
    if not isinstance(subnet, ec2.Subnet):
        return False
    stack = cdk.Stack.of(subnet)
    table = stack.resolve(subnet.route_table.route_table_id)
    return not any(
        isinstance(made, ec2.CfnRoute) and stack.resolve(made.route_table_id) == table
        for made in stack.node.find_all()
    )


def own_subnet_facts(vpc: ec2.IVpc, groups: Sequence[InstanceGroup]) -> list[tuple[Subnet, ...]]:
    """For each group what the rules need to know of its own subnets."""
    return [subnet_facts(vpc, cast("Sequence[ec2.ISubnet]", group.subnets)) for group in groups]


def network_dependencies(
    vpc: ec2.IVpc, subnets: Sequence[ec2.ISubnet]
) -> list[constructs.IDependable]:
    """What must exist before nodes start, and until the last is gone: routes and endpoints."""
    endpoints = [child for child in vpc.node.children if isinstance(child, ec2.VpcEndpoint)]
    return [*(subnet.internet_connectivity_established for subnet in subnets), *endpoints]


def known_zone(subnet: ec2.ISubnet) -> str | None:
    """The availability zone of a subnet, if CDK knows it."""
    return _known(subnet, "availability_zone")


def _known(subnet: ec2.ISubnet, attribute: str) -> str | None:
    try:
        return str(getattr(subnet, attribute))
    except RuntimeError:  # a subnet that was imported without it
        return None
