"""Networks: VPCs, subnets, routes, gateways, endpoints, security groups."""

import json
from typing import Any

from botocore.exceptions import ClientError

from tests.aws.cloudformation.template import Json, Made
from tests.aws.front.errors import ResourceFailure

from .handler import Handler, Request, resource

RULE_DETAILS = {
    "CidrIp": ("IpRanges", "CidrIp"),
    "CidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
    "SourceSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
    "DestinationSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
    "SourcePrefixListId": ("PrefixListIds", "PrefixListId"),
    "DestinationPrefixListId": ("PrefixListIds", "PrefixListId"),
}


_DNS = ("EnableDnsHostnames", "EnableDnsSupport")


@resource("AWS::EC2::VPC")
class Vpc(Handler):
    def create(self, request: Request) -> Made:
        ec2 = request.client("ec2")
        vpc = ec2.create_vpc(
            CidrBlock=request["CidrBlock"], TagSpecifications=request.specification("vpc")
        )["Vpc"]["VpcId"]
        for name in _DNS:
            if name in request.properties:
                ec2.modify_vpc_attribute(VpcId=vpc, **{name: {"Value": _flag(request[name])}})
        (group,) = _in_vpc(ec2.describe_security_groups, "SecurityGroups", vpc)
        itself = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group["GroupId"]}]}
        ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[itself])
        acls = _in_vpc(ec2.describe_network_acls, "NetworkAcls", vpc)
        return Made(
            vpc,
            {
                "VpcId": vpc,
                "CidrBlock": request["CidrBlock"],
                "CidrBlockAssociations": [],
                "DefaultSecurityGroup": group["GroupId"],
                "DefaultNetworkAcl": acls[0]["NetworkAclId"],
            },
        )

    def update(self, request: Request, made: Made, old: Json) -> Made:
        self.refuse_changes(request, old, *_DNS)
        for name in _DNS:
            if request.get(name) != old.get(name):
                value = {"Value": _flag(request.get(name, name == "EnableDnsSupport"))}
                request.client("ec2").modify_vpc_attribute(VpcId=made.physical_id, **{name: value})
        return made

    def delete(self, request: Request, made: Made) -> None:
        request.client("ec2").delete_vpc(VpcId=made.physical_id)


@resource("AWS::EC2::Subnet")
class Subnet(Handler):
    def create(self, request: Request) -> Made:
        ec2 = request.client("ec2")
        subnet = ec2.create_subnet(
            **request.chosen("VpcId", "CidrBlock", "AvailabilityZone"),
            TagSpecifications=request.specification("subnet"),
        )["Subnet"]
        if _flag(request.get("MapPublicIpOnLaunch", False)):
            ec2.modify_subnet_attribute(
                SubnetId=subnet["SubnetId"], MapPublicIpOnLaunch={"Value": True}
            )
        attributes = {name: subnet[name] for name in ("SubnetId", "AvailabilityZone", "CidrBlock")}
        return Made(subnet["SubnetId"], {**attributes, "VpcId": request["VpcId"]})

    def update(self, request: Request, made: Made, old: Json) -> Made:
        self.refuse_changes(request, old, "MapPublicIpOnLaunch")
        request.client("ec2").modify_subnet_attribute(
            SubnetId=made.physical_id,
            MapPublicIpOnLaunch={"Value": _flag(request.get("MapPublicIpOnLaunch", False))},
        )
        return made

    def delete(self, request: Request, made: Made) -> None:
        refuse_used(request, "subnet-id", made.physical_id, "subnet")
        request.client("ec2").delete_subnet(SubnetId=made.physical_id)


@resource("AWS::EC2::RouteTable")
class RouteTable(Handler):
    def create(self, request: Request) -> Made:
        table = request.client("ec2").create_route_table(
            VpcId=request["VpcId"], TagSpecifications=request.specification("route-table")
        )["RouteTable"]["RouteTableId"]
        return Made(table, {"RouteTableId": table})

    def delete(self, request: Request, made: Made) -> None:
        request.client("ec2").delete_route_table(RouteTableId=made.physical_id)


@resource("AWS::EC2::SubnetRouteTableAssociation")
class SubnetRouteTableAssociation(Handler):
    def create(self, request: Request) -> Made:
        association = request.client("ec2").associate_route_table(**request.properties)
        return Made(association["AssociationId"], {"Id": association["AssociationId"]})

    def delete(self, request: Request, made: Made) -> None:
        request.client("ec2").disassociate_route_table(AssociationId=made.physical_id)


@resource("AWS::EC2::Route")
class Route(Handler):
    def create(self, request: Request) -> Made:
        request.client("ec2").create_route(**request.properties)
        return Made(f"{request['RouteTableId']}|{request['DestinationCidrBlock']}")

    def delete(self, request: Request, made: Made) -> None:  # noqa: ARG002
        request.client("ec2").delete_route(**request.chosen("RouteTableId", "DestinationCidrBlock"))


@resource("AWS::EC2::InternetGateway")
class InternetGateway(Handler):
    def create(self, request: Request) -> Made:
        gateway = request.client("ec2").create_internet_gateway(
            TagSpecifications=request.specification("internet-gateway")
        )["InternetGateway"]["InternetGatewayId"]
        return Made(gateway, {"InternetGatewayId": gateway})

    def delete(self, request: Request, made: Made) -> None:
        request.client("ec2").delete_internet_gateway(InternetGatewayId=made.physical_id)


@resource("AWS::EC2::VPCGatewayAttachment")
class GatewayAttachment(Handler):
    def create(self, request: Request) -> Made:
        request.client("ec2").attach_internet_gateway(**request.properties)
        return Made(f"IGW|{request['VpcId']}")

    def delete(self, request: Request, made: Made) -> None:  # noqa: ARG002
        request.client("ec2").detach_internet_gateway(**request.properties)


@resource("AWS::EC2::EIP")
class ElasticIp(Handler):
    def create(self, request: Request) -> Made:
        address = request.client("ec2").allocate_address(Domain="vpc")
        return Made(
            address["PublicIp"], {name: address[name] for name in ("AllocationId", "PublicIp")}
        )

    def delete(self, request: Request, made: Made) -> None:
        request.client("ec2").release_address(AllocationId=made.attributes["AllocationId"])


@resource("AWS::EC2::NatGateway")
class NatGateway(Handler):
    def create(self, request: Request) -> Made:
        ec2 = request.client("ec2")
        (subnet,) = ec2.describe_subnets(SubnetIds=[request["SubnetId"]])["Subnets"]
        attached = [{"Name": "attachment.vpc-id", "Values": [subnet["VpcId"]]}]
        if not ec2.describe_internet_gateways(Filters=attached)["InternetGateways"]:
            raise ResourceFailure(f"Network {subnet['VpcId']} has no Internet gateway attached")
        gateway = ec2.create_nat_gateway(**request.chosen("SubnetId", "AllocationId"))["NatGateway"]
        return Made(gateway["NatGatewayId"], {"NatGatewayId": gateway["NatGatewayId"]})

    def delete(self, request: Request, made: Made) -> None:
        ec2 = request.client("ec2")
        (gateway,) = ec2.describe_nat_gateways(NatGatewayIds=[made.physical_id])["NatGateways"]
        ec2.delete_nat_gateway(NatGatewayId=made.physical_id)
        for address in gateway["NatGatewayAddresses"]:
            request.client_of_service("ec2").delete_network_interface(
                NetworkInterfaceId=address["NetworkInterfaceId"]
            )


@resource("AWS::EC2::VPCEndpoint")
class VpcEndpoint(Handler):
    def create(self, request: Request) -> Made:
        endpoint = request.client("ec2").create_vpc_endpoint(
            **request.chosen(
                *("VpcId", "ServiceName", "VpcEndpointType", "RouteTableIds"),
                *("SubnetIds", "SecurityGroupIds", "PrivateDnsEnabled"),
            )
        )["VpcEndpoint"]["VpcEndpointId"]
        return Made(endpoint, {"Id": endpoint, "DnsEntries": [], "NetworkInterfaceIds": []})

    def update(self, request: Request, made: Made, old: Json) -> Made:
        self.refuse_changes(
            request, old, "PolicyDocument", "PrivateDnsEnabled", "RouteTableIds", "SecurityGroupIds"
        )
        changes: Json = {}
        for name, noun in (
            ("RouteTableIds", "RouteTableIds"),
            ("SecurityGroupIds", "SecurityGroupIds"),
        ):
            before, after = set(old.get(name, [])), set(request.get(name, []))
            changes |= {f"Add{noun}": sorted(after - before)} if after - before else {}
            changes |= {f"Remove{noun}": sorted(before - after)} if before - after else {}
        if "PolicyDocument" in request.properties:
            changes["PolicyDocument"] = json.dumps(request["PolicyDocument"])
        request.client("ec2").modify_vpc_endpoint(VpcEndpointId=made.physical_id, **changes)
        return made

    def delete(self, request: Request, made: Made) -> None:
        request.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[made.physical_id])


@resource("AWS::EC2::FlowLog")
class FlowLog(Handler):
    def create(self, request: Request) -> Made:
        answer = request.client("ec2").create_flow_logs(
            ResourceIds=[request["ResourceId"]],
            **request.chosen(
                *("ResourceType", "TrafficType", "LogGroupName", "LogDestination"),
                *("LogDestinationType", "DeliverLogsPermissionArn"),
            ),
        )
        for failure in answer["Unsuccessful"]:
            raise ResourceFailure(failure["Error"]["Message"])
        return Made(answer["FlowLogIds"][0], {"Id": answer["FlowLogIds"][0]})

    def delete(self, request: Request, made: Made) -> None:
        request.client("ec2").delete_flow_logs(FlowLogIds=[made.physical_id])


@resource("AWS::EC2::SecurityGroup")
class SecurityGroup(Handler):
    def create(self, request: Request) -> Made:
        ec2 = request.client("ec2")
        group = ec2.create_security_group(
            GroupName=request.get("GroupName", request.name(255)),
            Description=request["GroupDescription"],
            VpcId=request["VpcId"],
            TagSpecifications=request.specification("security-group"),
        )["GroupId"]
        if request.get("SecurityGroupEgress"):
            everywhere = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
            ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[everywhere])
        for rule in _each_once(request.get("SecurityGroupEgress", [])):
            ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[permission(rule)])
        for rule in _each_once(request.get("SecurityGroupIngress", [])):
            ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission(rule)])
        return Made(group, {"GroupId": group, "Id": group, "VpcId": request["VpcId"]})

    def update(self, request: Request, made: Made, old: Json) -> Made:
        self.refuse_changes(request, old, "SecurityGroupEgress", "SecurityGroupIngress")
        ec2, group = request.client("ec2"), made.physical_id
        for direction in ("egress", "ingress"):
            key = f"SecurityGroup{direction.capitalize()}"
            before, after = old.get(key, []), request.get(key, [])
            revoke = getattr(ec2, f"revoke_security_group_{direction}")
            authorize = getattr(ec2, f"authorize_security_group_{direction}")
            for rule in before:
                if rule not in after:
                    revoke(GroupId=group, IpPermissions=[permission(rule)])
            for rule in after:
                if rule not in before:
                    authorize(GroupId=group, IpPermissions=[permission(rule)])
        return made

    def delete(self, request: Request, made: Made) -> None:
        request.client("ec2").delete_security_group(GroupId=made.physical_id)


@resource("AWS::EC2::SecurityGroupEgress", "egress")
@resource("AWS::EC2::SecurityGroupIngress", "ingress")
class SecurityGroupRule(Handler):
    def __init__(self, direction: str) -> None:
        self._direction = direction

    def create(self, request: Request) -> Made:
        ec2, wanted = request.client("ec2"), permission(request.properties)
        authorize = getattr(ec2, f"authorize_security_group_{self._direction}")
        (rule, *_) = authorize(GroupId=request["GroupId"], IpPermissions=[wanted])[
            "SecurityGroupRules"
        ]
        return Made(rule["SecurityGroupRuleId"], {"Id": rule["SecurityGroupRuleId"]})

    def delete(self, request: Request, made: Made) -> None:  # noqa: ARG002
        revoke = getattr(request.client("ec2"), f"revoke_security_group_{self._direction}")
        revoke(GroupId=request["GroupId"], IpPermissions=[permission(request.properties)])


def permission(rule: Json) -> Json:
    """A rule as EC2 takes it."""
    details: Json = {}
    for name, (ranges, key) in RULE_DETAILS.items():
        if name in rule:
            description = {"Description": rule["Description"]} if "Description" in rule else {}
            details[ranges] = [{key: rule[name], **description}]
    ports: Json = {name: int(rule[name]) for name in ("FromPort", "ToPort") if name in rule}
    return {"IpProtocol": str(rule["IpProtocol"]), **ports, **details}


def _each_once(rules: list[Json]) -> list[Json]:
    """The rules within a group; CloudFormation passes over those that differ in description alone.

    Source: https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/612
    """
    kept: dict[str, Json] = {}
    for rule in rules:
        edge = {name: value for name, value in rule.items() if name != "Description"}
        kept.setdefault(json.dumps(edge, sort_keys=True), rule)
    return list(kept.values())


def refuse_used(request: Request, key: str, value: str, noun: str) -> None:
    """Refuses to delete what network interfaces still use, as EC2 does."""
    interfaces = request.client("ec2").describe_network_interfaces(
        Filters=[{"Name": key, "Values": [value]}]
    )["NetworkInterfaces"]
    if interfaces:
        raise ClientError(
            {
                "Error": {
                    "Code": "DependencyViolation",
                    "Message": f"The {noun} '{value}' has dependencies and cannot be deleted.",
                }
            },
            "Delete",
        )


def _in_vpc(describe: Any, key: str, vpc: str) -> list[Json]:
    found: list[Json] = describe(Filters=[{"Name": "vpc-id", "Values": [vpc]}])[key]
    return found


def _flag(value: Any) -> bool:
    return value in {True, "true"}
