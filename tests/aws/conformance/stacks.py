"""Names, policies and states of stacks and their resources."""

from tests.aws.cloudformation.template import Json

from .scenario import DONE, Kind, Scenario, call, create, delete, update
from .templates import REFUSED, TOPIC, of, topic

_REFERENCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"
_GUIDE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide"
_NAMES = f"{_REFERENCE}/aws-properties-name.html"
_POLICY = f"{_REFERENCE}/aws-attribute-deletionpolicy.html"
_ISSUE = "https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/"
FAILING = {"Type": "Custom::X", "Properties": {"ServiceToken": "missing-function"}}


def parameter(name: str = "/p", value: str = "v") -> Json:
    """A parameter of Systems Manager."""
    properties = {"Name": name, "Type": "String", "Value": value}
    return {"Type": "AWS::SSM::Parameter", "Properties": properties}


def alarm(threshold: float = 1) -> Json:
    """An alarm with a name."""
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": "a",
            "ComparisonOperator": "GreaterThanThreshold",
            "EvaluationPeriods": 1,
            "MetricName": "m",
            "Namespace": "n",
            "Period": 60,
            "Statistic": "Sum",
            "Threshold": threshold,
        },
    }


BUCKET = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "bucket-of-a-scenario"}}
KEPT = {**BUCKET, "DeletionPolicy": "Retain"}
KEPT_ONCE_CREATED = {**BUCKET, "DeletionPolicy": "RetainExceptOnCreate"}


def policy(bucket: Json | str = "bucket-of-a-scenario", effect: str = "Deny") -> Json:
    """A policy of a bucket."""
    statement = {
        "Effect": effect,
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::bucket-of-a-scenario/*",
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    properties = {"Bucket": bucket, "PolicyDocument": document}
    return {"Type": "AWS::S3::BucketPolicy", "Properties": properties, "DependsOn": "B"}


def failing(after: str) -> Json:
    """A resource that cannot be created, after another."""
    return {**FAILING, "DependsOn": after}


SCENARIOS = [
    Scenario(
        "1.6",
        "parameter that another stack has",
        (create(of(P=parameter())), create(of(P=parameter()), "T")),
        "ROLLBACK_COMPLETE",
        _NAMES,
        says="already exists",
    ),
    Scenario(
        "1.6",
        "parameter that somebody made",
        (
            call("ssm", "put_parameter", Name="/p", Value="v", Type="String"),
            create(of(P=parameter())),
        ),
        "ROLLBACK_COMPLETE",
        _NAMES,
        says="already exists",
    ),
    Scenario(
        "1.6",
        "alarm that another stack has",
        (create(of(A=alarm())), create(of(A=alarm()), "T")),
        "ROLLBACK_COMPLETE",
        _NAMES,
        says="already exists",
    ),
    Scenario(
        "1.6",
        "topic that another stack has",
        (create(of(A=topic(TopicName="t"))), create(of(A=topic(TopicName="t")), "T")),
        "ROLLBACK_COMPLETE",
        _NAMES,
        says="already exists",
    ),
    Scenario(
        "1.6",
        "queue that another stack has",
        (
            create(of(A={"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}})),
            create(of(A={"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}}), "T"),
        ),
        "ROLLBACK_COMPLETE",
        _NAMES,
        says="already exists",
    ),
    Scenario(
        "1.6",
        "two policies on a bucket",
        (create(of(B=BUCKET, P=policy(), Q=policy())),),
        "ROLLBACK_COMPLETE",
        f"{_REFERENCE}/aws-resource-s3-bucketpolicy.html",
        Kind.ISSUE,
        says="already exists",
    ),
    Scenario(
        "1.7",
        "another logical id for a policy of a bucket",
        (create(of(B=BUCKET, P=policy())), update(of(B=BUCKET, Q=policy()))),
        "UPDATE_ROLLBACK_COMPLETE",
        "https://github.com/aws/aws-cdk/issues/6688",
        Kind.ISSUE,
        says="already exists",
    ),
    Scenario(
        "1.7",
        "another logical id for a parameter",
        (create(of(P=parameter())), update(of(Q=parameter()))),
        "UPDATE_ROLLBACK_COMPLETE",
        "https://github.com/aws/aws-cdk/issues/31058",
        Kind.ISSUE,
        says="already exists",
    ),
    Scenario(
        "1.7",
        "parameter after another logical id was refused",
        (
            create(of(P=parameter())),
            update(of(Q=parameter())),
            call("ssm", "get_parameter", Name="/p"),
        ),
        DONE,
        "https://github.com/aws/aws-cdk/issues/31058",
        Kind.ISSUE,
    ),
    Scenario(
        "1.15",
        "bucket that is kept after a failed creation",
        (
            create(of(B=KEPT, F=failing("B"))),
            call("s3", "head_bucket", Bucket="bucket-of-a-scenario"),
        ),
        DONE,
        _POLICY,
    ),
    Scenario(
        "1.15",
        "bucket that is kept unless its creation fails",
        (
            create(of(B=KEPT_ONCE_CREATED, F=failing("B"))),
            call("s3", "head_bucket", Bucket="bucket-of-a-scenario"),
        ),
        "404",
        _POLICY,
    ),
    Scenario(
        "1.15",
        "bucket that is kept unless its creation fails, when its stack is deleted",
        (
            create(of(B=KEPT_ONCE_CREATED)),
            delete(),
            call("s3", "head_bucket", Bucket="bucket-of-a-scenario"),
        ),
        DONE,
        _POLICY,
    ),
    Scenario(
        "1.15",
        "bucket that is kept after a failed update",
        (
            create(of(T=TOPIC)),
            update(of(T=TOPIC, B=KEPT, F=failing("B"))),
            call("s3", "head_bucket", Bucket="bucket-of-a-scenario"),
        ),
        DONE,
        _POLICY,
    ),
    Scenario(
        "1.15",
        "snapshot of what has none",
        (create(of(B={**BUCKET, "DeletionPolicy": "Snapshot"})),),
        REFUSED,
        _POLICY,
        says="does not support",
    ),
    Scenario(
        "1.16",
        "update of a stack whose creation failed",
        (create(of(F=FAILING)), update(of(T=TOPIC))),
        REFUSED,
        f"{_GUIDE}/troubleshooting.html",
        says="is in ROLLBACK_COMPLETE state and can not be updated",
    ),
    Scenario(
        "1.16",
        "other type under a logical id",
        (create(of(T=TOPIC)), update(of(T={"Type": "AWS::SQS::Queue"}))),
        REFUSED,
        "https://github.com/aws/aws-sam-cli/issues/6786",
        Kind.ISSUE,
        says="Update of resource type is not permitted",
    ),
    Scenario(
        "2.3",
        "threshold of an alarm",
        (create(of(A=alarm())), update(of(A=alarm(2)))),
        "UPDATE_COMPLETE",
        f"{_REFERENCE}/aws-resource-cloudwatch-alarm.html",
    ),
    Scenario(
        "2.9",
        "nothing has changed",
        (create(of(T=TOPIC)), update(of(T=TOPIC))),
        REFUSED,
        f"{_GUIDE}/troubleshooting.html",
        says="No updates are to be performed",
    ),
    Scenario(
        "2.9",
        "tags of the stack have changed",
        (create(of(T=TOPIC)), update(of(T=TOPIC), Tags=[{"Key": "a", "Value": "b"}])),
        "UPDATE_COMPLETE",
        f"{_GUIDE}/using-cfn-updating-stacks.html",
    ),
]


def _reading(kind: str) -> Json:
    definition = {"Type": kind, "Default": "/p"}
    return {**of(T=topic(DisplayName={"Ref": "P"})), "Parameters": {"P": definition}}


_OUTPUT = {**of(T=TOPIC), "Outputs": {"O": {"Value": "one"}}}
_WEAK = of(T=topic(DisplayName={"Fn::GetStackOutput": {"StackName": "S", "OutputName": "O"}}))

SCENARIOS += [
    Scenario(
        "2.9",
        "value of a parameter of Systems Manager has changed",
        (
            call("ssm", "put_parameter", Name="/p", Value="one", Type="String"),
            create(_reading("AWS::SSM::Parameter::Value<String>")),
            call("ssm", "put_parameter", Name="/p", Value="two", Type="String", Overwrite=True),
            update(_reading("AWS::SSM::Parameter::Value<String>")),
        ),
        "UPDATE_COMPLETE",
        f"{_REFERENCE}/cloudformation-supplied-parameter-types.html",
    ),
    Scenario(
        "2.9",
        "output of another stack has changed",
        (
            create(_OUTPUT),
            create(_WEAK, "T"),
            update({**_OUTPUT, "Outputs": {"O": {"Value": "two"}}}),
            update(_WEAK, "T"),
        ),
        "UPDATE_COMPLETE",
        f"{_REFERENCE}/intrinsic-function-reference-getstackoutput.html",
    ),
]
