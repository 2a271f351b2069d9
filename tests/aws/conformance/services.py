"""What services reject of networks, buckets, keys, databases and roles, and what updates change."""

from tests.aws.cloudformation.template import Json

from .identities import document
from .networks import FILE_SYSTEM, NETWORK, group, lustre, subnet, vpc
from .scenario import DONE, Kind, Outcome, Scenario, Step, call, create, update
from .stacks import BUCKET, FAILING, policy
from .templates import ROLE, TOPIC, of

_ISSUES = "https://github.com"
_RDS = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html"
_KMS = "https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html"
_GRAMMAR = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html"
_BLOCK = (
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html"
)
_STATES = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide"
_REFERENCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"
_ROOT = {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}}
_LOGS = {"Service": {"Fn::Sub": "logs.${AWS::Region}.amazonaws.com"}}
_PASSWORD = "password-of-a-test"


def zone(number: int) -> Json:
    """A subnet of the VPC in a zone of its own."""
    where = {"Fn::Select": [number, {"Fn::GetAZs": ""}]}
    return subnet(CidrBlock=f"10.0.{number + 1}.0/24", AvailabilityZone=where)


def database(**more: object) -> dict[str, Json]:
    """A database in two subnets."""
    subnets = [{"Ref": "S0"}, {"Ref": "S1"}]
    of_subnets = {"DBSubnetGroupDescription": "x", "SubnetIds": subnets}
    return {
        **NETWORK,
        "S0": zone(0),
        "S1": zone(1),
        "N": {"Type": "AWS::RDS::DBSubnetGroup", "Properties": of_subnets},
        "D": {
            "Type": "AWS::RDS::DBInstance",
            "Properties": {
                "AllocatedStorage": "20",
                "DBInstanceClass": "db.t4g.micro",
                "DBSubnetGroupName": {"Ref": "N"},
                "Engine": "mariadb",
                "EngineVersion": "11.8.6",
                "MasterUsername": "admin",
                "MasterUserPassword": _PASSWORD,
                "VPCSecurityGroups": [{"Fn::GetAtt": ["G", "GroupId"]}],
                **more,
            },
            "DeletionPolicy": "Delete",
        },
    }


def keyed(*statements: Json) -> Json:
    """A key with statements."""
    whole = {"Version": "2012-10-17", "Statement": list(statements)}
    return {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": whole}}


def logged_with(*statements: Json) -> Json:
    """A log group with a key."""
    of_key = {"KmsKeyId": {"Fn::GetAtt": ["K", "Arn"]}}
    return of(K=keyed(*statements), L={"Type": "AWS::Logs::LogGroup", "Properties": of_key})


def allowing(action: str, principal: Json) -> Json:
    """A statement of a key policy."""
    (statement,) = document(action, Principal=principal)["Statement"]
    return dict(statement)


ADMINISTRATION = allowing("kms:*", _ROOT)
GATEWAY = {
    "V": vpc(),
    "I": {"Type": "AWS::EC2::InternetGateway"},
    "T": {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": {"Ref": "V"}}},
    "R": {
        "Type": "AWS::EC2::Route",
        "Properties": {
            "RouteTableId": {"Ref": "T"},
            "DestinationCidrBlock": "0.0.0.0/0",
            "GatewayId": {"Ref": "I"},
        },
    },
}
TWICE = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/16"}
OTHER_VPC = {
    "W": vpc(),
    "H": {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {"GroupDescription": "x", "VpcId": {"Ref": "W"}},
    },
}


def endpoint(effect: str) -> Json:
    """A VPC with an endpoint of S3 and its policy."""
    whole = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": effect, "Principal": "*", "Action": "*", "Resource": "*"}],
    }
    properties = {
        "VpcId": {"Ref": "V"},
        "ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.s3"},
        "PolicyDocument": whole,
    }
    return of(V=vpc(), E={"Type": "AWS::EC2::VPCEndpoint", "Properties": properties})


def capacity_of_file_system(gib: int) -> Step:
    """Whether the only file system has a capacity."""

    def step(emulator: object) -> Outcome:
        answer = call("fsx", "describe_file_systems")(emulator)  # type: ignore[arg-type]
        (system,) = answer.value["FileSystems"]
        return Outcome(DONE if system["StorageCapacity"] == gib else "unchanged", str(system))

    return step


def continue_rollback() -> Step:
    """Continues the rollback without the file system, and gives the state of the stack."""

    def step(emulator: object) -> Outcome:
        call("cloudformation", "continue_update_rollback", StackName="S", ResourcesToSkip=["F"])(
            emulator  # type: ignore[arg-type]
        )
        stack = emulator.cloudformation.stacks[-1]  # type: ignore[attr-defined]
        stack.wait(10)
        return Outcome(stack.status, str(stack.reason))

    return step


def larger(gib: int) -> Json:
    """The file system with another capacity."""
    grown = {**lustre()["Properties"], "StorageCapacity": gib}
    return {**lustre(DependsOn="R"), "Properties": grown}


SCENARIOS = [
    Scenario(
        "1.2",
        "rule twice within a group",
        (
            create(
                of(
                    V=vpc(),
                    G=group(SecurityGroupIngress=[TWICE, {**TWICE, "Description": "y"}]),
                )
            ),
        ),
        "CREATE_COMPLETE",
        f"{_ISSUES}/aws-cloudformation/cloudformation-coverage-roadmap/issues/612",
        Kind.ISSUE,
    ),
    Scenario(
        "1.4",
        "role of CloudFormation without permissions",
        (
            call(
                "iam",
                "create_role",
                RoleName="deployer",
                AssumeRolePolicyDocument=(
                    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": '
                    '"sts:AssumeRole", "Principal": {"Service": "cloudformation.amazonaws.com"}}}'
                ),
            ),
            create(of(T=TOPIC), RoleARN="arn:aws:iam::123456789012:role/deployer"),
        ),
        "ROLLBACK_COMPLETE",
        f"{_STATES}/using-iam-servicerole.html",
        says="is not authorized to perform: sns:CreateTopic",
    ),
    Scenario(
        "1.13",
        "key policy that locks everybody out",
        (create(of(K=keyed(allowing("kms:Encrypt", _ROOT)))),),
        "ROLLBACK_COMPLETE",
        _KMS,
        says="will not allow you to update the key policy in the future",
    ),
    Scenario(
        "1.13",
        "log group with a key that CloudWatch Logs may not use",
        (create(logged_with(ADMINISTRATION)),),
        "ROLLBACK_COMPLETE",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
        says="is not allowed to be used with Arn",
    ),
    Scenario(
        "1.13",
        "log group with a key",
        (create(logged_with(ADMINISTRATION, allowing("kms:*", _LOGS))),),
        "CREATE_COMPLETE",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
    ),
    Scenario(
        "1.18",
        "trust policy without an action",
        (
            create(
                of(
                    R={
                        "Type": "AWS::IAM::Role",
                        "Properties": {
                            "AssumeRolePolicyDocument": {
                                "Version": "2012-10-17",
                                "Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}},
                            }
                        },
                    }
                )
            ),
        ),
        "ROLLBACK_COMPLETE",
        _GRAMMAR,
        says="MalformedPolicyDocument",
    ),
    Scenario(
        "1.18",
        "policy of a role that there is not",
        (
            create(
                of(
                    P={
                        "Type": "AWS::IAM::Policy",
                        "Properties": {
                            "PolicyName": "p",
                            "PolicyDocument": document("s3:GetObject"),
                            "Roles": ["missing-role"],
                        },
                    }
                )
            ),
        ),
        "ROLLBACK_COMPLETE",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html",
        says="missing-role",
    ),
    Scenario(
        "1.18",
        "trust in a role that there is not",
        (
            create(
                of(
                    R={
                        **ROLE,
                        "Properties": {
                            "AssumeRolePolicyDocument": {
                                "Version": "2012-10-17",
                                "Statement": {
                                    "Effect": "Allow",
                                    "Action": "sts:AssumeRole",
                                    "Principal": {"AWS": "arn:aws:iam::123456789012:role/nobody"},
                                },
                            }
                        },
                    }
                )
            ),
        ),
        "ROLLBACK_COMPLETE",
        f"{_ISSUES}/aws-actions/configure-aws-credentials/issues/332",
        Kind.ISSUE,
        says="Invalid principal in policy",
    ),
    Scenario(
        "1.19",
        "route to a gateway that is not attached",
        (create(of(**GATEWAY)),),
        "ROLLBACK_COMPLETE",
        f"{_ISSUES}/aws/aws-cdk/issues/1140",
        Kind.ISSUE,
        says="belong to different networks",
    ),
    Scenario(
        "1.19",
        "rule for a group of another VPC",
        (
            create(
                of(
                    **NETWORK,
                    **OTHER_VPC,
                    X={
                        "Type": "AWS::EC2::SecurityGroupIngress",
                        "Properties": {
                            "GroupId": {"Fn::GetAtt": ["G", "GroupId"]},
                            "IpProtocol": "-1",
                            "SourceSecurityGroupId": {"Fn::GetAtt": ["H", "GroupId"]},
                        },
                    },
                )
            ),
        ),
        "ROLLBACK_COMPLETE",
        f"{_ISSUES}/ansible/ansible/issues/45782",
        Kind.ISSUE,
        says="You have specified two resources that belong to different networks",
    ),
    Scenario(
        "1.19",
        "name of a bucket with capitals",
        (create(of(B={"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "Bucket"}})),),
        "ROLLBACK_COMPLETE",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html",
    ),
    Scenario(
        "1.19",
        "policy for everybody of a bucket that blocks them",
        (create(of(B=BUCKET, P=policy(effect="Allow"))),),
        "ROLLBACK_COMPLETE",
        _BLOCK,
        says="BlockPublicPolicy",
    ),
    Scenario(
        "1.20",
        "database",
        (create(of(**database())),),
        "CREATE_COMPLETE",
        _RDS,
    ),
    Scenario(
        "1.20",
        "version of an engine that there is not",
        (create(of(**database(EngineVersion="1.0.0"))),),
        "ROLLBACK_COMPLETE",
        f"{_ISSUES}/ansible-collections/amazon.aws/pull/1240",
        Kind.ISSUE,
        says="Cannot find version 1.0.0 for mariadb",
    ),
    Scenario(
        "1.20",
        "password of five characters",
        (create(of(**database(MasterUserPassword=_PASSWORD[:5]))),),
        "ROLLBACK_COMPLETE",
        _RDS,
        says="is not a valid password",
    ),
    Scenario(
        "1.20",
        "database with a security group of another VPC",
        (
            create(
                of(
                    **OTHER_VPC,
                    **database(VPCSecurityGroups=[{"Fn::GetAtt": ["H", "GroupId"]}]),
                )
            ),
        ),
        "ROLLBACK_COMPLETE",
        f"{_ISSUES}/terraform-aws-modules/terraform-aws-rds/issues/451",
        Kind.ISSUE,
        says="are in different VPCs",
    ),
    Scenario(
        "1.21",
        "file system grows",
        (
            create(of(**FILE_SYSTEM)),
            update(of(**{**FILE_SYSTEM, "F": larger(2400)})),
            capacity_of_file_system(2400),
        ),
        DONE,
        f"{_REFERENCE}/aws-resource-fsx-filesystem.html",
    ),
    Scenario(
        "2.3",
        "policy of an endpoint",
        (create(endpoint("Allow")), update(endpoint("Deny"))),
        "UPDATE_COMPLETE",
        f"{_REFERENCE}/aws-resource-ec2-vpcendpoint.html",
    ),
    Scenario(
        "2.8",
        "rollback of an update whose new resource cannot be deleted",
        (
            create(of(T=TOPIC)),
            update(
                of(T=TOPIC, **database(DeletionProtection=True), X={**FAILING, "DependsOn": "D"})
            ),
        ),
        "UPDATE_ROLLBACK_COMPLETE",
        f"{_STATES}/view-stack-events.html",
        says="DELETE_FAILED",
    ),
    Scenario(
        "2.8",
        "rollback that is continued without a resource",
        (
            create(of(**FILE_SYSTEM)),
            update(of(**{**FILE_SYSTEM, "F": larger(2400)}, X={**FAILING, "DependsOn": "F"})),
            continue_rollback(),
        ),
        "UPDATE_ROLLBACK_COMPLETE",
        f"{_STATES}/using-cfn-updating-stacks-continueupdaterollback.html",
    ),
]
