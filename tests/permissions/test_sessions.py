"""Session Manager sessions on nodes: their documents, and who may start them."""

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3

import hyperpod_constructs as hp
from hyperpod_constructs.testing.policies.statements import is_allowed
from tests.clusters.stacks import GROUPS
from tests.synth import resources_of, template

ARN = "arn:aws:sagemaker:us-west-2:111122223333:cluster/abcdefghijkl"
TARGET = "sagemaker-cluster:abcdefghijkl_gpu-i-0123456789abcdef0"
ENGINEER = "arn:aws:iam::111122223333:role/engineer"
SSM = "arn:aws:ssm:us-west-2:111122223333"
OWN = f"{SSM}:document/Own"
START = "ssm:StartSession"
CHECKED = {"ssm:SessionDocumentAccessCheck": "true"}
KEY = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def engineer(stack: cdk.Stack) -> iam.IRole:
    return iam.Role.from_role_arn(stack, "Engineer", ENGINEER)


def imported(stack: cdk.Stack) -> Any:
    return hp.HyperPodCluster.from_cluster_attributes(stack, "Imported", cluster_arn=ARN)


def granted(stack: cdk.Stack) -> list[dict[str, Any]]:
    """The statements of the engineer, with the ARN of the created document."""
    (policy,) = (
        each
        for each in resources_of(stack, "AWS::IAM::Policy").values()
        if each["Properties"].get("Roles") == ["engineer"]
    )
    found: list[dict[str, Any]] = policy["Properties"]["PolicyDocument"]["Statement"]
    for statement in found:
        if isinstance(statement.get("Resource"), dict):
            statement["Resource"] = OWN
    return found


def inputs(stack: cdk.Stack) -> Mapping[str, Any]:
    (document,) = resources_of(stack, "AWS::SSM::Document").values()
    assert document["Properties"]["DocumentType"] == "Session"
    assert document["Properties"]["UpdateMethod"] == "NewVersion"
    found: Mapping[str, Any] = document["Properties"]["Content"]["inputs"]
    return found


OTHER_MACHINES = [
    "arn:aws:ec2:us-west-2:111122223333:instance/i-0",
    "arn:aws:ec2:eu-west-1:444455556666:instance/i-0",
    f"{SSM}:managed-instance/mi-0",
    "arn:aws:ecs:us-west-2:111122223333:task/cluster/t",
]


@pytest.mark.parametrize("run_as", [None, "ubuntu"])
def test_other_machines_are_denied(stack: cdk.Stack, run_as: str | None) -> None:
    imported(stack).grants.start_session(engineer(stack), run_as=run_as)
    broad = {"Effect": "Allow", "Action": "*", "Resource": "*"}

    for machine in OTHER_MACHINES:
        assert not is_allowed([*granted(stack), broad], START, machine, CHECKED)
    for target in (TARGET, ARN, "*"):
        assert is_allowed(granted(stack), START, target, CHECKED)


@pytest.mark.parametrize("run_as", [None, "ubuntu"])
def test_sessions_of_others_are_not_ended(stack: cdk.Stack, run_as: str | None) -> None:
    imported(stack).grants.start_session(engineer(stack), run_as=run_as)
    ann = {"aws:userid": "AROA0:ann"}

    for action in ("ssm:TerminateSession", "ssm:ResumeSession"):
        assert is_allowed(granted(stack), action, f"{SSM}:session/AROA0:ann-01", ann)
        assert not is_allowed(granted(stack), action, f"{SSM}:session/AROA0:bob-01", ann)
    assert not is_allowed(granted(stack), "ssm:SendCommand", TARGET, ann)


def test_sessions_use_their_document_only(stack: cdk.Stack) -> None:
    imported(stack).grants.start_session(engineer(stack), run_as="ubuntu")
    found = granted(stack)

    assert is_allowed(found, START, OWN, CHECKED)
    for other in (
        f"{SSM}:document/SSM-SessionManagerRunShell",
        f"{SSM}:document/AsRoot",
        "arn:aws:ssm:us-west-2::document/AWS-StartSSHSession",
    ):
        assert not is_allowed(found, START, other, CHECKED)
    assert not is_allowed(found, START, TARGET, {"ssm:SessionDocumentAccessCheck": "false"})
    assert inputs(stack)["runAsDefaultUser"] == "ubuntu"


def test_sessions_use_any_document_by_default(stack: cdk.Stack) -> None:
    imported(stack).grants.start_session(engineer(stack))

    assert is_allowed(granted(stack), START, f"{SSM}:document/AsRoot", {})
    assert resources_of(stack, "AWS::SSM::Document") == {}


def test_a_user_has_one_document_whose_name_is_an_output(stack: cdk.Stack) -> None:
    cluster = hp.HyperPodCluster(stack, "Cluster", instance_groups=GROUPS)
    for name in ("ann", "ben"):
        role = iam.Role.from_role_name(stack, name, name)
        cluster.grants.start_session(role, run_as="ubuntu")

    ((logical_id, _),) = resources_of(stack, "AWS::SSM::Document").items()
    outputs = template(stack)["Outputs"]
    assert {"Ref": logical_id} in [output["Value"] for output in outputs.values()]


def test_the_name_of_a_document_is_an_output(stack: cdk.Stack) -> None:
    hp.SessionDocument(stack, "Sessions")

    ((logical_id, _),) = resources_of(stack, "AWS::SSM::Document").items()
    assert [each["Value"] for each in template(stack)["Outputs"].values()] == [{"Ref": logical_id}]


@pytest.mark.parametrize("first", [None, "ubuntu"])
def test_sessions_with_any_document_are_not_limited_by_another_grant(
    stack: cdk.Stack, first: str | None
) -> None:
    cluster, other = imported(stack), hp.HyperPodCluster(stack, "Other", instance_groups=GROUPS)
    person = engineer(stack)
    cluster.grants.start_session(person, run_as=first)
    second = None if first else "ubuntu"
    with pytest.raises(hp.ValidationError, match=r"^run_as: .* differs .*\(SessionGrant\)"):
        other.grants.start_session(person, run_as=second)

    cluster.grants.start_session(person, run_as=first)
    if first is not None:
        cluster.grants.start_session(person, run_as="ann")
    cluster.grants.start_session(iam.Role.from_role_name(stack, "Ben", "ben"), run_as=second)


def in_stack(stack: Any, scope: Any, account: str, region: str) -> hp.SessionDocument:
    env = cdk.Environment(account=account, region=region)
    return hp.SessionDocument(cdk.Stack(scope or stack.node.root, "Elsewhere", env=env), "Sessions")


@pytest.mark.parametrize(
    ("code", "document"),
    [
        ("OtherAccount", lambda stack: in_stack(stack, None, "444455556666", "us-west-2")),
        ("OtherRegion", lambda stack: in_stack(stack, None, "111122223333", "eu-west-1")),
        (
            "OtherStage",
            lambda stack: in_stack(
                stack, cdk.Stage(stack.node.root, "Production"), "111122223333", "us-west-2"
            ),
        ),
        ("SessionUser", lambda _: cdk.Aws.STACK_NAME),
    ],
)
def test_documents_that_sessions_cannot_use(stack: cdk.Stack, code: str, document: Any) -> None:
    with pytest.raises(hp.ValidationError) as caught:
        imported(stack).grants.start_session(engineer(stack), run_as=document(stack))

    assert [(each.code, each.path) for each in caught.value.problems] == [(code, "run_as")]


@pytest.mark.parametrize(
    ("arguments", "code", "path"),
    [
        ({"idle_timeout": cdk.Duration.seconds(90)}, "SessionMinutes", "idle_timeout"),
        (
            {"idle_timeout": cdk.Duration.minutes(cdk.Token.as_number({"Ref": "Minutes"}))},
            "SessionMinutes",
            "idle_timeout",
        ),
        (
            {"idle_timeout": cdk.Duration.minutes(20), "max_duration": cdk.Duration.minutes(10)},
            "SessionMinutes",
            "idle_timeout",
        ),
        ({"key_prefix": "sessions"}, "SessionLogs", "key_prefix"),
        ({"log_group_is_encrypted": True}, "SessionLogs", "log_group_is_encrypted"),
    ],
)
def test_wrong_preferences(
    stack: cdk.Stack, arguments: dict[str, Any], code: str, path: str
) -> None:
    with pytest.raises(hp.ValidationError) as caught:
        hp.SessionDocument(stack, "Sessions", **arguments)

    assert [(each.code, each.path) for each in caught.value.problems] == [(code, path)]
    assert hp.SessionDocument(stack, "Sessions", max_duration=cdk.Duration.minutes(10))


def test_nodes_that_cannot_be_granted_logging(stack: cdk.Stack) -> None:
    document = hp.SessionDocument(stack, "Sessions")
    with pytest.raises(hp.ValidationError, match=r"^nodes: 'ServicePrincipal' has no IAM policies"):
        document.grant_logging(iam.ServicePrincipal("ec2.amazonaws.com"))


def test_a_key_is_used_by_people_and_nodes(stack: cdk.Stack) -> None:
    key = kms.Key.from_key_arn(stack, "Key", KEY)
    document = hp.SessionDocument(stack, "Sessions", run_as="ubuntu", key=key)
    nodes = iam.Role(stack, "Nodes", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    imported(stack).grants.start_session(engineer(stack), run_as=document)
    document.grant_logging(nodes)

    assert is_allowed(granted(stack), "kms:GenerateDataKey", KEY, {})
    assert not is_allowed(granted(stack), "kms:Decrypt", KEY, {})
    policies = str(resources_of(stack, "AWS::IAM::Policy"))
    assert "kms:Decrypt" in policies
    assert inputs(stack)["kmsKeyId"] == KEY


def test_preferences(stack: cdk.Stack) -> None:
    hp.SessionDocument(
        stack,
        "Sessions",
        document_name="Engineers",
        idle_timeout=cdk.Duration.minutes(5),
        max_duration=cdk.Duration.hours(8),
        shell_profile="cd ~ && exec bash -l",
        log_group=logs.LogGroup.from_log_group_name(stack, "Logs", "sessions"),
        bucket=s3.Bucket.from_bucket_name(stack, "Bucket", "sessions"),
        key_prefix="hyperpod/",
    )

    assert inputs(stack) == {
        "runAsEnabled": True,
        "runAsDefaultUser": "",
        "idleSessionTimeout": "5",
        "maxSessionDuration": "480",
        "shellProfile": {"linux": "cd ~ && exec bash -l"},
        "cloudWatchLogGroupName": "sessions",
        "cloudWatchEncryptionEnabled": False,
        "cloudWatchStreamingEnabled": True,
        "s3BucketName": "sessions",
        "s3KeyPrefix": "hyperpod/",
        "s3EncryptionEnabled": True,
        "kmsKeyId": "",
    }


def test_nodes_write_logs_of_sessions(stack: cdk.Stack) -> None:
    document = hp.SessionDocument(
        stack,
        "Sessions",
        log_group=logs.LogGroup.from_log_group_arn(
            stack, "Logs", f"{SSM.replace('ssm', 'logs')}:log-group:sessions"
        ),
        bucket=s3.Bucket.from_bucket_name(stack, "Bucket", "sessions"),
        key_prefix="hyperpod/",
    )
    nodes = iam.Role(stack, "Nodes", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    document.grant_logging(nodes)
    (policy,) = resources_of(stack, "AWS::IAM::Policy").values()
    found = {
        action: statement["Resource"]
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        for action in (
            [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        )
    }

    assert found["logs:PutLogEvents"] == "arn:aws:logs:us-west-2:111122223333:log-group:sessions:*"
    assert found["logs:DescribeLogGroups"] == "*"
    assert found["s3:PutObject"] == "arn:aws:s3:::sessions/hyperpod/*"
    assert found["s3:GetEncryptionConfiguration"] == "arn:aws:s3:::sessions"


def test_wrong_arguments_are_reported_together(stack: cdk.Stack) -> None:
    with pytest.raises(hp.ValidationError) as caught:
        hp.SessionDocument(
            stack,
            "Sessions",
            run_as="root",
            document_name="aws-x",
            idle_timeout=cdk.Duration.minutes(61),
            max_duration=cdk.Duration.seconds(30),
            bucket="sessions",  # type: ignore[arg-type]
        )

    assert [(each.code, each.path) for each in caught.value.problems] == [
        ("SessionUser", "run_as"),
        ("SessionDocumentName", "document_name"),
        ("SessionMinutes", "idle_timeout.to_minutes()"),
        ("SessionMinutes", "max_duration.to_minutes()"),
        ("ArgumentType", "bucket"),
    ]
    for run_as, code in (("root", "SessionUser"), (7, "ArgumentType")):
        with pytest.raises(hp.ValidationError, match=code):
            imported(stack).grants.start_session(engineer(stack), run_as=run_as)
        stack.node.try_remove_child("Imported")
        stack.node.try_remove_child("Engineer")
