"""Routes and endpoints.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html,
https://github.com/aws/aws-cdk/issues/1140, https://github.com/smoketurner/serverless-vpc-plugin/issues/147
and https://github.com/hashicorp/terraform-provider-aws/issues/17535
"""

from typing import Any

from tests.aws.cloud import Cloud
from tests.aws.front.before import before
from tests.aws.front.errors import ServiceError


@before("ec2", "CreateRoute")
def refuse_gateways_of_other_networks(cloud: Cloud, arguments: dict[str, Any]) -> None:
    """Refuses a gateway that is not attached to the VPC of the route table."""
    gateway, table = arguments.get("GatewayId"), arguments.get("RouteTableId")
    if gateway is None or not gateway.startswith("igw-"):
        return
    ec2 = cloud.client("ec2")
    (found,) = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    (described,) = ec2.describe_internet_gateways(InternetGatewayIds=[gateway])["InternetGateways"]
    if found["VpcId"] not in {each["VpcId"] for each in described["Attachments"]}:
        raise ServiceError(
            "InvalidParameterValue",
            f"route table {table} and network gateway {gateway} belong to different networks",
        )


@before("ec2", "CreateVpcEndpoint")
def refuse_names_twice(cloud: Cloud, arguments: dict[str, Any]) -> None:
    """Refuses private names of a service for which another endpoint of the VPC has them."""
    if not arguments.get("PrivateDnsEnabled"):
        return
    filters = [
        {"Name": "vpc-id", "Values": [arguments["VpcId"]]},
        {"Name": "service-name", "Values": [arguments["ServiceName"]]},
    ]
    for endpoint in cloud.client("ec2").describe_vpc_endpoints(Filters=filters)["VpcEndpoints"]:
        if endpoint["State"] != "deleted" and endpoint.get("PrivateDnsEnabled"):
            service = arguments["ServiceName"].rpartition(".")[2]
            raise ServiceError(
                "InvalidParameter",
                "private-dns-enabled cannot be set because there is already a conflicting DNS "
                f"domain for {service}.{cloud.region}.amazonaws.com in the VPC {arguments['VpcId']}",
            )
