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

from .tools import abandon, delete, failures, of_type, sent, settled, update

ROLE = "cloudformation"
SERVICES = ("ec2", "fsx", "s3", "lambda", "logs", "ssm")
OF_ROLES = ("CreateRole", "GetRole", "DeleteRole", "PutRolePolicy", "DeleteRolePolicy", "PassRole")
ATTACHED = ("AttachRolePolicy", "DetachRolePolicy", "UpdateAssumeRolePolicy", "TagRole")
READ = ("GetRolePolicy", "ListRolePolicies", "ListAttachedRolePolicies")
NAMED = (
    *("sagemaker:*Cluster*", "sagemaker:AddTags"),
    *(f"iam:{name}" for name in (*OF_ROLES, *ATTACHED, *READ, "CreateServiceLinkedRole")),
    *SERVICES,
)
"""What the guide names, service by service or action by action."""
ACTIONS = tuple(name if ":" in name else f"{name}:*" for name in NAMED)
DENIED = {"sagemaker:*Cluster*": "sagemaker:CreateCluster"}
"""What is denied without permissions for several actions."""


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


def tagged(template: Json) -> Json:
    """A template whose cluster and roles have tags."""
    for resource in template["Resources"].values():
        if resource["Type"] in {"AWS::IAM::Role", "AWS::SageMaker::Cluster"}:
            resource["Properties"]["Tags"] = [{"Key": "team", "Value": "llm"}]
    return template


def of_a_role(service: str) -> Json:
    """A role with all that roles have."""
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": statement}
    properties = {
        "AssumeRolePolicyDocument": json.loads(trust(service)),
        "ManagedPolicyArns": ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
        "Policies": [{"PolicyName": "p", "PolicyDocument": document}],
        "Tags": [{"Key": "team", "Value": "llm"}],
    }
    return {"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": properties}}}


def test_guide_names_the_permissions() -> None:
    text = (ROOT / "docs" / "guides" / "deployment.md").read_text()
    (sentence,) = re.findall(r"They must allow(.*?)\.\n", text, re.DOTALL)
    assert sorted(re.findall(r"`([^`]+)`", sentence)) == sorted(NAMED)


def test_permissions_of_the_guide_suffice(account: Emulator, sample: Json) -> None:
    stack = deploy(account, tagged(sample), *ACTIONS)
    assert stack.status == "CREATE_COMPLETE", failures(stack)
    assert delete(account, stack).status == "DELETE_COMPLETE", failures(stack)


@pytest.mark.parametrize("left_out", [each for each in ACTIONS if each[:3] not in {"iam", "ssm"}])
def test_each_permission_is_needed(account: Emulator, sample: Json, left_out: str) -> None:
    stack = deploy(account, tagged(sample), *(each for each in ACTIONS if each != left_out))
    assert stack.status in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED"}
    denied = DENIED.get(left_out, left_out.removesuffix("*"))
    assert f"is not authorized to perform: {denied}" in failures(stack)[0]


@pytest.mark.parametrize("left_out", ["iam:PassRole", "iam:CreateServiceLinkedRole"])
def test_roles_of_services_are_permissions(account: Emulator, sample: Json, left_out: str) -> None:
    stack = deploy(account, sample, *(each for each in ACTIONS if each != left_out))
    assert f"is not authorized to perform: {left_out}" in failures(stack)[0]


@pytest.mark.parametrize(
    "left_out", [f"iam:{name}" for name in (*OF_ROLES, *ATTACHED, *READ) if name != "PassRole"]
)
def test_each_permission_for_roles_is_needed(account: Emulator, left_out: str) -> None:
    actions = [each for each in ACTIONS if each != left_out]
    stack = deploy(account, of_a_role("lambda.amazonaws.com"), *actions)
    if stack.status == "CREATE_COMPLETE":
        update(account, stack.name, of_a_role("ec2.amazonaws.com"))
        delete(account, stack)
    assert f"is not authorized to perform: {left_out}" in "\n".join(failures(stack))


def test_function_needs_permissions(account: Emulator, sample: Json) -> None:
    for resource in sample["Resources"].values():
        if resource["Type"] == "AWS::IAM::Policy" and "BucketDeployment" in json.dumps(resource):
            statements = resource["Properties"]["PolicyDocument"]["Statement"]
            statements[:] = [each for each in statements if "s3:PutObject" not in each["Action"]]
    stack = deploy(account, sample, *ACTIONS)
    assert failures(stack)[0].startswith(of_type(sample, "Custom::CDKBucketDeployment"))
    assert "returned non-zero exit status" in failures(stack)[0]


def test_parameters_are_read_with_the_role(account: Emulator, sample: Json) -> None:
    with pytest.raises(ClientError, match="is not authorized to perform: ssm:GetParameter"):
        deploy(account, sample, *(action for action in ACTIONS if action != "ssm:*"))
