"""Whoever calls needs the permissions: CloudFormation's role, functions, and the list of the guide."""

import json
import re
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from tests.aws.cloudformation.stack import Stack
from tests.aws.cloudformation.template import Json
from tests.aws.emulator import Emulator
from tests.synth import ROOT

from .tools import abandon, delete, failures, of_type, sent, settled

ROLE = "cloudformation"
SERVICES = ("ec2", "fsx", "s3", "lambda", "logs", "ssm")
SINGLE = ("sagemaker:AddTags", "iam:PassRole", "iam:CreateServiceLinkedRole")
OF_ROLES = ("CreateRole", "GetRole", "DeleteRole", "PutRolePolicy", "DeleteRolePolicy")
ATTACHED = ("AttachRolePolicy", "DetachRolePolicy")
ACTIONS = (
    *("sagemaker:*Cluster*", *SINGLE),
    *(f"iam:{name}" for name in (*OF_ROLES, *ATTACHED, "TagRole", "UpdateAssumeRolePolicy")),
    *(f"{service}:*" for service in SERVICES),
)
DENIED = {
    "sagemaker:*Cluster*": "sagemaker:CreateCluster",
    "iam:PassRole": "iam:PassRole",
    "iam:CreateServiceLinkedRole": "iam:CreateServiceLinkedRole",
    "iam:CreateRole": "iam:CreateRole",
    "iam:PutRolePolicy": "iam:PutRolePolicy",
    "iam:AttachRolePolicy": "iam:AttachRolePolicy",
    "ec2:*": "ec2:",
    "fsx:*": "fsx:CreateFileSystem",
    "s3:*": "s3:",
    "lambda:*": "lambda:",
    "logs:*": "logs:CreateLogGroup",
}


def trust(service: str) -> str:
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": service},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


@pytest.fixture(autouse=True)
def clean(account: Emulator) -> Iterator[None]:
    yield
    iam = account.cloud.client("iam")
    abandon(account)
    if ROLE in {role["RoleName"] for role in iam.list_roles()["Roles"]}:
        iam.delete_role_policy(RoleName=ROLE, PolicyName="p")
        iam.delete_role(RoleName=ROLE)


def deploy(account: Emulator, template: Json, *actions: str) -> Stack:
    """Creates a stack with a role that may do some actions."""
    iam = account.cloud.client("iam")
    arn = iam.create_role(
        RoleName=ROLE, AssumeRolePolicyDocument=trust("cloudformation.amazonaws.com")
    )["Role"]["Arn"]
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    iam.put_role_policy(RoleName=ROLE, PolicyName="p", PolicyDocument=document)
    account.cloud.client("cloudformation").create_stack(
        StackName="HyperPodSample", RoleARN=arn, **sent(account, template)
    )
    return settled(account, "HyperPodSample")


def test_guide_names_the_permissions() -> None:
    text = (ROOT / "docs" / "guides" / "deployment.md").read_text()
    (sentence,) = re.findall(r"They must allow(.*?)\.\n", text, re.DOTALL)
    named = set(re.findall(r"`([^`]+)`", sentence))
    assert named == {"sagemaker:*Cluster*", *SINGLE, *SERVICES}


def test_permissions_of_the_guide_suffice(account: Emulator, sample: Json) -> None:
    stack = deploy(account, sample, *ACTIONS)
    assert stack.status == "CREATE_COMPLETE", failures(stack)
    assert delete(account, stack).status == "DELETE_COMPLETE", failures(stack)


@pytest.mark.parametrize("left_out", DENIED)
def test_each_permission_is_needed(account: Emulator, sample: Json, left_out: str) -> None:
    stack = deploy(account, sample, *(action for action in ACTIONS if action != left_out))
    assert stack.status in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED"}
    assert f"is not authorized to perform: {DENIED[left_out]}" in failures(stack)[0]


def test_function_needs_permissions(account: Emulator, sample: Json) -> None:
    for resource in sample["Resources"].values():
        if resource["Type"] == "AWS::IAM::Policy" and "BucketDeployment" in json.dumps(resource):
            statements = resource["Properties"]["PolicyDocument"]["Statement"]
            statements[:] = [each for each in statements if "s3:PutObject" not in each["Action"]]
    stack = deploy(account, sample, *ACTIONS)
    assert failures(stack)[0].startswith(of_type(sample, "Custom::CDKBucketDeployment"))
    assert "returned non-zero exit status" in failures(stack)[0]


def test_tags_are_a_permission_of_their_own(account: Emulator, sample: Json) -> None:
    cluster = sample["Resources"][of_type(sample, "AWS::SageMaker::Cluster")]
    cluster["Properties"]["Tags"] = [{"Key": "team", "Value": "llm"}]
    stack = deploy(account, sample, *(each for each in ACTIONS if each != "sagemaker:AddTags"))
    assert "is not authorized to perform: sagemaker:AddTags" in failures(stack)[0]


def test_parameters_are_read_with_the_role(account: Emulator, sample: Json) -> None:
    with pytest.raises(ClientError, match="is not authorized to perform: ssm:GetParameter"):
        deploy(account, sample, *(action for action in ACTIONS if action != "ssm:*"))
