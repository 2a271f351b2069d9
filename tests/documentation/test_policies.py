"""The service control policy of the recipes denies other subnets and types, and no action of nodes."""

from typing import Any

import aws_cdk as cdk
import pytest

import hyperpod_constructs as hp
from tests.aws.iam.policy import Policy, identity_policy
from tests.clusters.stacks import GROUPS
from tests.synth import CONTEXT, ROOT, make_stack, resources_of

from .pages import blocks

SUBNETS = ["subnet-0123456789abcdef0"]
TYPES = ["ml.m5.xlarge", "ml.g5.8xlarge"]
OTHER_SUBNETS = ["subnet-0123456789abcdef1"]
OTHER_TYPES = ["ml.p5.48xlarge"]


@pytest.fixture(scope="module")
def policy() -> Policy:
    (block,) = (
        each
        for each in blocks(ROOT / "docs" / "recipes.md", "python")
        if "SERVICE_CONTROL_POLICY" in each.text
    )
    stack = make_stack(cdk.App(context=CONTEXT), "Stack")
    exec(block.text, {"cdk": cdk, "hp": hp, "stack": stack})  # noqa: S102
    (resource,) = resources_of(stack, "AWS::Organizations::Policy").values()
    return identity_policy(resource["Properties"]["Content"], "service control policy")


def is_denied(policy: Policy, action: str, **context: list[str]) -> bool:
    keys: dict[str, Any] = {f"sagemaker:{name}": tuple(each) for name, each in context.items()}
    known = {name.lower(): value for name, value in keys.items()}
    return any(statement.applies(action, "*", known) for statement in policy)


@pytest.mark.parametrize(
    ("subnets", "types", "denied"),
    [
        (SUBNETS, TYPES, False),
        (OTHER_SUBNETS, TYPES, True),
        ([*SUBNETS, *OTHER_SUBNETS], TYPES, True),
        (SUBNETS, OTHER_TYPES, True),
        (SUBNETS, [*TYPES, *OTHER_TYPES], True),
    ],
)
def test_clusters_in_known_subnets_with_known_types_can_be_created(
    policy: Policy, subnets: list[str], types: list[str], denied: bool
) -> None:
    found = is_denied(policy, "sagemaker:CreateCluster", VpcSubnets=subnets, InstanceTypes=types)

    assert found == denied


def test_an_update_without_these_keys_is_not_denied(policy: Policy) -> None:
    assert not is_denied(policy, "sagemaker:UpdateCluster")


def test_actions_of_nodes_are_not_denied(policy: Policy) -> None:
    stack = make_stack(cdk.App(context=CONTEXT), "Stack")
    hp.HyperPodCluster(stack, "Cluster", instance_groups=list(GROUPS))
    statements = [
        statement
        for role in resources_of(stack, "AWS::IAM::Role").values()
        for policy_of_role in role["Properties"].get("Policies", ())
        for statement in policy_of_role["PolicyDocument"]["Statement"]
    ]
    actions: set[str] = set()
    for statement in statements:
        given = statement["Action"]
        actions |= {given} if isinstance(given, str) else set(given)

    assert "ec2:CreateNetworkInterface" in actions
    assert [action for action in sorted(actions) if is_denied(policy, action)] == []
