"""Who writes what nodes run as root: the upload, and nobody else."""

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

import hyperpod_constructs as hp
from hyperpod_constructs.testing.policies.patterns import matches
from tests.clusters.node_steps import all_steps, make_with_login
from tests.synth import resources_of

WRITES = (
    *("s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectAcl"),
    *("s3:ReplicateObject", "s3:ReplicateDelete", "s3:PutObjectVersionAcl"),
)


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def denials(stack: cdk.Stack) -> list[dict[str, Any]]:
    return [
        statement
        for policy in resources_of(stack, "AWS::S3::BucketPolicy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "aws:PrincipalArn" in json.dumps(statement)
    ]


@pytest.mark.parametrize("action", WRITES)
def test_bucket_refuses_every_other_writer(stack: cdk.Stack, action: str) -> None:
    make_with_login(stack)

    statement, _ = denials(stack)
    assert (statement["Effect"], statement["Principal"]) == ("Deny", {"AWS": "*"})
    assert any(matches(each, action, {}) for each in as_list(statement["Action"]))
    assert "/lifecycle-scripts/StackClusterF0EB02FA/*" in json.dumps(statement["Resource"])


def test_upload_and_cleanup_still_write(stack: cdk.Stack) -> None:
    make_with_login(stack)

    statement, _ = denials(stack)
    roles = statement["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]
    writers = {role["Fn::GetAtt"][0] for role in roles}
    functions = resources_of(stack, "AWS::Lambda::Function")
    assert writers == {
        function["Properties"]["Role"]["Fn::GetAtt"][0]
        for name, function in functions.items()
        if "BucketDeployment" in name or "NewBucket" in name
    }


def test_reading_and_the_policy_itself_are_not_refused(stack: cdk.Stack) -> None:
    """CloudFormation and administrators change the policy; nodes read."""
    make_with_login(stack)

    for statement in denials(stack):
        for action in ("s3:GetObject", "s3:ListBucket", "s3:PutBucketPolicy"):
            assert not any(matches(each, action, {}) for each in as_list(statement["Action"]))


def test_specified_bucket_keeps_its_policy(stack: cdk.Stack) -> None:
    bucket = s3.Bucket(stack, "Scripts")
    make_with_login(stack, lifecycle_scripts=hp.LifecycleScripts.default(bucket=bucket))

    assert denials(stack) == []


def test_no_node_writes_the_scripts(stack: cdk.Stack) -> None:
    make_with_login(stack, lifecycle_scripts=hp.LifecycleScripts.default(**all_steps(stack)))

    bucket = next(name for name in resources_of(stack, "AWS::S3::Bucket") if "Lifecycle" in name)
    documents = [
        *(
            document["PolicyDocument"]
            for name, role in resources_of(stack, "AWS::IAM::Role").items()
            if "ExecutionRoles" in name
            for document in role["Properties"].get("Policies", [])
        ),
        *(
            policy["Properties"]["PolicyDocument"]
            for name, policy in resources_of(stack, "AWS::IAM::Policy").items()
            if "ExecutionRoles" in name
        ),
    ]
    assert documents
    for statement in (each for document in documents for each in document["Statement"]):
        writes = [
            action
            for pattern in as_list(statement["Action"])
            for action in WRITES
            if matches(pattern, action, {})
        ]
        assert not writes or bucket not in json.dumps(statement["Resource"])


@pytest.mark.parametrize(
    ("scripts", "mount", "is_refused"),
    [
        ("lifecycle-scripts", {"read_only": False}, True),
        ("lifecycle-scripts", {"read_only": False, "prefix": "lifecycle-scripts/a"}, True),
        ("a/b", {"read_only": False, "prefix": "a"}, True),
        ("", {"read_only": False, "prefix": "data"}, True),
        ("a", {"read_only": False, "prefix": "ab"}, False),
        ("lifecycle-scripts", {"read_only": False, "prefix": "data"}, False),
        ("lifecycle-scripts", {"prefix": ""}, False),
    ],
)
def test_mount_of_the_scripts(
    stack: cdk.Stack, scripts: str, mount: dict[str, Any], *, is_refused: bool
) -> None:
    bucket = s3.Bucket(stack, "Scripts")
    same = s3.Bucket.from_bucket_name(stack, "Same", bucket.bucket_name)
    given = hp.LifecycleScripts.default(
        bucket=bucket,
        prefix=scripts,
        s3_mounts=[hp.S3Mount(bucket=same, path="/mnt/data", **mount)],
    )
    if not is_refused:
        make_with_login(stack, lifecycle_scripts=given)
        return
    with pytest.raises(hp.ValidationError) as caught:
        make_with_login(stack, lifecycle_scripts=given)
    assert [problem.code for problem in caught.value.problems] == ["S3MountOfScripts"]
    assert "every user could replace what nodes run as root" in str(caught.value)
