"""Whoever calls needs the permissions: CloudFormation's role with the deployment policy, and functions."""

import json
import re
from collections.abc import Iterator, Sequence

import pytest
from botocore.exceptions import ClientError

from hyperpod_constructs.model.environment import Environment
from hyperpod_constructs.permissions.policies import POLICIES
from hyperpod_constructs.permissions.policy_document import Statement
from hyperpod_constructs.permissions.policy_options import PolicyOptions
from tests.aws.cloudformation.stack import Stack
from tests.aws.cloudformation.template import Json
from tests.aws.emulator import Emulator
from tests.aws.front.errors import ServiceError
from tests.aws.permissions import allowed, role
from tests.thorough import rows

from .deployment_role import (
    ROLE,
    Requests,
    actions_of,
    recorded,
    remove_role,
    role_with,
    trust,
    without,
)
from .tools import (
    abandon,
    delete,
    failures,
    logical_ids,
    sent,
    settled,
    update,
)

HERE = Environment("aws", "123456789012", "us-west-2")
STATEMENTS = tuple(POLICIES["deployment"](HERE, PolicyOptions()))
ACTIONS = tuple(action for each in STATEMENTS for action in each.actions)
OF_SERVICES = {"iam:PassRole", "iam:CreateServiceLinkedRole"}
NOT_CALLED_BY_THE_EMULATOR = {
    "AWS::CloudFormation::Stack": {"ssm:GetParameters"},
    "AWS::EC2::EIP": {"ec2:DescribeAddresses", "ec2:DisassociateAddress"},
    "AWS::EC2::FlowLog": {
        *("ec2:DescribeFlowLogs", "logs:CreateLogDelivery", "logs:DeleteLogDelivery"),
    },
    "AWS::EC2::Route": {"ec2:DescribeRouteTables", "ec2:ReplaceRoute"},
    "AWS::EC2::SecurityGroup": {
        *("ec2:DescribeSecurityGroupRules", "ec2:UpdateSecurityGroupRuleDescriptionsEgress"),
        "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
    },
    "AWS::EC2::Subnet": {"ec2:ModifySubnetAttribute", "ec2:ReplaceRouteTableAssociation"},
    "AWS::EC2::VPC": {"ec2:DeleteTags", "ec2:DescribeVpcAttribute", "ec2:DescribeVpcs"},
    "AWS::EC2::VPCEndpoint": {"ec2:DescribeVpcEndpoints", "ec2:ModifyVpcEndpoint"},
    "AWS::FSx::FileSystem": {
        *("fsx:DescribeFileSystems", "fsx:ListTagsForResource", "fsx:TagResource"),
        *("fsx:UntagResource", "fsx:UpdateFileSystem"),
    },
    "AWS::IAM::Role": {"iam:UntagRole", "iam:UpdateRole", "iam:UpdateRoleDescription"},
    "AWS::Lambda::Function": {
        *("lambda:GetFunction", "lambda:GetFunctionCodeSigningConfig"),
        *("lambda:GetFunctionRecursionConfig", "lambda:GetLayerVersion"),
        *("lambda:GetRuntimeManagementConfig", "lambda:TagResource", "lambda:UntagResource"),
        *("lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"),
        *("s3:GetObject", "s3:GetObjectVersion"),
    },
    "AWS::Logs::LogGroup": {
        *("logs:DeleteRetentionPolicy", "logs:DescribeLogGroups", "logs:ListTagsForResource"),
        *("logs:TagResource", "logs:UntagResource"),
    },
    "AWS::S3::Bucket": {
        *("s3:DeleteBucket", "s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock"),
        *("s3:GetBucketTagging", "s3:GetBucketVersioning", "s3:GetEncryptionConfiguration"),
        "s3:GetLifecycleConfiguration",
        "s3:ListBucket",
    },
    "AWS::SageMaker::Cluster": {
        *("sagemaker:BatchAddClusterNodes", "sagemaker:BatchDeleteClusterNodes"),
        *("sagemaker:DeleteTags", "sagemaker:DescribeCluster", "sagemaker:ListTags"),
        *("sagemaker:UpdateCluster", "sagemaker:UpdateClusterSoftware"),
    },
}
"""Actions that the handlers of AWS call, by the resource type of one of them, to read and to update."""
OF_ROLES = tuple(
    action
    for action in ACTIONS
    if action.startswith("iam:")
    and action not in OF_SERVICES | NOT_CALLED_BY_THE_EMULATOR["AWS::IAM::Role"]
)
CALLED = sorted(
    {*ACTIONS}
    - {each for some in NOT_CALLED_BY_THE_EMULATOR.values() for each in some}
    - {"iam:UpdateAssumeRolePolicy"}
)
"""The actions that a deployment of the sample requires."""
WHOLE_DEPLOYMENTS = (
    *("sagemaker:CreateCluster", "lambda:InvokeFunction"),
    *("ec2:CreateVpc", "fsx:CreateFileSystem", "s3:CreateBucket", "lambda:CreateFunction"),
    *("logs:CreateLogGroup", "iam:PassRole", "iam:CreateServiceLinkedRole"),
)
"""The actions without which the whole sample is deployed; of the others its requests are repeated."""


@pytest.fixture(autouse=True)
def clean(account: Emulator) -> Iterator[None]:
    yield
    abandon(account)
    remove_role(account)


def deploy(account: Emulator, template: Json, statements: Sequence[Statement]) -> Stack:
    """Creates a stack with a role that has a policy."""
    account.cloud.client("cloudformation").create_stack(
        StackName="HyperPodSample",
        RoleARN=role_with(account, statements),
        **sent(account, template),
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


@pytest.fixture(scope="module")
def requests(account: Emulator, sample_text: str) -> Requests:
    """Creates and deletes the sample with the deployment policy; the requests of its role."""
    with recorded(account) as found:
        stack = deploy(account, tagged(json.loads(sample_text)), STATEMENTS)
        assert stack.status == "CREATE_COMPLETE", failures(stack)
        assert delete(account, stack).status == "DELETE_COMPLETE", failures(stack)
    return found


def test_the_policy_suffices_and_has_no_other_actions(
    account: Emulator, requests: Requests
) -> None:
    called = actions_of(requests, account) | {*OF_ROLES}

    not_called = {each for some in NOT_CALLED_BY_THE_EMULATOR.values() for each in some}
    assert {*ACTIONS} - called == not_called
    assert called <= {*ACTIONS}


@pytest.mark.parametrize("left_out", CALLED)
def test_each_permission_is_needed(account: Emulator, requests: Requests, left_out: str) -> None:
    role_with(account, without(STATEMENTS, left_out))
    account.authorizer.forget()

    denied = set()
    for key, call in requests:
        try:
            account.authorizer.authorize(key, call)
        except ServiceError as error:
            denied.add(re.findall("perform: (\\S+)", str(error))[0])
    assert denied == {left_out}


@pytest.mark.parametrize("left_out", rows(WHOLE_DEPLOYMENTS, "lambda:InvokeFunction"))
def test_deployment_without_a_permission_fails(
    account: Emulator, sample: Json, left_out: str
) -> None:
    stack = deploy(account, tagged(sample), without(STATEMENTS, left_out))
    assert stack.status in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED"}
    assert f"is not authorized to perform: {left_out}" in failures(stack)[0]


def test_roles_are_passed_to_services_of_the_policy_only(account: Emulator) -> None:
    arn = f"arn:aws:iam::{account.cloud.account}:role/any"
    role_with(account, STATEMENTS)
    caller = role(account.cloud, f"arn:aws:iam::{account.cloud.account}:role/{ROLE}")

    for service, expected in (("sagemaker", True), ("lambda", True), ("ec2", False)):
        context = {"iam:PassedToService": f"{service}.amazonaws.com"}
        assert allowed(account.cloud, caller, "iam:PassRole", arn, context) is expected


@pytest.mark.parametrize("left_out", OF_ROLES)
def test_each_permission_for_roles_is_needed(account: Emulator, left_out: str) -> None:
    stack = deploy(account, of_a_role("lambda.amazonaws.com"), without(STATEMENTS, left_out))
    if stack.status == "CREATE_COMPLETE":
        update(account, stack.name, of_a_role("ec2.amazonaws.com"))
        delete(account, stack)
    assert f"is not authorized to perform: {left_out}" in "\n".join(failures(stack))


@pytest.mark.parametrize("is_covered", [False, True])
def test_managed_policies_are_a_part_of_the_policy(account: Emulator, *, is_covered: bool) -> None:
    statement = {"Effect": "Allow", "Action": "sagemaker:ListClusters", "Resource": "*"}
    properties = {"PolicyDocument": {"Version": "2012-10-17", "Statement": statement}}
    template = {"Resources": {"P": {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}}}
    options = PolicyOptions(managed_policies=is_covered)
    statements = list(POLICIES["deployment"](HERE, options))
    stack = deploy(account, template, statements)

    assert (stack.status == "CREATE_COMPLETE") is is_covered
    denied = "is not authorized to perform: iam:CreatePolicy"
    assert is_covered or denied in "\n".join(failures(stack))
    if is_covered:
        assert delete(account, stack).status == "DELETE_COMPLETE"


def test_function_needs_permissions(account: Emulator, sample: Json) -> None:
    for resource in sample["Resources"].values():
        if resource["Type"] == "AWS::IAM::Policy" and "BucketDeployment" in json.dumps(resource):
            statements = resource["Properties"]["PolicyDocument"]["Statement"]
            statements[:] = [each for each in statements if "s3:PutObject" not in each["Action"]]
    stack = deploy(account, sample, STATEMENTS)
    uploads = tuple(logical_ids(sample, "Custom::CDKBucketDeployment"))
    assert failures(stack)[0].startswith(uploads)
    assert "returned non-zero exit status" in failures(stack)[0]


def test_parameters_are_read_with_the_role(account: Emulator, sample: Json) -> None:
    with pytest.raises(ClientError, match="is not authorized to perform: ssm:GetParameter"):
        deploy(account, sample, without(STATEMENTS, "ssm:GetParameter"))
