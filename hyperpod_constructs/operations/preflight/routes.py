"""Checks of what nodes reach by routes and endpoints."""

from collections.abc import Iterator, Mapping
from typing import Any

from hyperpod_constructs.operations.reads import Reads

from .check import check
from .outcome import Result, failed, ok
from .planned import Planned

_WITHOUT_ROUTE = ("logs", "ssm", "ssmmessages")
_ANYWHERE = "0.0.0.0/0"
_TARGETS = (
    *("CarrierGatewayId", "CoreNetworkArn", "GatewayId", "InstanceId", "NatGatewayId"),
    *("NetworkInterfaceId", "TransitGatewayId", "VpcPeeringConnectionId"),
)


@check(
    "S3Reachable",
    *("ec2:DescribeRouteTables", "ec2:DescribeSubnets", "ec2:DescribeVpcEndpoints"),
)
def s3_reachable(planned: Planned, reads: Reads) -> Iterator[Result]:
    """Nodes must reach Amazon S3, CloudWatch Logs and Systems Manager by a route or by endpoints.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites.html
    """
    for each, subnet in reads.subnets(planned.subnets).items():
        table = _route_table(each, subnet["VpcId"], reads)
        services = set(_services(subnet["VpcId"], table, reads))
        way_out, is_broken = _way_out(table)
        if is_broken:
            yield failed(
                each,
                f"has a default route to {way_out}, which does not exist (blackhole)",
                "route to a NAT gateway that exists",
            )
        elif way_out is not None and way_out.startswith("igw-") and "s3" not in services:
            yield failed(
                each,
                f"has a default route to {way_out}, and nodes have no public IP addresses",
                "route to a NAT gateway",
            )
        elif way_out is not None:
            yield ok(each, f"has a default route to {way_out}")
        else:
            missing = [name for name in ("s3", *_WITHOUT_ROUTE) if name not in services]
            if missing:
                yield failed(
                    each,
                    f"has no default route, and no endpoint of {', '.join(missing)}",
                    "add a NAT gateway, or the endpoints",
                )
            else:
                yield ok(each, "has endpoints of S3, CloudWatch Logs and Systems Manager")


def _route_table(subnet: str, vpc: str, reads: Reads) -> Mapping[str, Any]:
    """The table of a subnet, or else the main one of its VPC."""
    tables = reads.described("describe_route_tables", "RouteTables", "vpc-id", [vpc])
    main: Mapping[str, Any] = {}
    for table in tables:
        for association in table["Associations"]:
            if association.get("SubnetId") == subnet:
                found: Mapping[str, Any] = table
                return found
            if association.get("Main"):
                main = table
    return main


def _way_out(table: Mapping[str, Any]) -> tuple[str | None, bool]:
    """The target of the default route, and whether it does not exist."""
    for route in table.get("Routes", ()):
        if route.get("DestinationCidrBlock") == _ANYWHERE:
            target = next((route[name] for name in _TARGETS if route.get(name)), "nothing")
            return target, route.get("State") == "blackhole"
    return None, False


def _services(vpc: str, table: Mapping[str, Any], reads: Reads) -> Iterator[str]:
    """The services of the endpoints that the nodes of a subnet use, such as `s3`."""
    endpoints = reads.described("describe_vpc_endpoints", "VpcEndpoints", "vpc-id", [vpc])
    for endpoint in endpoints:
        is_gateway = endpoint.get("VpcEndpointType", "Gateway") == "Gateway"
        used = (
            table.get("RouteTableId") in endpoint.get("RouteTableIds", ())
            if is_gateway
            else endpoint.get("PrivateDnsEnabled", False)
        )
        if used and endpoint["State"].casefold() == "available":
            yield endpoint["ServiceName"].rpartition(".")[2]
