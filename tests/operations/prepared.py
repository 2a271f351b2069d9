"""An account in which everything that a cluster requires exists, and a request for the cluster."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto.eks.models import eks_backends

from hyperpod_constructs.operations.quotas import (
    OF_CLUSTER,
    OF_CLUSTERS,
    OF_SPOT,
    usage_quota,
)
from tests.aws.emulator import Emulator
from tests.aws.hyperpod.training_plans import plan
from tests.aws.services import add_ons, quotas

NAME = "training"
ACCOUNT, REGION = "123456789012", "us-west-2"
ZONE = f"{REGION}a"
PLAN_ARN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-plan/january"
EVERYWHERE = "0.0.0.0/0"
BUCKET = "scripts-of-training"
CPU, GPU = "ml.m5.xlarge", "ml.p5.48xlarge"
SERVICE = {"Service": "sagemaker.amazonaws.com"}
ALL_TRAFFIC = {"IpProtocol": "-1"}
INTERFACES = (
    *("CreateNetworkInterface", "CreateNetworkInterfacePermission", "DeleteNetworkInterface"),
    *("DeleteNetworkInterfacePermission", "DetachNetworkInterface"),
)
LISTS = ("DhcpOptions", "NetworkInterfaces", "SecurityGroups", "Subnets", "Vpcs")


def trust(principal: Mapping[str, Any] = SERVICE, **more: Any) -> dict[str, Any]:
    """A trust policy."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


def role_policy(*without: str) -> dict[str, Any]:
    """What nodes do, without some actions."""
    actions = [
        *("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
        *("s3:GetObject", "s3:ListBucket"),
        *(f"ec2:{each}" for each in INTERFACES),
        *(f"ec2:Describe{each}" for each in LISTS),
    ]
    kept = [each for each in actions if each not in without]
    statement = {"Effect": "Allow", "Action": kept, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


@dataclass
class Prepared:
    """The account.

    Attributes:
        emulator: The emulator.
        folder: Folder of the files.
        ids: What was created, by name.
        request: The request.
    """

    emulator: Emulator
    folder: Path
    ids: dict[str, str]
    request: dict[str, Any]

    def client(self, service: str) -> Any:
        """A client of the administrator."""
        return self.emulator.cloud.client(service)

    def write(self) -> str:
        """Writes the request."""
        (self.folder / "request.json").write_text(json.dumps(self.request))
        return "request.json"

    def put_bucket_policy(self, **statement: Any) -> None:
        """Sets a statement that denies objects of the bucket."""
        document = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:GetObject",
                    "Resource": f"arn:aws:s3:::{BUCKET}/*",
                    **statement,
                }
            ],
        }
        self.client("s3").put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(document))

    def put_role_policy(self, *without: str) -> None:
        """Sets the policy of the role."""
        self.client("iam").put_role_policy(
            RoleName="nodes", PolicyName="p", PolicyDocument=json.dumps(role_policy(*without))
        )

    def put_trust(self, document: Mapping[str, Any]) -> None:
        """Sets the trust policy of the role."""
        self.client("iam").update_assume_role_policy(
            RoleName="nodes", PolicyDocument=json.dumps(document)
        )


def prepare(emulator: Emulator, folder: Path) -> Prepared:
    """An account in which all checks find nothing wrong."""
    emulator.forget()
    ids = {**_network(emulator), "key": _key(emulator), "role": _role(emulator)}
    _bucket(emulator)
    ids |= _file_system(emulator, ids)
    for name, value in (
        (usage_quota(CPU, is_spot=False), 2),
        (usage_quota(GPU, is_spot=False), 4),
        (OF_CLUSTER, 20),
        (OF_CLUSTERS, 30),
        (OF_SPOT, 0),
    ):
        quotas.increase(name, value)
    emulator.clusters.plans["january"] = plan("january", PLAN_ARN, GPU, [ZONE], 4)
    return Prepared(emulator, folder, ids, _request(ids))


def _request(ids: Mapping[str, str]) -> dict[str, Any]:
    common = {
        "ExecutionRole": ids["role"],
        "LifeCycleConfig": {
            "SourceS3Uri": f"s3://{BUCKET}/scripts/",
            "OnCreate": "on_create.sh",
        },
        "ThreadsPerCore": 1,
    }
    mount = {"DnsName": ids["dns"], "MountName": ids["mount"], "MountPath": "/fsx"}
    volume = {"VolumeSizeInGB": 500, "VolumeKmsKeyId": ids["key"]}
    return {
        "ClusterName": NAME,
        "Orchestrator": {"Slurm": {"SlurmConfigStrategy": "Merge"}},
        "VpcConfig": {
            "Subnets": [ids["subnet"]],
            "SecurityGroupIds": [ids["security group"]],
        },
        "InstanceGroups": [
            {
                "InstanceGroupName": "controller",
                "InstanceType": CPU,
                "InstanceCount": 1,
                "SlurmConfig": {"NodeType": "Controller"},
                **common,
            },
            {
                "InstanceGroupName": "gpu",
                "InstanceType": GPU,
                "InstanceCount": 4,
                "SlurmConfig": {"NodeType": "Compute", "PartitionNames": ["gpu"]},
                "TrainingPlanArn": PLAN_ARN,
                "InstanceStorageConfigs": [
                    {"EbsVolumeConfig": volume},
                    {"FsxLustreConfig": mount},
                ],
                **common,
            },
        ],
    }


def _network(emulator: Emulator) -> dict[str, str]:
    ec2 = emulator.cloud.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    for name in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=vpc, **{name: {"Value": True}})
    public, private = (
        ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=ZONE)["Subnet"]["SubnetId"]
        for block in ("10.0.0.0/24", "10.0.1.0/24")
    )
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=public, AllocationId=address)["NatGateway"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=private)
    ec2.create_route(
        RouteTableId=table,
        DestinationCidrBlock=EVERYWHERE,
        NatGatewayId=nat["NatGatewayId"],
    )
    group = ec2.create_security_group(GroupName="nodes", Description="nodes", VpcId=vpc)["GroupId"]
    own = [{**ALL_TRAFFIC, "UserIdGroupPairs": [{"GroupId": group}]}]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=own)
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=own)
    return {
        "vpc": vpc,
        "subnet": private,
        "table": table,
        "gateway": gateway,
        "nat": nat["NatGatewayId"],
        "security group": group,
    }


def _key(emulator: Emulator) -> str:
    return str(emulator.cloud.client("kms").create_key()["KeyMetadata"]["Arn"])


def _role(emulator: Emulator) -> str:
    iam = emulator.cloud.client("iam")
    iam.create_role(
        RoleName="AWSServiceRoleForSageMakerHyperPod",
        Path="/aws-service-role/hyperpod.sagemaker.amazonaws.com/",
        AssumeRolePolicyDocument=json.dumps(trust({"Service": "hyperpod.sagemaker.amazonaws.com"})),
    )
    role = iam.create_role(RoleName="nodes", AssumeRolePolicyDocument=json.dumps(trust()))
    iam.put_role_policy(RoleName="nodes", PolicyName="p", PolicyDocument=json.dumps(role_policy()))
    return str(role["Role"]["Arn"])


def _bucket(emulator: Emulator) -> None:
    s3 = emulator.cloud.client("s3")
    s3.create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": emulator.cloud.region}
    )
    s3.put_object(Bucket=BUCKET, Key="scripts/on_create.sh", Body=b"#!/bin/bash\n")


def _file_system(emulator: Emulator, ids: Mapping[str, str]) -> dict[str, str]:
    ec2, fsx = emulator.cloud.client("ec2"), emulator.cloud.client("fsx")
    group = ec2.create_security_group(GroupName="fsx", Description="x", VpcId=ids["vpc"])["GroupId"]
    for first, last in ((988, 988), (1018, 1023)):
        rule = {"IpProtocol": "tcp", "FromPort": first, "ToPort": last}
        pairs = [{"GroupId": ids["security group"]}, {"GroupId": group}]
        ec2.authorize_security_group_ingress(
            GroupId=group, IpPermissions=[{**rule, "UserIdGroupPairs": pairs}]
        )
    system = fsx.create_file_system(
        FileSystemType="LUSTRE",
        StorageCapacity=1200,
        SubnetIds=[ids["subnet"]],
        SecurityGroupIds=[group],
    )["FileSystem"]
    ec2.create_network_interface(
        SubnetId=ids["subnet"],
        Groups=[group],
        Description=f"Created By Amazon FSx for File System {system['FileSystemId']}",
    )
    mount = system.get("LustreConfiguration", {}).get("MountName", "abcdefgh")
    return {
        "file system": system["FileSystemId"],
        "fsx group": group,
        "dns": system["DNSName"],
        "mount": mount,
    }


def make_eks_cluster(prepared: Prepared, version: str = "1.33", mode: str = "API") -> None:
    """An EKS cluster with add-ons, which orchestrates the planned cluster."""
    cluster = prepared.client("eks").create_cluster(
        name="nodes",
        version=version,
        roleArn=prepared.ids["role"],
        resourcesVpcConfig={"subnetIds": [prepared.ids["subnet"]], "securityGroupIds": []},
    )["cluster"]
    # moto ignores the configuration of access.
    stored = eks_backends[ACCOUNT][REGION].clusters["nodes"]
    vars(stored)["access_config"] = {"authenticationMode": mode}
    stored.resources_vpc_config["vpcId"] = prepared.ids["vpc"]
    add_ons.install("nodes", "vpc-cni", "kube-proxy", "coredns")
    prepared.request["Orchestrator"] = {"Eks": {"ClusterArn": cluster["arn"]}}
    for group in prepared.request["InstanceGroups"]:
        group.pop("SlurmConfig", None)
        group["InstanceStorageConfigs"] = []
        group["InstanceCount"] = 1
