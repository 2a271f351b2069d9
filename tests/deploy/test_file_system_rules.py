"""Each rule of FSx in the emulator refuses what breaks it."""

from collections.abc import Iterator

import pytest

from tests.aws.cloudformation.template import Json
from tests.aws.emulator import Emulator

from .tools import abandon, create, failures, update

NETWORK = {
    "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
    "Subnet": {
        "Type": "AWS::EC2::Subnet",
        "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/24"},
    },
}
LUSTRE = {"FileSystemType": "LUSTRE", "StorageCapacity": 1200, "SubnetIds": [{"Ref": "Subnet"}]}
OPENZFS = {**LUSTRE, "FileSystemType": "OPENZFS", "StorageCapacity": 64}
PERSISTENT = {"DeploymentType": "PERSISTENT_2"}
SINGLE = {"DeploymentType": "SINGLE_AZ_1", "ThroughputCapacity": 64}


def of(properties: Json, **more: Json) -> Json:
    """A template with a file system in a subnet."""
    system = {"Type": "AWS::FSx::FileSystem", "Properties": properties}
    return {"Resources": {**NETWORK, "F": system, **more}}


@pytest.fixture(autouse=True)
def clean(account: Emulator) -> Iterator[None]:
    yield
    abandon(account)


@pytest.mark.parametrize(
    "properties",
    [
        LUSTRE,
        {**LUSTRE, "LustreConfiguration": {**PERSISTENT, "PerUnitStorageThroughput": 250}},
        {**OPENZFS, "OpenZFSConfiguration": SINGLE},
    ],
)
def test_file_system_is_made(account: Emulator, properties: Json) -> None:
    stack = create(account, "S", of(properties))
    assert stack.status == "CREATE_COMPLETE", failures(stack)


OF_FILE_SYSTEMS: dict[str, Json] = {
    "required key [SubnetIds] not found": {"FileSystemType": "LUSTRE"},
    "Invalid storage capacity 1300": {**LUSTRE, "StorageCapacity": 1300},
    "Invalid PerUnitStorageThroughput": {
        **LUSTRE,
        "LustreConfiguration": {**PERSISTENT, "PerUnitStorageThroughput": 200},
    },
    "Invalid PerUnitStorageThroughput for": {**LUSTRE, "LustreConfiguration": PERSISTENT},
    "ThroughputCapacity are required": OPENZFS,
    "at least 64 GiB": {**OPENZFS, "StorageCapacity": 63, "OpenZFSConfiguration": SINGLE},
    "the emulator has no ONTAP": {**LUSTRE, "FileSystemType": "ONTAP"},
    "InvalidNetworkSettings": {**LUSTRE, "SubnetIds": ["subnet-01234567"]},
}


@pytest.mark.parametrize("message", OF_FILE_SYSTEMS)
def test_file_system(account: Emulator, message: str) -> None:
    stack = create(account, "S", of(OF_FILE_SYSTEMS[message]))
    assert stack.events[-1]["ResourceStatus"] == "ROLLBACK_COMPLETE"
    assert message in failures(stack)[0]


def test_security_group_is_of_the_network(account: Emulator) -> None:
    ec2 = account.cloud.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    lone = ec2.create_security_group(GroupName="lone", VpcId=vpc, Description="x")["GroupId"]
    stack = create(account, "S", of({**LUSTRE, "SecurityGroupIds": [lone]}))
    assert f"{lone} is not in vpc-" in failures(stack)[0]
    assert "InvalidNetworkSettings" in failures(stack)[0]


def group(**rules: Json) -> Json:
    """A security group with rules, from any address unless they say otherwise."""
    lists = {
        f"SecurityGroup{direction}": [{"IpProtocol": "tcp", "FromPort": 988, "ToPort": 988, **rule}]
        for direction, rule in rules.items()
    }
    properties = {"GroupDescription": "x", "VpcId": {"Ref": "Vpc"}, **lists}
    return {"Type": "AWS::EC2::SecurityGroup", "Properties": properties}


GROUPS_OF_LUSTRE: dict[str, tuple[Json, bool]] = {
    "of a subnet": (group(Ingress={"CidrIp": "10.0.0.0/24"}), True),
    "of a part of the subnet": (group(Ingress={"CidrIp": "10.0.0.0/25"}), False),
    "of another port": (
        group(Ingress={"CidrIp": "10.0.0.0/8", "FromPort": 987, "ToPort": 987}),
        False,
    ),
    "closed": (group(), False),
    "without a way out": (
        group(Ingress={"CidrIp": "10.0.0.0/8"}, Egress={"CidrIp": "192.168.0.0/16"}),
        False,
    ),
}


@pytest.mark.parametrize("name", GROUPS_OF_LUSTRE)
def test_servers_of_lustre_reach_one_another(account: Emulator, name: str) -> None:
    properties, allowed = GROUPS_OF_LUSTRE[name]
    system = {**LUSTRE, "SecurityGroupIds": [{"Fn::GetAtt": ["G", "GroupId"]}]}
    stack = create(account, "S", of(system, G=properties))
    assert (stack.status == "CREATE_COMPLETE") is allowed, failures(stack)
    assert allowed or "network traffic on port 988" in failures(stack)[0]


def test_capacity_is_not_decreased(account: Emulator) -> None:
    create(account, "S", of({**LUSTRE, "StorageCapacity": 2400}))
    stack = update(account, "S", of(LUSTRE))
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "Storage capacity can not be decreased" in failures(stack)[0]
    assert stack.resources["F"].properties["StorageCapacity"] == 2400


def test_what_cannot_be_changed_back_is_not_rolled_back(account: Emulator) -> None:
    create(account, "S", of(LUSTRE))
    failing = {
        "Type": "Custom::X",
        "DependsOn": "F",
        "Properties": {"ServiceToken": "nobody"},
    }
    stack = update(account, "S", of({**LUSTRE, "StorageCapacity": 2400}, C=failing))
    assert "Function not found" in failures(stack)[0]
    assert stack.status == "UPDATE_ROLLBACK_FAILED"
    assert "Storage capacity can not be decreased" in str(stack.reason)
