"""Which services the functions in a VPC reach."""

from typing import TYPE_CHECKING, Any

from tests.aws.hyperpod.account_checks import endpoint_services, leads_out, route_table

if TYPE_CHECKING:
    from tests.aws.cloud import Cloud


def reachable_services(cloud: "Cloud", vpc_config: dict[str, Any], services: set[str]) -> set[str]:
    """Those of some services that a function reaches from each of its subnets."""
    ec2 = cloud.client("ec2")
    groups = ec2.describe_security_groups(GroupIds=vpc_config["SecurityGroupIds"])["SecurityGroups"]
    found = set(services)
    for subnet in ec2.describe_subnets(SubnetIds=vpc_config["SubnetIds"])["Subnets"]:
        table = route_table(ec2, subnet)
        if not leads_out(ec2, table):
            found &= endpoint_services(ec2, subnet, table, groups)
    return found
