"""What AWS does and the emulator does not do yet."""

from .identities import document
from .networks import vpc
from .scenario import Scenario, create
from .templates import of

_IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
_RDS = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html"
_NESTED = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html"
)

_STATEMENTS = [
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::b/{n:04}"}
    for n in range(400)
]
_LONG = {"PolicyName": "p", "PolicyDocument": {**document("s3:*"), "Statement": _STATEMENTS}}
_TRUST = {
    "AssumeRolePolicyDocument": document("sts:AssumeRole", Principal={"Service": "a.amazonaws.com"})
}
del _TRUST["AssumeRolePolicyDocument"]["Statement"][0]["Resource"]
_LONG_ROLE = {"Type": "AWS::IAM::Role", "Properties": {**_TRUST, "Policies": [_LONG]}}
_DATABASE = {
    "Type": "AWS::RDS::DBInstance",
    "Properties": {
        "AllocatedStorage": "20",
        "DBInstanceClass": "db.t3.micro",
        "Engine": "mariadb",
        "EngineVersion": "1.0.0",
        "MasterUsername": "admin",
        "MasterUserPassword": "password-of-a-test",
        "VPCSecurityGroups": [],
        "DBSubnetGroupName": "none",
    },
}

SCENARIOS = [
    Scenario(
        "1.18",
        "policies of a role with more than 10,240 characters",
        (create(of(R=_LONG_ROLE)),),
        "ROLLBACK_COMPLETE",
        _IAM,
        says="LimitExceeded",
    ),
    Scenario(
        "1.20",
        "version of an engine that there is not",
        (create(of(V=vpc(), D=_DATABASE)),),
        "ROLLBACK_COMPLETE",
        _RDS,
        says="Cannot find version 1.0.0",
        missing="RDS has no table of versions and classes here",
    ),
    Scenario(
        "1.22",
        "nested stack",
        (
            create(
                of(
                    N={
                        "Type": "AWS::CloudFormation::Stack",
                        "Properties": {"TemplateURL": "https://b.s3.amazonaws.com/t"},
                    }
                )
            ),
        ),
        "CREATE_COMPLETE",
        _NESTED,
        missing="nested stacks are run by moto, and not from templates in S3",
    ),
]
