"""Long policies and nested stacks."""

import json

from .identities import document
from .scenario import Scenario, call, create
from .templates import TOPIC, of, topic

_IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
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
        "1.22",
        "nested stack",
        (
            call(
                "s3",
                "create_bucket",
                Bucket="templates",
                CreateBucketConfiguration={"LocationConstraint": "us-west-2"},
            ),
            call(
                "s3",
                "put_object",
                Bucket="templates",
                Key="inner",
                Body=json.dumps({**of(T=TOPIC), "Outputs": {"Name": {"Value": "inner"}}}),
            ),
            create(
                of(
                    N={
                        "Type": "AWS::CloudFormation::Stack",
                        "Properties": {"TemplateURL": "https://templates.s3.amazonaws.com/inner"},
                    },
                    O=topic(DisplayName={"Fn::GetAtt": ["N", "Outputs.Name"]}),
                )
            ),
        ),
        "CREATE_COMPLETE",
        _NESTED,
    ),
]
