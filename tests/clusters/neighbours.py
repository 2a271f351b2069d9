"""A template whose cluster depends on resources beside it: security groups, roles, subnets."""

from typing import Any

from .requests import EKS_ARN, SCRIPTS

VPC_ID = "vpc-0123456789abcdef0"
OUT = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}
SELF = {"Fn::GetAtt": ["Nodes", "GroupId"]}
TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": "sagemaker.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
INTERFACES = {
    "Effect": "Allow",
    "Action": [
        "ec2:*NetworkInterface*",
        "ec2:DescribeVpcs",
        "ec2:DescribeDhcpOptions",
        "ec2:DescribeSubnets",
        "ec2:DescribeSecurityGroups",
    ],
    "Resource": "*",
}


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def rule(direction: str, peer: str, **changes: Any) -> dict[str, Any]:
    return resource(
        f"EC2::SecurityGroup{direction}",
        **{"GroupId": SELF, "IpProtocol": "-1", peer: SELF, **changes},
    )


def document(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


GOOD: dict[str, Any] = {
    "Nodes": resource(
        "EC2::SecurityGroup",
        GroupDescription="nodes",
        VpcId=VPC_ID,
        SecurityGroupEgress=[OUT],
    ),
    "From": rule("Ingress", "SourceSecurityGroupId"),
    "To": rule("Egress", "DestinationSecurityGroupId"),
    "Role": resource(
        "IAM::Role",
        AssumeRolePolicyDocument=document(TRUST),
        ManagedPolicyArns=["arn:aws:iam::aws:policy/AmazonSageMakerClusterInstanceRolePolicy"],
        Policies=[{"PolicyName": "Vpc", "PolicyDocument": document(INTERFACES)}],
    ),
    "Subnet": resource("EC2::Subnet", VpcId=VPC_ID, CidrBlock="10.0.0.0/16"),
    "Lustre": resource(
        "FSx::FileSystem",
        FileSystemType="LUSTRE",
        SecurityGroupIds=[{"Ref": "Nodes"}],
        SubnetIds=[{"Ref": "Subnet"}],
    ),
    "Cluster": resource(
        "SageMaker::Cluster",
        Orchestrator={"Eks": {"ClusterArn": EKS_ARN}},
        VpcConfig={"SecurityGroupIds": [SELF], "Subnets": [{"Ref": "Subnet"}]},
        InstanceGroups=[
            {
                "InstanceGroupName": "gpu",
                "InstanceType": "ml.p5.48xlarge",
                "InstanceCount": 4,
                "ExecutionRole": {"Fn::GetAtt": ["Role", "Arn"]},
                "LifeCycleConfig": SCRIPTS,
                "InstanceStorageConfigs": [
                    {
                        "FsxLustreConfig": {
                            "DnsName": {"Fn::GetAtt": "Lustre.DNSName"},
                            "MountName": {"Fn::GetAtt": "Lustre.LustreMountName"},
                        }
                    }
                ],
            }
        ],
    ),
}
