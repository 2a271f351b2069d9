"""The names of what is in an account."""

from tests.aws.emulator import Emulator


def inventory(cloud: Emulator) -> dict[str, list[str]]:
    """The names of everything that the sample app makes."""
    client = cloud.cloud.client
    ec2, listed = client("ec2"), {}
    for kind, key, operation in (
        ("vpcs", "VpcId", ec2.describe_vpcs),
        ("subnets", "SubnetId", ec2.describe_subnets),
        ("route tables", "RouteTableId", ec2.describe_route_tables),
        ("security groups", "GroupId", ec2.describe_security_groups),
        ("interfaces", "NetworkInterfaceId", ec2.describe_network_interfaces),
        ("addresses", "AllocationId", ec2.describe_addresses),
        ("gateways", "InternetGatewayId", ec2.describe_internet_gateways),
        ("flow logs", "FlowLogId", ec2.describe_flow_logs),
        ("roles", "RoleName", client("iam").list_roles),
        ("buckets", "Name", client("s3").list_buckets),
        ("log groups", "logGroupName", client("logs").describe_log_groups),
        ("functions", "FunctionName", client("lambda").list_functions),
        ("layers", "LayerName", client("lambda").list_layers),
        ("file systems", "FileSystemId", client("fsx").describe_file_systems),
        ("clusters", "ClusterName", client("sagemaker").list_clusters),
        ("stacks", "StackName", client("cloudformation").describe_stacks),
    ):
        answer = operation()
        items = next(value for value in answer.values() if isinstance(value, list))
        listed[kind] = sorted(item[key] for item in items)
    return listed
