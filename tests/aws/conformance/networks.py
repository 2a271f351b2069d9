"""Security groups, file systems and changes of networks."""

from tests.aws.cloudformation.template import Json

from .scenario import Kind, Scenario, create, delete, update
from .templates import of

_EC2 = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference"
_REFERENCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"
_LUSTRE = "https://docs.aws.amazon.com/fsx/latest/LustreGuide/limit-access-security-groups.html"
_CLUSTERS = "https://github.com/aws/aws-parallelcluster"
LNET = {"IpProtocol": "tcp", "FromPort": 988, "ToPort": 988}


def vpc(**more: object) -> Json:
    """A VPC."""
    return {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16", **more}}


def subnet(**more: object) -> Json:
    """A subnet of the VPC."""
    properties = {"VpcId": {"Ref": "V"}, "CidrBlock": "10.0.0.0/24", **more}
    return {"Type": "AWS::EC2::Subnet", "Properties": properties}


def group(**more: object) -> Json:
    """A security group of the VPC."""
    properties = {"GroupDescription": "x", "VpcId": {"Ref": "V"}, **more}
    return {"Type": "AWS::EC2::SecurityGroup", "Properties": properties}


def ingress(source: str = "G", description: str = "x", **more: object) -> Json:
    """A rule among security groups."""
    properties = {
        "GroupId": {"Fn::GetAtt": ["G", "GroupId"]},
        "SourceSecurityGroupId": {"Fn::GetAtt": [source, "GroupId"]},
        "Description": description,
        **LNET,
        **more,
    }
    return {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": properties}


def lustre(**more: object) -> Json:
    """A Lustre file system with the security group."""
    properties = {
        "FileSystemType": "LUSTRE",
        "StorageCapacity": 1200,
        "SubnetIds": [{"Ref": "S"}],
        "SecurityGroupIds": [{"Fn::GetAtt": ["G", "GroupId"]}],
    }
    return {"Type": "AWS::FSx::FileSystem", "Properties": properties, **more}


NETWORK = {"V": vpc(), "S": subnet(), "G": group()}
FILE_SYSTEM = {**NETWORK, "R": ingress(), "F": lustre(DependsOn="R")}
OPEN = {**LNET, "CidrIp": "10.0.0.0/16"}

SCENARIOS = [
    Scenario(
        "1.1",
        "file system beside the rule that opens it",
        (create(of(**{**FILE_SYSTEM, "F": lustre()})),),
        "ROLLBACK_COMPLETE",
        f"{_CLUSTERS}/issues/6181",
        Kind.ISSUE,
        says="network traffic on port 988",
    ),
    Scenario(
        "1.1",
        "file system after the rule that opens it",
        (create(of(**FILE_SYSTEM)),),
        "CREATE_COMPLETE",
        _LUSTRE,
    ),
    Scenario(
        "1.1",
        "file system deleted before the rule",
        (create(of(**FILE_SYSTEM)), delete()),
        "DELETE_COMPLETE",
        _LUSTRE,
    ),
    Scenario(
        "1.2",
        "rule twice, described differently",
        (create(of(**NETWORK, A=ingress(), B=ingress(description="y"))),),
        "ROLLBACK_COMPLETE",
        f"{_CLUSTERS}/pull/7191",
        Kind.ISSUE,
        says="InvalidPermission.Duplicate",
    ),
    Scenario(
        "1.2",
        "rule that the group itself has",
        (
            create(
                of(
                    **{**NETWORK, "G": group(SecurityGroupIngress=[OPEN])},
                    A={
                        "Type": "AWS::EC2::SecurityGroupIngress",
                        "Properties": {
                            "GroupId": {"Fn::GetAtt": ["G", "GroupId"]},
                            **OPEN,
                            "Description": "y",
                        },
                    },
                )
            ),
        ),
        "ROLLBACK_COMPLETE",
        f"{_EC2}/API_AuthorizeSecurityGroupIngress.html",
        says="InvalidPermission.Duplicate",
    ),
    Scenario(
        "1.21",
        "file system of another deployment type",
        (
            create(of(**FILE_SYSTEM)),
            update(
                of(
                    **{
                        **FILE_SYSTEM,
                        "F": {
                            **lustre(DependsOn="R"),
                            "Properties": {
                                **lustre()["Properties"],
                                "LustreConfiguration": {"DeploymentType": "SCRATCH_2"},
                            },
                        },
                    }
                )
            ),
        ),
        "UPDATE_COMPLETE",
        f"{_REFERENCE}/aws-resource-fsx-filesystem.html",
        says="requires replacement",
    ),
    Scenario(
        "2.3",
        "rules within a group",
        (create(of(**NETWORK)), update(of(**{**NETWORK, "G": group(SecurityGroupIngress=[OPEN])}))),
        "UPDATE_COMPLETE",
        f"{_REFERENCE}/aws-resource-ec2-securitygroup.html",
    ),
    Scenario(
        "2.3",
        "DNS of a VPC",
        (create(of(V=vpc())), update(of(V=vpc(EnableDnsHostnames=True)))),
        "UPDATE_COMPLETE",
        f"{_REFERENCE}/aws-resource-ec2-vpc.html",
    ),
    Scenario(
        "2.3",
        "public addresses of a subnet",
        (create(of(V=vpc(), S=subnet())), update(of(V=vpc(), S=subnet(MapPublicIpOnLaunch=True)))),
        "UPDATE_COMPLETE",
        f"{_REFERENCE}/aws-resource-ec2-subnet.html",
    ),
    Scenario(
        "2.4",
        "file system whose group names addresses",
        (create(of(**{**NETWORK, "G": group(SecurityGroupIngress=[OPEN])}, F=lustre())),),
        "CREATE_COMPLETE",
        _LUSTRE,
    ),
    Scenario(
        "1.19",
        "group that a rule of another group names",
        (
            create(of(**NETWORK)),
            lambda emulator: create(
                of(
                    R={
                        "Type": "AWS::EC2::SecurityGroup",
                        "Properties": {
                            "GroupDescription": "x",
                            "VpcId": emulator.cloudformation.stacks[0]
                            .resources["V"]
                            .made.physical_id,
                            "SecurityGroupIngress": [
                                {
                                    **LNET,
                                    "SourceSecurityGroupId": emulator.cloudformation.stacks[0]
                                    .resources["G"]
                                    .made.physical_id,
                                }
                            ],
                        },
                    }
                ),
                "T",
            )(emulator),
            delete(),
        ),
        "DELETE_FAILED",
        f"{_EC2}/API_DeleteSecurityGroup.html",
        says="DependencyViolation",
    ),
    Scenario(
        "1.19",
        "subnet of 8 addresses",
        (create(of(V=vpc(), S=subnet(CidrBlock="10.0.0.0/29"))),),
        "ROLLBACK_COMPLETE",
        "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html",
        says="InvalidSubnet.Range",
    ),
    Scenario(
        "1.19",
        "subnet in a zone of another Region",
        (create(of(V=vpc(), S=subnet(AvailabilityZone="eu-west-1a"))),),
        "ROLLBACK_COMPLETE",
        "https://github.com/TheSudoYT/terraform-aws-palworld/issues/9",
        Kind.ISSUE,
        says="InvalidParameterValue",
    ),
]
