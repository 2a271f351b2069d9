"""The network of a cluster: a private subnet, and a security group for EFA.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites.html
"""

from collections.abc import Iterator, Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from constructs import Construct

from hyperpod_constructs.cdk.address_block import address_block_problems
from hyperpod_constructs.cdk.availability_zone import zone_problems
from hyperpod_constructs.cdk.construct_tree import stack_of
from hyperpod_constructs.cdk.object_checks import (
    ENDPOINT_SERVICE,
    IP_ADDRESSES,
    check,
    each,
    optional,
    required,
    scope_problems,
)
from hyperpod_constructs.cdk.stack_assets import needs_assets
from hyperpod_constructs.model.problem import Problem

from .efa_security_group import EfaSecurityGroup

_DATABASE_ZONES = 2


class ClusterNetwork(Construct):
    """A VPC for one cluster.

    Creates one private subnet in one Availability Zone with a route to a NAT gateway, a small
    public subnet for the gateway, a gateway endpoint for S3, and flow logs in CloudWatch.

    Attributes: `vpc`, `subnet`, `security_group`, `database_subnets`.
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
        """Creates the network.

        Args:
            scope: Scope of the construct.
            id: ID of the construct.
            availability_zone: Availability Zone of the subnets. Use the zone of the cluster's
                capacity. Defaults to the first zone of the Region.
            ip_addresses: IP addresses of the VPC, a /16 block. Defaults to `10.0.0.0/16`, with the private
                subnet in the upper half. A p5 node uses 32 addresses.
            interface_endpoints: AWS services to provide as interface endpoints in the VPC. None by
                default: nodes use the NAT gateway.
            database_subnets: Whether to create two small isolated subnets, in the first two zones
                of the Region, for the database of multiple controllers. Defaults to False.
            flow_log_retention: Retention of the flow logs. Defaults to one year.

        Raises:
            ValidationError: `ArgumentType`, `ConstructId`, `AvailabilityZone`, `VpcCidrBlock`,
                `InterfaceEndpoints`.
        """
        check(
            scope_problems(scope, id),
            optional("availability_zone", availability_zone, str),
            optional("ip_addresses", ip_addresses, IP_ADDRESSES),
            each("interface_endpoints", interface_endpoints, ENDPOINT_SERVICE),
            required("database_subnets", database_subnets, bool),
            required("flow_log_retention", flow_log_retention, logs.RetentionDays),
        )
        services = {service.short_name: service for service in interface_endpoints}
        check(
            zone_problems("availability_zone", scope, availability_zone),
            address_block_problems("ip_addresses", ip_addresses),
            _endpoint_problems(services, interface_endpoints),
        )
        super().__init__(scope, id)
        flow_logs = logs.LogGroup(self, "FlowLogs", retention=flow_log_retention)
        with needs_assets("scope", fix="create the network in another stack"):
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
        for name, service in services.items():
            self.vpc.add_interface_endpoint(f"{name}Endpoint", service=service)
        self.subnet: ec2.ISubnet = self.vpc.private_subnets[0]
        self.security_group = EfaSecurityGroup(self, "SecurityGroup", vpc=self.vpc)
        self.database_subnets: list[ec2.ISubnet] = (
            self._make_database_subnets() if database_subnets else []
        )

    def _make_database_subnets(self) -> list[ec2.ISubnet]:
        """Creates subnets from the blocks of 256 addresses after the public subnet."""
        blocks = cdk.Fn.cidr(self.vpc.vpc_cidr_block, _DATABASE_ZONES + 1, "8")
        zones = stack_of(self).availability_zones
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


def _endpoint_problems(
    names: Mapping[str, object], services: Sequence[object]
) -> Iterator[Problem]:
    """Each service can have one interface endpoint in a VPC."""
    if len(names) < len(services):
        yield Problem(
            code="InterfaceEndpoints",
            path="interface_endpoints",
            value=[*names],
            message="are the services of more endpoints, and each can have one",
            fix="specify each service once",
        )
