"""What a cluster needs around it: a role it may assume, a network, file systems it can mount.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites.html
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from tests.aws.cloud import Cloud
from tests.aws.permissions import allowed, role, trusts
from tests.aws.rules.reachability import HTTPS, allows, reaches_addresses

from .group_rules import Group, refuse
from .lifecycle_objects import forms, scripts_failed

EFA_FAILED = (
    "EFA health checks did not run successfully. Ensure that your VPC and security groups are "
    "properly configured before attempting to create a new cluster."
)
TIMED_OUT = "Lifecycle scripts execution timed out"
LUSTRE_PORTS = ((988, 988), (1018, 1023))
OPENZFS_PORTS = ((111, 111), (2049, 2049), (20001, 20003))
NODE_ACTIONS = (
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
    "ec2:DetachNetworkInterface",
)
DESCRIBE_ACTIONS = (
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeVpcs",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
)


def check_roles(
    cloud: Cloud, groups: Iterable[Group], vpc_config: Mapping[str, Any] | None
) -> None:
    """Refuses execution roles, each with the network of its groups."""
    networks = {
        (group["ExecutionRole"], str(network)): network
        for group in groups
        for network in [group.get("OverrideVpcConfig") or vpc_config]
    }
    for (role_arn, _), network in networks.items():
        _check_role(cloud, role_arn, network)


def _check_role(cloud: Cloud, arn: str, vpc_config: Mapping[str, Any] | None) -> None:
    """Refuses an execution role that is not there yet, or may not do what nodes do."""
    if not trusts(cloud, arn, "sagemaker.amazonaws.com"):
        raise refuse(
            f"SageMaker cannot assume the execution role {arn}. Ensure that the role exists and "
            "that its trust policy allows sagemaker.amazonaws.com to assume it."
        )
    caller = role(cloud, arn)
    if vpc_config is None:
        return
    interface, vpc = _interface(cloud, vpc_config)
    for action in (*NODE_ACTIONS, *DESCRIBE_ACTIONS):
        wanted = ["*"] if action in DESCRIBE_ACTIONS else [interface]
        if action == "ec2:CreateNetworkInterface":
            wanted += _created_in(cloud, vpc_config)
        if not all(allowed(cloud, caller, action, resource, vpc) for resource in wanted):
            raise refuse(f"Unable to retrieve subnets: {arn} is not authorized to perform {action}")


def _interface(
    cloud: Cloud, vpc_config: Mapping[str, Any] | None
) -> tuple[str, Mapping[str, str] | None]:
    """An interface of a node, and its VPC."""
    home = f"arn:aws:ec2:{cloud.region}:{cloud.account}"
    if vpc_config is None:
        return f"{home}:network-interface/eni-0", None
    subnets = _described(cloud.client("ec2").describe_subnets, SubnetIds=vpc_config["Subnets"])
    return f"{home}:network-interface/eni-0", {"ec2:Vpc": f"{home}:vpc/{subnets[0]['VpcId']}"}


def _created_in(cloud: Cloud, vpc_config: Mapping[str, Any] | None) -> Iterator[str]:
    """Subnets and security groups of an interface."""
    home = f"arn:aws:ec2:{cloud.region}:{cloud.account}"
    for kind, key in (("subnet", "Subnets"), ("security-group", "SecurityGroupIds")):
        for each in (vpc_config or {}).get(key, ()):
            yield f"{home}:{kind}/{each}"


def check_logs(cloud: Cloud, arn: str, cluster: str) -> None:
    """Refuses an execution role with which nodes cannot write their logs."""
    stream = (
        f"arn:aws:logs:{cloud.region}:{cloud.account}:log-group:/aws/sagemaker/Clusters/{cluster}"
        "/abcdefghijkl:log-stream:LifecycleConfig/group/i-0"
    )
    if not allowed(cloud, role(cloud, arn), "logs:PutLogEvents", stream):
        raise scripts_failed(f"AccessDenied: logs:PutLogEvents on {stream}")


def check_network(cloud: Cloud, vpc_config: Mapping[str, Any]) -> None:
    """Refuses a network in which nodes cannot be set up."""
    ec2 = cloud.client("ec2")
    groups = _described(ec2.describe_security_groups, GroupIds=vpc_config["SecurityGroupIds"])
    subnets = _described(ec2.describe_subnets, SubnetIds=vpc_config["Subnets"])
    if len({item["VpcId"] for item in (*groups, *subnets)}) != 1:
        raise refuse("The security groups and subnets must be in the same VPC.")
    if any(subnet["MapPublicIpOnLaunch"] for subnet in subnets):
        raise refuse("The subnets of the cluster must be private.")
    for group in groups:
        for rules in ("IpPermissions", "IpPermissionsEgress"):
            if not allows(group[rules], {group["GroupId"]}, None):
                raise refuse(EFA_FAILED)
    for subnet in subnets:
        _check_subnet(ec2, subnet, groups)


def _check_subnet(ec2: Any, subnet: Mapping[str, Any], groups: Sequence[Mapping[str, Any]]) -> None:
    """Refuses a subnet from which nodes do not reach what they need to start."""
    table = route_table(ec2, subnet)
    online = leads_out(ec2, table)
    services = endpoint_services(ec2, subnet, table, groups)
    s3 = _prefix_list(ec2, "s3")
    if not reaches_addresses(groups, s3):
        raise scripts_failed(
            f"Could not connect to S3 from {subnet['SubnetId']}: security groups send to nobody"
        )
    if not _resolves_names(ec2, subnet["VpcId"]):
        raise scripts_failed(f"Could not resolve the name of S3 in {subnet['VpcId']}")
    if not online and "s3" not in services:
        raise scripts_failed(f"Could not connect to S3 from {subnet['SubnetId']}")
    if not online and not {"logs", "ssm", "ssmmessages"} <= services:
        raise refuse(f"{TIMED_OUT} [no route out of {subnet['SubnetId']}]")


def network_of(cloud: Cloud, vpc_config: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Ways out of each subnet, if there are any: routes and endpoints, by id."""
    if not vpc_config:
        return {}
    ec2 = cloud.client("ec2")
    found = {}
    for subnet in _described(ec2.describe_subnets, SubnetIds=vpc_config["Subnets"]):
        table = route_table(ec2, subnet)
        routes = {f"route {route.get('DestinationCidrBlock')}" for route in table["Routes"]}
        endpoints = {f"endpoint {name}" for name in endpoint_services(ec2, subnet, table, None)}
        found[subnet["SubnetId"]] = frozenset(routes | endpoints)
    return found


def check_mounts(cloud: Cloud, groups: Collection[Group], vpc_config: Mapping[str, Any]) -> None:
    """Refuses file systems of the form, or of the request, that nodes cannot mount."""
    systems = {
        system["DNSName"]: system
        for system in cloud.client("fsx").describe_file_systems()["FileSystems"]
    }
    for form in (*forms(cloud, groups).values(), *_mounts(groups)):
        for key, ports in (("fsx_dns_name", LUSTRE_PORTS), ("fsx_openzfs_dns_name", OPENZFS_PORTS)):
            if key not in form:
                continue
            name = form[key]
            if name not in systems:
                raise scripts_failed(f"mount: Name or service not known: {name}")
            lustre = systems[name].get("LustreConfiguration", {})
            if key == "fsx_dns_name" and form.get("fsx_mountname") != lustre.get("MountName"):
                raise scripts_failed(
                    f"mount.lustre: {name}@tcp:/{form.get('fsx_mountname')} not found"
                )
            _check_ports(cloud, systems[name], ports, vpc_config)


def _mounts(groups: Collection[Group]) -> Iterator[dict[str, str]]:
    """The mounts of the request in the words of the form."""
    for group in groups:
        for config in group.get("InstanceStorageConfigs", []):
            if "FsxLustreConfig" in config:
                lustre = config["FsxLustreConfig"]
                yield {"fsx_dns_name": lustre["DnsName"], "fsx_mountname": lustre["MountName"]}
            if "FsxOpenZfsConfig" in config:
                yield {"fsx_openzfs_dns_name": config["FsxOpenZfsConfig"]["DnsName"]}


def _check_ports(
    cloud: Cloud,
    system: Mapping[str, Any],
    ports: Iterable[tuple[int, int]],
    vpc_config: Mapping[str, Any],
) -> None:
    ec2 = cloud.client("ec2")
    nodes = vpc_config["SecurityGroupIds"]
    blocks = [
        subnet["CidrBlock"]
        for subnet in _described(ec2.describe_subnets, SubnetIds=vpc_config["Subnets"])
    ]
    interfaces = ec2.describe_network_interfaces(
        Filters=[{"Name": "description", "Values": [f"*{system['FileSystemId']}*"]}]
    )["NetworkInterfaces"]
    own = {group["GroupId"] for interface in interfaces for group in interface["Groups"]}
    rules = [
        rule
        for group in _described(ec2.describe_security_groups, GroupIds=sorted(own))
        for rule in group["IpPermissions"]
    ]
    for span in ports:
        if not allows(rules, nodes, span, blocks):
            raise scripts_failed(f"mount: Connection timed out: {system['DNSName']} TCP {span}")


def _described(describe: Any, **ids: Any) -> list[dict[str, Any]]:
    try:
        answer = describe(**ids)
    except ClientError as error:
        raise refuse(f"Unable to retrieve subnets: {error.response['Error']['Message']}") from error
    key = next(name for name in answer if name != "ResponseMetadata")
    found: list[dict[str, Any]] = answer[key]
    return found


def route_table(ec2: Any, subnet: Mapping[str, Any]) -> dict[str, Any]:
    """The route table of a subnet."""
    for name, value in (
        ("association.subnet-id", subnet["SubnetId"]),
        ("vpc-id", subnet["VpcId"]),
    ):
        filters = [{"Name": name, "Values": [value]}]
        if name == "vpc-id":
            filters.append({"Name": "association.main", "Values": ["true"]})
        tables = ec2.describe_route_tables(Filters=filters)["RouteTables"]
        if tables:
            table: dict[str, Any] = tables[0]
            return table
    raise refuse(f"Unable to retrieve subnets: {subnet['SubnetId']} has no route table")


def leads_out(ec2: Any, table: Mapping[str, Any]) -> bool:
    """Whether a route table has a way to the internet."""
    for route in table["Routes"]:
        if route.get("DestinationCidrBlock") != "0.0.0.0/0":
            continue
        if "NatGatewayId" in route:
            gateways = ec2.describe_nat_gateways(NatGatewayIds=[route["NatGatewayId"]])
            for gateway in gateways["NatGateways"]:
                (subnet,) = _described(ec2.describe_subnets, SubnetIds=[gateway["SubnetId"]])
                return gateway["State"] == "available" and leads_out(ec2, route_table(ec2, subnet))
            return False
        return True
    return False


def _prefix_list(ec2: Any, service: str) -> str:
    """The id of the managed prefix list of a service."""
    for found in ec2.describe_managed_prefix_lists()["PrefixLists"]:
        if found["PrefixListName"].endswith(f".{service}"):
            return str(found["PrefixListId"])
    return ""


def _resolves_names(ec2: Any, vpc: str) -> bool:
    answer = ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsSupport")
    return bool(answer["EnableDnsSupport"]["Value"])


def endpoint_services(
    ec2: Any,
    subnet: Mapping[str, Any],
    table: Mapping[str, Any],
    groups: Sequence[Mapping[str, Any]] | None,
) -> set[str]:
    """Services with an endpoint that a subnet reaches, from security groups if there are any."""
    filters = [{"Name": "vpc-id", "Values": [subnet["VpcId"]]}]
    return {
        endpoint["ServiceName"].rpartition(".")[2]
        for endpoint in ec2.describe_vpc_endpoints(Filters=filters)["VpcEndpoints"]
        if endpoint.get("State") != "deleted"
        and (
            table["RouteTableId"] in endpoint.get("RouteTableIds", [])
            if endpoint["VpcEndpointType"] != "Interface"
            else groups is None or _lets_in(ec2, endpoint, subnet, groups)
        )
    }


def _lets_in(
    ec2: Any,
    endpoint: Mapping[str, Any],
    subnet: Mapping[str, Any],
    groups: Sequence[Mapping[str, Any]],
) -> bool:
    """Whether an interface endpoint has the name of its service, and its groups let nodes in."""
    own = [group["GroupId"] for group in endpoint.get("Groups", [])]
    rules = [
        rule
        for group in (_described(ec2.describe_security_groups, GroupIds=own) if own else ())
        for rule in group["IpPermissions"]
    ]
    nodes = {group["GroupId"] for group in groups}
    opened = not own or allows(rules, nodes, HTTPS, [subnet["CidrBlock"]])
    return bool(endpoint.get("PrivateDnsEnabled", True)) and opened
