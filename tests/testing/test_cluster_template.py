"""Assertions about a cluster in a template."""

import json
import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

import hyperpod_constructs as hp
from hyperpod_constructs.testing import ClusterTemplate, NodeRole, UnknownPolicyError
from tests.clusters import layouts
from tests.clusters.every_mode import on_eks
from tests.clusters.neighbours import GOOD, document
from tests.clusters.stacks import make_cluster
from tests.synth import CONTEXT, make_stack, template

NEIGHBOURS: dict[str, Any] = {"Resources": GOOD}


@pytest.fixture
def app(tmp_path: Path) -> cdk.App:
    return cdk.App(context=CONTEXT, outdir=str(tmp_path / "cdk.out"))


@pytest.fixture
def stack(app: cdk.App) -> cdk.Stack:
    return make_stack(app, "Stack")


def role_with(*statements: dict[str, Any], **more: Any) -> NodeRole:
    """The role of the one group of a template."""
    own = GOOD["Role"]["Properties"] | {"ManagedPolicyArns": []} | more
    own["Policies"] = [{"PolicyName": "Own", "PolicyDocument": document(*statements)}]
    resources = GOOD | {"Role": {"Type": "AWS::IAM::Role", "Properties": own}}
    return ClusterTemplate.from_json({"Resources": resources}).role("gpu")


def allow(action: str, resource: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def test_the_same_cluster_from_a_stack_a_file_and_json(stack: cdk.Stack, tmp_path: Path) -> None:
    make_cluster(stack)

    by_stack = ClusterTemplate.from_stack(stack)
    by_file = ClusterTemplate.from_file(tmp_path / "cdk.out" / "Stack.template.json")
    by_json = ClusterTemplate.from_json(template(stack))

    assert by_stack.properties == by_file.properties == by_json.properties
    assert by_stack.form() == by_file.form()
    assert by_stack.files() == by_file.files() != frozenset()
    assert (by_stack.region, by_json.region) == ("us-west-2", "us-east-1")
    for from_json in (by_json.form, by_json.files, lambda: by_json.file("steps.json")):
        with pytest.raises(AssertionError, match=r"from_json does not read the files of the app; "):
            from_json()
    with pytest.raises(AssertionError, match=r"other\.sh is not uploaded"):
        by_stack.file("other.sh")


@pytest.mark.parametrize("body", [NEIGHBOURS, json.dumps(NEIGHBOURS)])
def test_the_output_of_get_template(body: object, tmp_path: Path) -> None:
    file = tmp_path / "deployed.json"
    file.write_text(json.dumps({"TemplateBody": body, "StagesAvailable": ["Original"]}))

    cluster = ClusterTemplate.from_file(file)

    assert cluster == ClusterTemplate.from_file(file)
    assert cluster.properties == ClusterTemplate.from_json({"TemplateBody": body}).properties
    with pytest.raises(AssertionError, match=r"of Cluster, or the assets of the app are not in"):
        cluster.form()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"Resources": {', "deployed.json: is not JSON: Expecting"),
        ("Resources:\n  Cluster:\n", "deployed.json: is not JSON: Expecting value"),
        ('{"TemplateBody": "Resources:"}', "deployed.json: TemplateBody: is not JSON"),
        ("[]", "deployed.json: is not a template"),
    ],
)
def test_a_file_that_is_no_template(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "deployed.json"
    file.write_text(text)

    with pytest.raises(AssertionError, match=message):
        ClusterTemplate.from_file(file)


def test_text_in_place_of_a_template() -> None:
    with pytest.raises(AssertionError, match=r"^template: .* pass a dict, such as json\.loads"):
        ClusterTemplate.from_json(json.dumps(NEIGHBOURS))  # type: ignore[arg-type]


def test_other_constructs_in_place_of_the_stack(stack: cdk.Stack) -> None:
    for wrong in (make_cluster(stack), stack.node.root, "Stack"):
        with pytest.raises(AssertionError, match=r"^stack: .* such as cdk\.Stack\.of\(cluster\)"):
            ClusterTemplate.from_stack(wrong)  # type: ignore[arg-type]


def test_a_nested_stack(app: cdk.App) -> None:
    layouts.nested_stack(app)
    (nested,) = (
        each
        for each in app.node.find_all()
        if isinstance(each, cdk.NestedStack) and each.node.id == "ClusterStack"
    )

    cluster = ClusterTemplate.from_stack(nested)

    assert cluster.form()["controller_group"] == "controller"
    assert cluster.role("controller").allows("ec2:DescribeSubnets")


def test_restricted_groups(stack: cdk.Stack) -> None:
    on_eks(stack)

    cluster = ClusterTemplate.from_stack(stack)

    assert isinstance(cluster.group("nova"), hp.RestrictedInstanceGroup)
    assert cluster.role("nova").name == cluster.role("spot").name


def test_a_group_that_is_not_there() -> None:
    cluster = ClusterTemplate.from_json(NEIGHBOURS)

    with pytest.raises(AssertionError, match=r"no instance group 'cpu': \['gpu'\]"):
        cluster.group("cpu")
    with pytest.raises(AssertionError, match=r"no instance group 'cpu': \['gpu'\]"):
        cluster.role("cpu")


def test_which_cluster() -> None:
    two = {"Resources": GOOD | {"Second": GOOD["Cluster"]}}

    assert ClusterTemplate.from_json(two, logical_id="Second").group("gpu").count == 4
    with pytest.raises(AssertionError, match="the template has 2 clusters; pass logical_id="):
        ClusterTemplate.from_json(two)
    with pytest.raises(AssertionError, match="the template has no cluster 'Other'"):
        ClusterTemplate.from_json(NEIGHBOURS, logical_id="Other")
    with pytest.raises(AssertionError, match=r"the template has no AWS::SageMaker::Cluster"):
        ClusterTemplate.from_json({"Resources": {}})


def test_problems_are_those_of_the_rules() -> None:
    group = GOOD["Cluster"]["Properties"]["InstanceGroups"][0] | {"InstanceStorageConfigs": []}
    properties = GOOD["Cluster"]["Properties"] | {"InstanceGroups": [group]}
    right = {"Resources": GOOD | {"Cluster": GOOD["Cluster"] | {"Properties": properties}}}

    ClusterTemplate.from_json(right).assert_no_errors()
    with pytest.raises(AssertionError, match="FileSystemsMode"):
        ClusterTemplate.from_json(NEIGHBOURS).assert_no_errors()


def test_a_role_of_another_template() -> None:
    properties = GOOD["Cluster"]["Properties"]
    group = properties["InstanceGroups"][0] | {"ExecutionRole": "arn:aws:iam::1:role/own"}
    cluster = GOOD["Cluster"] | {"Properties": properties | {"InstanceGroups": [group]}}

    with pytest.raises(AssertionError, match="the role of 'gpu' is not in the template"):
        ClusterTemplate.from_json({"Resources": GOOD | {"Cluster": cluster}}).role("gpu")


@pytest.mark.parametrize(
    ("resource", "asked", "expected"),
    [
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/k", True),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::c/k", False),
        ({"Fn::GetAtt": ["B", "Arn"]}, {"Fn::GetAtt": ["B", "Arn"]}, True),
        ({"Fn::GetAtt": "B.Arn"}, {"Fn::Sub": "${B.Arn}"}, True),
        ({"Fn::GetAtt": ["B", "Arn"]}, {"Fn::GetAtt": ["C", "Arn"]}, False),
        (
            {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":s3:::b/*"]]},
            "arn:aws:s3:::b/k",
            True,
        ),
        (
            {"Fn::Sub": "arn:aws:logs:${AWS::Region}:${AWS::AccountId}:*"},
            "arn:aws:logs:us-east-1:111122223333:log-group:a",
            True,
        ),
        ({"Fn::ImportValue": "arn"}, {"Fn::ImportValue": "arn"}, True),
        ({"Fn::ImportValue": "arn"}, "arn:aws:s3:::b", False),
    ],
)
def test_resources_of_a_template(resource: Any, asked: Any, expected: bool) -> None:
    role = role_with(allow("s3:*", resource), allow("logs:*", resource))

    action = "logs:PutLogEvents" if "logs" in str(asked) else "s3:GetObject"
    assert role.allows(action, asked) is expected


def test_the_name_of_a_bucket_is_followed(stack: cdk.Stack) -> None:
    cluster = make_cluster(stack)
    role = ClusterTemplate.from_stack(stack).role("worker")
    name = "arn:aws:s3:::sagemaker-stackclusterf0eb02fa-111122223333-us-west-2"

    for bucket in (cluster.lifecycle_bucket.bucket_arn, name):
        role.assert_allows("s3:ListBucket", bucket)
        role.assert_denies("s3:ListBucket", bucket, context={"aws:ResourceAccount": "other"})


def test_conditions_and_denials() -> None:
    key = "cloudwatch:namespace"
    role = role_with(
        allow("cloudwatch:PutMetricData", "*", Condition={"StringEquals": {key: "Own"}}),
        allow("s3:*", "*"),
        allow("s3:DeleteBucket", "*") | {"Effect": "Deny"},
    )

    assert role.allows("cloudwatch:PutMetricData", context={key: "Own"})
    assert not role.allows("cloudwatch:PutMetricData", context={key: "Other"})
    role.assert_allows("s3:GetObject", "arn:aws:s3:::b/k")
    role.assert_denies("s3:DeleteBucket", "arn:aws:s3:::b")
    with pytest.raises(AssertionError, match=r"Role does not allow s3:DeleteBucket on arn"):
        role.assert_allows("s3:DeleteBucket", "arn:aws:s3:::b")
    with pytest.raises(AssertionError, match=r"Role allows s3:GetObject on arn:aws:s3:::b/k"):
        role.assert_denies("s3:GetObject", "arn:aws:s3:::b/k")


@pytest.mark.parametrize("action", ["GetObject", "s3:*", "s3", "s3:", ":GetObject"])
def test_what_is_no_action(action: str) -> None:
    role = role_with(allow("s3:*", "*"))

    for assertion in (role.allows, role.assert_allows, role.assert_denies):
        with pytest.raises(AssertionError, match=f"{re.escape(repr(action))} is not an action; w"):
            assertion(action)


def test_nothing_else_on_all_resources() -> None:
    role = role_with(allow("ec2:DescribeVpcs", "*"), allow("s3:GetObject", "arn:aws:s3:::b/*"))

    role.assert_unrestricted_only(["ec2:DescribeVpcs"])
    with pytest.raises(AssertionError, match=r"Role allows ec2:DescribeVpcs on all resources"):
        role.assert_unrestricted_only([])


@pytest.mark.parametrize("mode", ["boundary", "managed"])
def test_a_policy_that_is_not_there_is_no_guess(mode: str) -> None:
    arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    more: dict[str, Any] = (
        {"PermissionsBoundary": arn} if mode == "boundary" else {"ManagedPolicyArns": [arn]}
    )
    role = role_with(allow("s3:GetObject", "*"), **more)
    decided, asked = "s3:PutObject", "s3:GetObject"
    if mode == "managed":
        decided, asked = asked, decided

    assert role.allows(decided) is (mode == "managed")
    with pytest.raises(UnknownPolicyError, match=f"{arn}, which is not in the template"):
        role.allows(asked)


def test_policies_of_grants_count(stack: cdk.Stack) -> None:
    cluster = make_cluster(stack)
    for role in cluster.execution_roles.values():
        role.add_to_principal_policy(
            iam.PolicyStatement(actions=["sqs:SendMessage"], resources=["arn:aws:sqs:*:*:jobs"])
        )

    ClusterTemplate.from_stack(stack).role("worker").assert_allows(
        "sqs:SendMessage", "arn:aws:sqs:us-west-2:111122223333:jobs"
    )
