"""Clusters, and what nodes need of network and roles."""

from typing import Any

from tests.aws.cloudformation.template import Json

from .networks import NETWORK, group, subnet, vpc
from .scenario import Kind, Scenario, create, update
from .templates import of

_GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/dg"
_REFERENCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"
_S3_ENDPOINT = "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html"
_INTERFACES = "https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html"
OF_NODES = [
    "ec2:CreateNetworkInterface*",
    "ec2:Delete*",
    "ec2:Describe*",
    "ec2:DetachNetworkInterface",
]
ALL = {"IpProtocol": "-1"}
ITSELF = {"Fn::GetAtt": ["G", "GroupId"]}


def role(*actions: str, denied: Json | None = None) -> Json:
    """An execution role with some actions."""
    statements = [{"Effect": "Allow", "Action": ["logs:*", *actions], "Resource": "*"}]
    statements += [] if denied is None else [{"Effect": "Deny", "Resource": "*", **denied}]
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
    }
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [
                {
                    "PolicyName": "p",
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": statements},
                }
            ],
        },
    }


def cluster(
    count: object = 1, override: Json | None = None, after: tuple[str, ...] = (), **more: object
) -> Json:
    """A cluster of controllers whose topology is in the request."""
    groups = [
        {
            "InstanceGroupName": "controller",
            "InstanceType": "ml.m5.xlarge",
            "InstanceCount": count,
            "ExecutionRole": {"Fn::GetAtt": ["R", "Arn"]},
            "SlurmConfig": {"NodeType": "Controller"},
            **({} if override is None else {"OverrideVpcConfig": override}),
        }
    ]
    properties = {
        "Orchestrator": {"Slurm": {"SlurmConfigStrategy": "Overwrite"}},
        "InstanceGroups": groups,
        **more,
    }
    return {"Type": "AWS::SageMaker::Cluster", "Properties": properties, "DependsOn": list(after)}


def endpoint(service: str, kind: str = "Interface", **more: object) -> Json:
    """An endpoint of the VPC."""
    name = {"Fn::Sub": f"com.amazonaws.${{AWS::Region}}.{service}"}
    properties: dict[str, Any] = {
        "VpcId": {"Ref": "V"},
        "ServiceName": name,
        "VpcEndpointType": kind,
        **more,
    }
    return {"Type": "AWS::EC2::VPCEndpoint", "Properties": properties}


def isolated(
    *, egress: Json | None = None, opened: bool = True, named: bool = True, **of_vpc: object
) -> dict[str, Json]:
    """Nodes in a VPC that reaches AWS through endpoints alone."""
    out = egress or {**ALL, "CidrIp": "0.0.0.0/0"}
    own = {"GroupId": ITSELF, **ALL}
    doors = {
        "SecurityGroupIngress": [{**ALL, "CidrIp": "10.0.0.0/16" if opened else "10.9.0.0/16"}]
    }
    interface: dict[str, Any] = {
        "SubnetIds": [{"Ref": "S"}],
        "SecurityGroupIds": [{"Fn::GetAtt": ["D", "GroupId"]}],
        "PrivateDnsEnabled": named,
    }
    around = {
        "V": vpc(**{"EnableDnsSupport": True, "EnableDnsHostnames": True, **of_vpc}),
        "S": subnet(),
        "G": group(SecurityGroupEgress=[out]),
        "D": group(**doors),
        "I": {
            "Type": "AWS::EC2::SecurityGroupIngress",
            "Properties": {**own, "SourceSecurityGroupId": ITSELF},
        },
        "E": {
            "Type": "AWS::EC2::SecurityGroupEgress",
            "Properties": {**own, "DestinationSecurityGroupId": ITSELF},
        },
        "T": {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": {"Ref": "V"}}},
        "A": {
            "Type": "AWS::EC2::SubnetRouteTableAssociation",
            "Properties": {"RouteTableId": {"Ref": "T"}, "SubnetId": {"Ref": "S"}},
        },
        "Gateway": endpoint("s3", "Gateway", RouteTableIds=[{"Ref": "T"}]),
        **{
            name.capitalize(): endpoint(name, **interface)
            for name in ("logs", "ssm", "ssmmessages")
        },
        "R": role(*OF_NODES),
    }
    config = {"SecurityGroupIds": [ITSELF], "Subnets": [{"Ref": "S"}]}
    after = ("I", "E", "A", "Gateway", "Logs", "Ssm", "Ssmmessages")
    return {**around, "C": cluster(VpcConfig=config, after=after)}


FAILED = "ROLLBACK_COMPLETE"
OVERRIDE = {"SecurityGroupIds": [ITSELF], "Subnets": [{"Ref": "S"}]}

SCENARIOS = [
    Scenario(
        "1.9",
        "nodes that reach AWS through endpoints",
        (create(of(**isolated())),),
        "CREATE_COMPLETE",
        f"{_GUIDE}/sagemaker-hyperpod-prerequisites.html",
    ),
    Scenario(
        "1.9",
        "security group of the nodes allows no outbound traffic",
        (create(of(**isolated(egress={**ALL, "CidrIp": "127.0.0.1/32"}))),),
        FAILED,
        _S3_ENDPOINT,
        says="Could not connect to S3",
    ),
    Scenario(
        "1.9",
        "VPC without DNS",
        (create(of(**isolated(EnableDnsSupport=False, EnableDnsHostnames=False))),),
        FAILED,
        _S3_ENDPOINT,
        says="Could not resolve",
    ),
    Scenario(
        "1.9",
        "endpoints that do not let nodes in",
        (create(of(**isolated(opened=False))),),
        FAILED,
        _INTERFACES,
        says="timed out",
    ),
    Scenario(
        "1.9",
        "endpoints without private names",
        (create(of(**isolated(named=False))),),
        FAILED,
        _INTERFACES,
        says="timed out",
    ),
    Scenario(
        "1.12",
        "group in a VPC without routes",
        (create(of(**NETWORK, R=role(*OF_NODES), C=cluster(override=OVERRIDE))),),
        FAILED,
        f"{_REFERENCE}/aws-properties-sagemaker-cluster-clusterinstancegroup.html",
        Kind.KNOWLEDGE,
        says="EFA health checks",
    ),
    Scenario(
        "1.8",
        "entry point that fails",
        (create(of(R=role(), C=cluster())),),
        FAILED,
        f"{_GUIDE}/sagemaker-hyperpod-lifecycle-best-practices-slurm.html",
        missing="scripts run on machines of tests/nodes, which CreateCluster does not start",
    ),
    Scenario(
        "1.10",
        "instances in a new account, whose quotas are 0",
        (create(of(R=role(), C=cluster())),),
        FAILED,
        f"{_GUIDE}/sagemaker-hyperpod-prerequisites.html",
        missing="accounts have no quotas",
    ),
    Scenario(
        "2.1",
        "tags of a cluster",
        (create(of(R=role(), C=cluster(Tags=[{"Key": "größe: 1", "Value": "a/b"}]))),),
        "CREATE_COMPLETE",
        f"{_REFERENCE}/aws-resource-sagemaker-cluster.html",
    ),
    Scenario(
        "2.1",
        "tags of a cluster with signs that tags do not have",
        (create(of(R=role(), C=cluster(Tags=[{"Key": "a", "Value": "!"}]))),),
        FAILED,
        "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Tag.html",
        says="!",
    ),
    Scenario(
        "2.5",
        "denial for another principal",
        (
            create(
                of(
                    R=role(
                        *OF_NODES,
                        denied={
                            "Action": "logs:*",
                            "Condition": {"StringEquals": {"aws:PrincipalType": "User"}},
                        },
                    ),
                    C=cluster(),
                )
            ),
        ),
        "CREATE_COMPLETE",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
    ),
    Scenario(
        "2.6",
        "number of instances as text",
        (create(of(R=role(), C=cluster("1"))),),
        "CREATE_COMPLETE",
        f"{_REFERENCE}/aws-resource-sagemaker-cluster.html",
    ),
    Scenario(
        "2.7",
        "cluster without a VPC and a role without EC2",
        (create(of(R=role(), C=cluster())),),
        "CREATE_COMPLETE",
        f"{_GUIDE}/sagemaker-hyperpod-prerequisites-iam.html",
    ),
    Scenario(
        "1.11",
        "EKS cluster of an old version",
        (create(of(E={"Type": "AWS::EKS::Cluster"})),),
        "CREATE_COMPLETE",
        f"{_GUIDE}/sagemaker-hyperpod-eks-prerequisites.html",
        missing="EKS clusters are not resources of the emulator yet",
    ),
    Scenario(
        "2.6",
        "change of a cluster, with the number of instances as text",
        (
            create(of(R=role(), C=cluster("1"))),
            update(of(R=role(), C=cluster("1", NodeRecovery="None"))),
        ),
        "UPDATE_COMPLETE",
        f"{_REFERENCE}/aws-resource-sagemaker-cluster.html",
    ),
]
