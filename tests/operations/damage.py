"""What can be wrong in an account in which a cluster is to be deployed."""

from collections.abc import Callable
from typing import Any

from .prepared import CPU, EVERYWHERE, REGION, Prepared

Change = Callable[[Prepared], object]


def both(*changes: Change) -> Change:
    """Several changes, one after the other."""

    def change(prepared: Prepared) -> None:
        for each in changes:
            each(prepared)

    return change


def group(prepared: Prepared, index: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = prepared.request["InstanceGroups"][index]
    return found


def plan(prepared: Prepared) -> dict[str, Any]:
    return prepared.emulator.clusters.plans["january"]


def add_cluster(prepared: Prepared, name: str) -> None:
    prepared.client("sagemaker").create_cluster(
        ClusterName=name,
        InstanceGroups=[
            {
                "InstanceGroupName": node_type.lower(),
                "InstanceType": CPU,
                "InstanceCount": 1,
                "ExecutionRole": prepared.ids["role"],
                "SlurmConfig": {"NodeType": node_type},
            }
            for node_type in ("Controller", "Login")
        ],
        Orchestrator={"Slurm": {"SlurmConfigStrategy": "Merge"}},
    )


def delete_rule(prepared: Prepared, direction: str) -> None:
    name = prepared.ids["security group"]
    ec2 = prepared.client("ec2")
    found = ec2.describe_security_groups(GroupIds=[name])["SecurityGroups"][0]
    key = "IpPermissions" if direction == "ingress" else "IpPermissionsEgress"
    revoke = getattr(ec2, f"revoke_security_group_{direction}")
    revoke(GroupId=name, IpPermissions=found[key])


def allow_addresses_only(prepared: Prepared) -> None:
    delete_rule(prepared, "ingress")
    rule = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}
    prepared.client("ec2").authorize_security_group_ingress(
        GroupId=prepared.ids["security group"], IpPermissions=[rule]
    )


def add_security_group(prepared: Prepared) -> None:
    ec2 = prepared.client("ec2")
    other = ec2.create_security_group(
        GroupName="other", Description="x", VpcId=prepared.ids["vpc"]
    )["GroupId"]
    prepared.request["VpcConfig"]["SecurityGroupIds"].append(other)


def delete_route(prepared: Prepared) -> None:
    prepared.client("ec2").delete_route(
        RouteTableId=prepared.ids["table"], DestinationCidrBlock=EVERYWHERE
    )


def add_endpoints(prepared: Prepared, *services: str, private: bool = True) -> None:
    ec2 = prepared.client("ec2")
    for service in services:
        common = {"VpcId": prepared.ids["vpc"], "ServiceName": f"com.amazonaws.{REGION}.{service}"}
        if service == "s3":
            ec2.create_vpc_endpoint(**common, RouteTableIds=[prepared.ids["table"]])
        else:
            ec2.create_vpc_endpoint(
                **common,
                VpcEndpointType="Interface",
                SubnetIds=[prepared.ids["subnet"]],
                PrivateDnsEnabled=private,
            )


def route_to_the_internet(prepared: Prepared) -> None:
    delete_route(prepared)
    prepared.client("ec2").create_route(
        RouteTableId=prepared.ids["table"],
        DestinationCidrBlock=EVERYWHERE,
        GatewayId=prepared.ids["gateway"],
    )


def move_to(prepared: Prepared, zone: str, block: str = "10.0.9.0/24") -> None:
    ec2 = prepared.client("ec2")
    subnet = ec2.create_subnet(VpcId=prepared.ids["vpc"], CidrBlock=block, AvailabilityZone=zone)
    name = subnet["Subnet"]["SubnetId"]
    ec2.associate_route_table(RouteTableId=prepared.ids["table"], SubnetId=name)
    prepared.request["VpcConfig"]["Subnets"] = [name]


def move_to_another_vpc(prepared: Prepared) -> None:
    ec2 = prepared.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    group_id = ec2.create_security_group(GroupName="b", Description="b", VpcId=vpc)["GroupId"]
    own = [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group_id}]}]
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=own)
    ec2.authorize_security_group_egress(GroupId=group_id, IpPermissions=own)
    prepared.request["VpcConfig"]["SecurityGroupIds"] = [group_id]


def close_ports(prepared: Prepared) -> None:
    ec2, name = prepared.client("ec2"), prepared.ids["fsx group"]
    rules = ec2.describe_security_groups(GroupIds=[name])["SecurityGroups"][0]["IpPermissions"]
    ec2.revoke_security_group_ingress(
        GroupId=name, IpPermissions=[each for each in rules if each["FromPort"] == 1018]
    )


def set_key_policy(prepared: Prepared, principal: str) -> None:
    policy = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:*", '
        f'"Resource": "*", "Principal": {{"AWS": "{principal}"}}}}]}}'
    )
    kms = prepared.client("kms")
    kms.put_key_policy(
        KeyId=prepared.ids["key"],
        PolicyName="default",
        Policy=policy,
        BypassPolicyLockoutSafetyCheck=True,
    )


def use_key(prepared: Prepared, **options: str) -> None:
    key = prepared.client("kms").create_key(**options)["KeyMetadata"]["Arn"]
    group(prepared)["InstanceStorageConfigs"][0]["EbsVolumeConfig"]["VolumeKmsKeyId"] = key


def change_mount(prepared: Prepared, **members: str) -> None:
    group(prepared)["InstanceStorageConfigs"][1]["FsxLustreConfig"].update(members)


def assign_public_addresses(prepared: Prepared) -> None:
    prepared.client("ec2").modify_subnet_attribute(
        SubnetId=prepared.ids["subnet"], MapPublicIpOnLaunch={"Value": True}
    )


def set_vpc(prepared: Prepared, **attributes: Any) -> None:
    prepared.client("ec2").modify_vpc_attribute(VpcId=prepared.ids["vpc"], **attributes)


def set_service_role(prepared: Prepared) -> None:
    prepared.client("iam").delete_role(RoleName="AWSServiceRoleForSageMakerHyperPod")
