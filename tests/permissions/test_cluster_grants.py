"""What each grant allows, and nothing broader."""

import inspect
import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker

import hyperpod_constructs as hp
from hyperpod_constructs.cdk.cluster_grants_interface import IClusterGrants
from hyperpod_constructs.permissions.operations import OPERATIONS, Resource, Verb
from tests.clusters.requests import EKS_ARN, ROLE_ARN
from tests.clusters.stacks import make_cluster, make_eks
from tests.synth import CONTEXT, make_stack, resources_of

from .granted import (
    CLUSTER,
    ELSEWHERE,
    HERE,
    OTHER,
    Statements,
    allows,
    granted,
    imported,
    on_eks,
    role,
    statements_of,
    tagged,
)
from .grants_page import (
    COMMAND,
    PAGE,
    PLAN_VERBS,
    TAGGED_VERBS,
    VERBS,
    allowed_elsewhere,
    page,
    scope_of,
    statements,
)
from .node_access import access

TO_SAGEMAKER = {"iam:PassedToService": "sagemaker.amazonaws.com"}
OTHER_ROLE = "arn:aws:iam::111122223333:role/administrator"
ENTRY = EKS_ARN.replace(":cluster/", ":access-entry/") + "/role/111122223333/nodes/1"
UNSCOPABLE = {
    *(row.action for row in OPERATIONS.values() if not (row.resources or row.optional_resources)),
    *("ec2:DescribeImages", "ec2:DescribeSnapshots", "ssm:StartSession"),
}


def of_cluster(grant: Callable[[Any, iam.IGrantable], object]) -> Statements:
    return granted(imported, grant)


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), f"run {COMMAND}"


@pytest.mark.parametrize("row", OPERATIONS.values(), ids=lambda row: row.name)
def test_every_operation_is_granted(row: Any) -> None:
    if row.verb is Verb.CREATE:
        context = {"aws:RequestTag/team": "vision"}
        assert allows(statements("tag", "create"), row.action, CLUSTER, context)
    elif row.verb.startswith("TrainingPlanGrants"):
        found = statements("plan", row.verb.method)
        resources = [f"{HERE}:{each}/one" for each in row.resources] or ["*"]
        assert all(allows(found, row.action, each) for each in resources)
    elif row.verb is Verb.ACTIONS:
        found = of_cluster(lambda each, grantee: each.grants.actions(grantee, row.action))
        assert scope_of(found, row) == ("this" if row.resources else "all")
    else:
        found = statements("cluster", row.verb.method)
        about_clusters = Resource.CLUSTER in (*row.resources, *row.optional_resources)
        assert scope_of(found, row) == ("this" if about_clusters else "all")


@pytest.mark.parametrize("verb", VERBS)
def test_other_accounts_and_regions_are_not_granted(verb: str) -> None:
    scoped = [row for row in OPERATIONS.values() if row.resources or row.optional_resources]

    found = {row.name: allowed_elsewhere(statements("cluster", verb), row) for row in scoped}
    assert not any(found.values()), found


@pytest.mark.parametrize("verb", sorted(set(VERBS) - {"operate", "administer"}))
def test_a_verb_grants_its_operations_and_what_they_require(verb: str) -> None:
    own = {row.name for row in OPERATIONS.values() if row.verb == f"cluster.grants.{verb}"}
    required = {
        action.removeprefix("sagemaker:")
        for name in own
        for each in OPERATIONS[name].dependencies
        for action in each.actions
    }

    found = {row.name for row in OPERATIONS.values() if scope_of(statements("cluster", verb), row)}
    assert own <= found <= own | required


@pytest.mark.parametrize(
    ("kind", "verb"),
    [
        *(("cluster", verb) for verb in (*VERBS, "start_session")),
        *(("tag", verb) for verb in TAGGED_VERBS),
        *(("plan", verb) for verb in PLAN_VERBS),
    ],
)
def test_statements_are_as_narrow_as_iam_supports(kind: str, verb: str) -> None:
    for statement in statements(kind, verb):
        actions = (
            statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        )
        assert not any("*" in action for action in actions)
        if "*" in statement["Resource"] and statement["Resource"] == "*":
            assert set(actions) <= UNSCOPABLE


def test_roles_are_passed_to_sagemaker_only() -> None:
    found = statements("cluster", "update")

    assert allows(found, "iam:PassRole", ROLE_ARN, TO_SAGEMAKER)
    assert not allows(found, "iam:PassRole", ROLE_ARN)
    assert not allows(
        found, "iam:PassRole", ROLE_ARN, {"iam:PassedToService": "lambda.amazonaws.com"}
    )
    assert not allows(found, "iam:PassRole", OTHER_ROLE, TO_SAGEMAKER)
    for verb in set(VERBS) - {"update", "administer"}:
        assert not allows(statements("cluster", verb), "iam:PassRole", ROLE_ARN, TO_SAGEMAKER)


def test_access_entries_are_those_of_the_eks_cluster() -> None:
    found = statements("cluster", "update")

    assert allows(found, "eks:DescribeCluster", EKS_ARN)
    assert allows(found, "eks:AssociateAccessPolicy", ENTRY)
    assert not allows(found, "eks:AssociateAccessPolicy", ENTRY.replace("entry/", "entry/other-"))
    without = of_cluster(lambda each, grantee: each.grants.administer(grantee))
    assert "eks:" not in json.dumps(without)


def test_custom_images_are_shared_if_their_tag_allows_it() -> None:
    image = "arn:aws:ec2:us-west-2::image/ami-0123456789abcdef0"
    tag = {"ec2:ResourceTag/AllowSharing": "true"}
    found = granted(on_eks, lambda each, grantee: each.update_software(grantee, custom_images=True))

    assert allows(found, "ec2:DescribeImages", "*")
    assert allows(found, "ec2:ModifyImageAttribute", image, tag)
    assert not allows(found, "ec2:ModifyImageAttribute", image)
    assert "ec2:" not in json.dumps(statements("cluster", "administer"))


def test_sessions_are_own_ones_and_on_no_other_machines() -> None:
    found = of_cluster(lambda each, grantee: each.grants.start_session(grantee))
    sessions = "arn:aws:ssm:us-west-2:111122223333:session/AROA"

    assert allows(found, "ssm:StartSession", "sagemaker-cluster:abcdefghijkl_gpu-i-01234567")
    for other in ("ec2:us-west-2:1:instance/i-0", "ssm:us-west-2:1:managed-instance/mi-0"):
        assert not allows(found, "ssm:StartSession", f"arn:aws:{other}")
    assert not allows(found, "ssm:StartSession", "arn:aws:ecs:us-west-2:1:task/t")
    assert allows(found, "ssm:TerminateSession", f"{sessions}:ann-1")
    assert not allows(found, "ssm:TerminateSession", f"{sessions}:bob-1")


def test_actions_with_resources() -> None:
    found = of_cluster(
        lambda each, grantee: each.grants.actions(
            grantee, "sagemaker:DescribeComputeQuota", resource_arns=[f"{HERE}:compute-quota/a"]
        )
    )

    assert allows(found, "sagemaker:DescribeComputeQuota", f"{HERE}:compute-quota/a")
    assert not allows(found, "sagemaker:DescribeComputeQuota", f"{HERE}:compute-quota/b")


@pytest.mark.parametrize(
    ("actions", "code", "words"),
    [
        ((), "GrantedAction", "'actions' is empty; pass an action"),
        (("sagemaker:DescribeCluterNode",), "GrantedAction", "use 'sagemaker:DescribeClusterNode'"),
        (("sagemaker:*",), "GrantedAction", "is a pattern.*or use a method such as operate"),
        (("sagemaker:CreateCluster",), "GrantedAction", "TaggedClusterGrants.from_tag"),
        ((cdk.Aws.STACK_NAME,), "GrantedAction", "must be known at synthesis"),
        (("ssm:StartSession",), "GrantedAction", "see docs/operations.md"),
        ((None,), "ArgumentType", "is None; pass each action as a string"),
        ((["sagemaker:ListClusters"],), "ArgumentType", "pass each action as a string"),
    ],
)
def test_wrong_actions(stack: cdk.Stack, actions: Any, code: str, words: str) -> None:
    path = "actions.0." if actions else "actions"
    with pytest.raises(hp.ValidationError, match=rf"^{path}: .*{words}.*\({code}\)$"):
        imported(stack).grants.actions(role(stack), *actions)
    assert not statements_of(stack)


def test_wrong_actions_are_reported_together(stack: cdk.Stack) -> None:
    with pytest.raises(hp.ValidationError) as error:
        imported(stack).grants.actions(role(stack), "sagemaker:*", "sagemaker:DescribeCluterNode")

    assert [each.path for each in error.value.problems] == ["actions[0]", "actions[1]"]


def test_clusters_with_a_tag_can_be_created_by_action() -> None:
    found = granted(tagged, lambda each, grantee: each.actions(grantee, "sagemaker:CreateCluster"))

    assert allows(found, "sagemaker:CreateCluster", CLUSTER, {"aws:RequestTag/team": "vision"})
    assert not allows(found, "sagemaker:CreateCluster", CLUSTER)


@pytest.mark.parametrize(
    ("arns", "code", "path"),
    [
        (CLUSTER, "ArgumentType", "resource_arns"),
        ([], "GrantedResource", "resource_arns"),
        ([CLUSTER, None], "ArgumentType", "resource_arns[1]"),
        (["*"], "GrantedResource", "resource_arns[0]"),
        (["junk"], "GrantedResource", "resource_arns[0]"),
        ([ROLE_ARN], "GrantedResource", "resource_arns[0]"),
    ],
)
def test_wrong_resources(stack: cdk.Stack, arns: Any, code: str, path: str) -> None:
    grants = imported(stack).grants
    with pytest.raises(hp.ValidationError) as error:
        grants.actions(role(stack), "sagemaker:DescribeCluster", resource_arns=arns)

    assert [(each.code, each.path) for each in error.value.problems] == [(code, path)]
    everything = {"resource_arns": ["*"]}
    assert grants.actions(role(stack, "B"), "sagemaker:ListClusters", **everything).success


@pytest.mark.parametrize(
    ("code", "grantee"),
    [
        ("Grantee", lambda _: iam.ServicePrincipal("lambda.amazonaws.com")),
        ("Grantee", lambda _: iam.AnyPrincipal()),
        ("Grantee", lambda _: iam.ArnPrincipal(ROLE_ARN)),
        ("GranteeAccount", lambda _: iam.AccountPrincipal("444455556666")),
        (
            "GranteeAccount",
            lambda stack: iam.Role.from_role_arn(
                stack, "Role", "arn:aws:iam::444455556666:role/operator"
            ),
        ),
        (
            "GranteeAccount",
            lambda stack: role(
                cdk.Stack(
                    stack.node.root, "Other", env={"account": "444455556666", "region": "us-west-2"}
                )
            ),
        ),
        (
            "GranteeStage",
            lambda stack: role(make_stack(cdk.Stage(stack.node.root, "Prod"), "Operators")),
        ),
        ("Grantee", lambda stack: iam.UnknownPrincipal(resource=stack)),
        (
            "Grantee",
            lambda stack: iam.PrincipalWithConditions(
                role(stack), {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
            ),
        ),
        ("Grantee", lambda stack: iam.SessionTagsPrincipal(role(stack))),
        ("Grantee", lambda stack: role(stack).without_policy_updates()),
        ("Grantee", lambda stack: iam.Role.from_role_arn(stack, "R", ROLE_ARN, mutable=False)),
        ("Grantee", lambda stack: iam.Role.from_role_name(stack, "R", "nodes", mutable=False)),
        *(
            ("Grantee", lambda stack, arn=arn: iam.Role.from_role_arn(stack, "R", arn))
            for arn in (
                "arn:aws:iam::111122223333:user/ann",
                "arn:aws:sts::111122223333:assumed-role/operator/ann",
                "arn:aws:iam::111122223333:role/aws-service-role/fsx.amazonaws.com/Fsx",
                "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/Admin",
            )
        ),
        (
            "Grantee",
            lambda stack: iam.Group.from_group_arn(stack, "G", "arn:aws:iam::111122223333:role/a"),
        ),
        (
            "OtherPartition",
            lambda stack: iam.Role.from_role_arn(
                stack, "R", "arn:aws-cn:iam::111122223333:role/operator"
            ),
        ),
        ("ArgumentType", lambda _: ROLE_ARN),
        ("ArgumentType", lambda _: None),
    ],
)
@pytest.mark.parametrize("verb", ["describe", "start_session"])
def test_grantees_that_cannot_be_granted(
    stack: cdk.Stack, code: str, grantee: Callable[[cdk.Stack], Any], verb: str
) -> None:
    cluster = imported(stack)
    with pytest.raises(hp.ValidationError) as error:
        getattr(cluster.grants, verb)(grantee(stack))

    assert [(each.code, each.path) for each in error.value.problems] == [(code, "grantee")]
    assert not any(isinstance(each, iam.Policy) for each in stack.node.root.node.find_all())


@pytest.mark.parametrize(
    "grantee",
    [
        lambda stack: iam.User(stack, "Ann"),
        lambda stack: iam.Group(stack, "Operators"),
        lambda stack: iam.ManagedPolicy(stack, "Policy", description="Operators"),
        lambda stack: iam.Role.from_role_arn(stack, "Role", ROLE_ARN),
        lambda stack: iam.Role.from_role_arn(
            stack, "Role", "arn:aws:iam::111122223333:role/service-role/operator"
        ),
        lambda stack: iam.Role.from_role_name(stack, "ImmutableRole", "operator"),
        lambda stack: iam.LazyRole(stack, "Role", assumed_by=iam.AccountRootPrincipal()),
        lambda stack: make_cluster(stack, "Bot"),
    ],
)
def test_grantees_that_can_be_granted(
    stack: cdk.Stack, grantee: Callable[[cdk.Stack], Any]
) -> None:
    grant = imported(stack, "Imported").grants.describe(grantee(stack))

    assert grant.success
    assert "sagemaker:DescribeClusterNode" in json.dumps(
        cdk.assertions.Template.from_stack(stack).to_json()
    )


@pytest.mark.parametrize(
    "grantee",
    [
        lambda cluster: cluster,
        lambda cluster: cluster.execution_roles["worker"],
        lambda cluster: cluster.node.find_child("ExecutionRoles"),
        lambda cluster: cluster.node.scope.node.find_child("Given"),
    ],
)
def test_nodes_are_not_granted_their_cluster_by_its_arn(
    stack: cdk.Stack, grantee: Callable[[Any], Any]
) -> None:
    given = hp.ExecutionRole(stack, "Given")
    group = hp.InstanceGroup.worker(
        "own", instance_type="ml.c5.xlarge", partition="own", execution_role=given
    )
    cluster = make_cluster(stack)
    cluster.add_instance_group(group)
    with pytest.raises(hp.ValidationError, match=r"^grantee: .* \(GranteeOfNodes\)$"):
        cluster.grants.list_nodes(grantee(cluster))

    tagged(stack).list_nodes(given)
    assert imported(stack, "Imported").grants.list_nodes(given).success
    assert imported(stack, "Another").grants.list_nodes(cluster).success
    assert cdk.assertions.Template.from_stack(stack)


def test_roles_of_a_stack_without_an_environment(stack: cdk.Stack) -> None:
    app: Any = stack.node.root
    other = role(cdk.Stack(app, "Anywhere"))
    with pytest.raises(hp.ValidationError, match=r"^grantee: .* \(GranteeEnvironment\)$"):
        make_cluster(stack).grants.describe(other)

    assert imported(stack, "Imported").grants.describe(other).success
    assert tagged(stack).describe(other).success


def test_partitions_are_those_of_regions() -> None:
    stack = cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(region="us-west-2"))
    assert cdk.Token.is_unresolved(stack.partition)
    operator = iam.Role.from_role_arn(stack, "R", "arn:aws-cn:iam::111122223333:role/operator")
    with pytest.raises(hp.ValidationError, match=r"in another partition than the cluster, aws;"):
        hp.TaggedClusterGrants.from_tag(stack, "team", "vision").describe(operator)
    with pytest.raises(
        hp.ValidationError, match=r"is in partition aws-cn, and the policy is for aws"
    ):
        hp.HyperPodPolicies(stack, "Policies", execution_roles=[operator])


@pytest.mark.parametrize(
    "create",
    [hp.ClusterGrants, lambda cluster: hp.TaggedClusterGrants(cluster, "team", "vision")],
)
def test_grants_are_created_from_a_cluster(stack: cdk.Stack, create: Any) -> None:
    with pytest.raises(hp.ValidationError, match=r"pass it to ClusterGrants.from_cluster\(...\)"):
        create(make_cluster(stack))


@pytest.mark.parametrize(
    "create",
    [
        hp.TrainingPlanGrants.from_account,
        lambda scope: hp.TaggedClusterGrants.from_tag(scope, "team", "vision"),
    ],
)
@pytest.mark.parametrize("scope", [cdk.App(), None, "stack"])
def test_scopes_are_in_a_stack(create: Callable[[Any], object], scope: object) -> None:
    with pytest.raises(hp.ValidationError, match=r"^scope: .*\(ArgumentType\)$"):
        create(scope)


def test_created_and_imported_clusters_grant_the_same(stack: cdk.Stack) -> None:
    cluster = make_cluster(stack)
    cluster.grants.administer(role(stack))
    (resource,) = resources_of(stack, "AWS::SageMaker::Cluster")
    (policy,) = (
        each["Properties"]["PolicyDocument"]["Statement"]
        for name, each in resources_of(stack, "AWS::IAM::Policy").items()
        if name.startswith("Operator")
    )

    known = json.loads(json.dumps(policy).replace(json.dumps({"Ref": resource}), f'"{CLUSTER}"'))
    expected = of_cluster(lambda each, grantee: each.grants.administer(grantee))
    passing, others = (
        [each for each in known if (each["Action"] == "iam:PassRole") is passes]
        for passes in (True, False)
    )
    assert others == [each for each in expected if each["Action"] != "iam:PassRole"]
    assert [len(each["Resource"]) for each in passing] == [2]


def test_roles_of_groups_that_are_added_later_are_passed(stack: cdk.Stack) -> None:
    nodes = iam.Role.from_role_arn(stack, "Nodes", ROLE_ARN)
    cluster = make_cluster(stack)
    cluster.grants.update(role(stack))
    cluster.add_instance_group(
        hp.InstanceGroup.worker(
            "late", instance_type="ml.c5.xlarge", partition="c", execution_role=nodes
        )
    )

    passing = [each for each in statements_of(stack) if each["Action"] == "iam:PassRole"]
    assert ROLE_ARN in passing[0]["Resource"]


def test_the_role_of_autoscaling_is_passed_to_hyperpod(stack: cdk.Stack) -> None:
    cluster = make_eks(
        stack,
        node_provisioning_mode=hp.NodeProvisioningMode.CONTINUOUS,
        auto_scaling=hp.AutoScaling(),
    )
    cluster.grants.update(role(stack))

    services = [
        each["Condition"]["StringEquals"]["iam:PassedToService"]
        for each in statements_of(stack)
        if each["Action"] == "iam:PassRole"
    ]
    assert services == [
        ["sagemaker.amazonaws.com"],
        ["hyperpod.sagemaker.amazonaws.com", "sagemaker.amazonaws.com"],
    ]
    assert "eks:AssociateAccessPolicy" in json.dumps(statements_of(stack))


AUTOSCALING = "arn:aws:iam::111122223333:role/autoscaling"


@pytest.mark.parametrize(
    "grants",
    [
        lambda stack, role: hp.ClusterGrants.from_cluster(imported(stack), cluster_role=role),
        lambda stack, role: hp.TaggedClusterGrants.from_tag(
            stack,
            "team",
            "vision",
            execution_roles=[iam.Role.from_role_arn(stack, "Nodes", ROLE_ARN)],
            cluster_roles=[role],
        ),
    ],
)
def test_a_role_of_autoscaling_can_be_named(stack: cdk.Stack, grants: Any) -> None:
    grants(stack, iam.Role.from_role_arn(stack, "AutoScaling", AUTOSCALING)).update(role(stack))
    found = statements_of(stack)

    to_hyperpod = {"iam:PassedToService": "hyperpod.sagemaker.amazonaws.com"}
    assert allows(found, "iam:PassRole", AUTOSCALING, to_hyperpod)
    assert not allows(found, "iam:PassRole", ROLE_ARN, to_hyperpod)
    assert allows(found, "iam:PassRole", ROLE_ARN, TO_SAGEMAKER)


EKS_GRANTS: dict[str, Callable[[cdk.Stack, Any], Any]] = {
    "from_cluster": lambda stack, eks: hp.ClusterGrants.from_cluster(
        imported(stack), eks_cluster=eks
    ),
    "imported": lambda stack, eks: imported(stack, eks_cluster=eks).grants,
    "from_tag": lambda stack, eks: hp.TaggedClusterGrants.from_tag(
        stack,
        "team",
        "vision",
        execution_roles=[iam.Role.from_role_arn(stack, "Nodes", ROLE_ARN)],
        eks_clusters=[] if eks is None else [eks],
    ),
}


@pytest.mark.parametrize("grants", EKS_GRANTS.values(), ids=EKS_GRANTS)
@pytest.mark.parametrize(
    "verb", ["update", "delete", "operate", "administer", "manage_task_governance"]
)
def test_the_eks_cluster_can_be_named(stack: cdk.Stack, grants: Any, verb: str) -> None:
    getattr(grants(stack, hp.EksClusterReference(EKS_ARN)), verb)(role(stack))
    found = statements_of(stack)

    on_entries = "eks:DescribeAccessEntry" if verb in {"delete", "update"} else None
    assert verb == "delete" or allows(found, "eks:DescribeCluster", EKS_ARN)
    assert on_entries is None or allows(found, on_entries, ENTRY)
    assert not allows(found, "eks:DescribeCluster", f"{EKS_ARN}2")
    assert not warnings_of(stack)


@pytest.mark.parametrize("grants", EKS_GRANTS.values(), ids=EKS_GRANTS)
def test_an_unknown_eks_cluster_is_a_warning(stack: cdk.Stack, grants: Any) -> None:
    unknown = grants(stack, None)
    unknown.operate(role(stack))
    unknown.manage_task_governance(role(stack, "Second"))

    (warning,) = warnings_of(stack)
    assert "the EKS cluster is unknown" in warning


def warnings_of(stack: cdk.Stack) -> list[str]:
    app: Any = stack.node.root
    entries = (each.entry for artifact in app.synth().stacks for each in artifact.messages)
    return [str(each.data) for each in entries]


def test_task_governance_requires_eks(stack: cdk.Stack) -> None:
    with pytest.raises(hp.ValidationError, match=r"^orchestrator: .* \(TaskGovernance\)"):
        make_cluster(stack).grants.manage_task_governance(role(stack))


@pytest.mark.parametrize(
    ("grants", "fix"),
    [
        (
            lambda stack: hp.TaggedClusterGrants.from_tag(stack, "a", "b"),
            "TaggedClusterGrants.from_tag",
        ),
        (
            lambda stack: hp.HyperPodCluster.from_cluster_arn(stack, "Imported", CLUSTER).grants,
            "ClusterGrants.from_cluster",
        ),
    ],
)
def test_unknown_roles_are_named_where_they_are_passed(
    stack: cdk.Stack, grants: Any, fix: str
) -> None:
    with pytest.raises(hp.ValidationError, match=rf"use {fix}\(.*, execution_roles=\[...\]\)"):
        grants(stack).administer(role(stack))


def test_a_cluster_of_level_1(stack: cdk.Stack) -> None:
    cluster = sagemaker.CfnCluster(stack, "Cluster")
    grants = hp.ClusterGrants.from_cluster(cluster)
    grants.describe(role(stack))

    assert statements_of(stack)[0]["Resource"] == {"Fn::GetAtt": ["Cluster", "ClusterArn"]}
    with pytest.raises(hp.ValidationError, match=r"\(UnknownExecutionRole\)"):
        grants.update(role(stack, "Another"))
    nodes = iam.Role.from_role_arn(stack, "Nodes", ROLE_ARN)
    with_roles = hp.ClusterGrants.from_cluster(cluster, execution_roles=[nodes])
    assert with_roles.update(role(stack, "Third")).success


def test_grants_cost_nothing_unless_they_are_used(stack: cdk.Stack) -> None:
    make_cluster(stack)
    before = json.dumps(cdk.assertions.Template.from_stack(stack).to_json())
    other = make_stack(cdk.App(context=CONTEXT), stack.stack_name)
    _ = make_cluster(other).grants

    assert json.dumps(cdk.assertions.Template.from_stack(other).to_json()) == before


def test_the_interface_is_that_of_the_class() -> None:
    for name, member in vars(IClusterGrants).items():
        if not name.startswith("_"):
            assert inspect.signature(member) == inspect.signature(getattr(hp.ClusterGrants, name))
    assert {each for each in vars(hp.ClusterGrants) if not each.startswith("_")} == {
        *(each for each in vars(IClusterGrants) if not each.startswith("_")),
        "from_cluster",
    }


def test_images_are_allowed_by_true_only(stack: cdk.Stack) -> None:
    role = iam.Role.from_role_arn(stack, "Lead", ROLE_ARN)
    with pytest.raises(
        hp.ValidationError, match=r"^custom_images: 'no' is of type str; .*\(ArgumentType\)"
    ):
        make_cluster(stack).grants.operate(role, custom_images="no")  # type: ignore[arg-type]


def test_other_clusters_are_not_granted() -> None:
    found = statements("cluster", "administer")

    assert allows(found, "sagemaker:DeleteCluster", CLUSTER)
    assert not allows(found, "sagemaker:DeleteCluster", OTHER)
    assert all(not allows(found, "sagemaker:DeleteCluster", arn) for arn in ELSEWHERE.values())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("read the scripts", (True,) * 6),
        ("list the scripts", (True,) * 6),
        ("list all objects of the bucket", (True, True, False, True, True, False)),
        ("read other objects of the bucket", (False,) * 6),
        ("write logs of another cluster", (False,) * 6),
        (
            "create network interfaces in the subnet of the cluster",
            (True,) * 6,
        ),
        (
            "create network interfaces in another subnet of the VPC",
            (False, True, False, True, True, True),
        ),
        ("create network interfaces in another VPC", (False, True, False, False, True, False)),
        ("delete network interfaces of the VPC", (True,) * 6),
        ("delete network interfaces of another VPC", (False, True, False, False, True, False)),
        ("pass roles", (False,) * 6),
        ("update the cluster", (False,) * 6),
    ],
)
def test_nodes(words: str, expected: tuple[bool, ...]) -> None:
    assert access()[words] == expected
