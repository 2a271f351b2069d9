"""Adds statements to the policy of a grantee, in the stack that can reference both.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html
"""

from collections.abc import Iterable, Iterator
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from hyperpod_constructs.cdk.construct_tree import node_of, stack_of
from hyperpod_constructs.cdk.object_checks import GRANTEE, check, required
from hyperpod_constructs.model.problem import ValidationError

from .granted_cluster import GrantedCluster
from .grantee_checks import grantee_problems, kind_of, principal_construct, without_policies
from .policy_document import Statement


def grant(
    cluster: GrantedCluster, grantee: iam.IGrantable, statements: Iterable[Statement]
) -> iam.Grant:
    """Adds statements to the policy of a grantee.

    The policy is in the stack of the grantee, which then depends on the stack of the cluster. If the
    stack of the cluster depends on that of the grantee, the policy is in the stack of the cluster.

    Args:
        cluster: The cluster.
        grantee: Role, user or group.
        statements: What it is allowed, and what it is denied.

    Raises:
        ValidationError: `ArgumentType`, `Grantee`, `GranteeAccount`, `GranteeEnvironment`,
            `GranteeOfNodes`, `GranteeStage`, `OtherPartition`.
    """
    check([*required("grantee", grantee, GRANTEE)])
    check([*grantee_problems(cluster, grantee)])
    receiver = _receiver(cluster, grantee)
    granted: iam.Grant | None = None
    others: list[Statement] = []
    for each in statements:
        if each.effect == "Deny" or each.excludes_resources:
            others.append(each)
            continue
        one = iam.Grant.add_to_principal(
            grantee=receiver,
            actions=list(each.actions),
            resource_arns=list(each.resources),
            conditions=cast("Any", dict(each.conditions)) or None,
        )
        if not one.success:
            raise ValidationError([without_policies("grantee", grantee)])
        granted = one if granted is None else granted.combine(one)
    for each in others:
        statement = iam.PolicyStatement.from_json(each._replace(sid="").to_json())
        receiver.grant_principal.add_to_principal_policy(statement)
    return cast("iam.Grant", granted)


def _receiver(cluster: GrantedCluster, grantee: iam.IGrantable) -> iam.IGrantable:
    """The grantee, or a policy in the stack of the cluster that is attached to it."""
    principal = principal_construct(grantee)
    if principal is None:
        return grantee
    own, others = stack_of(cluster.scope), stack_of(principal)
    if others is own:
        return grantee
    before = {stack.node.addr for stack in _with_dependencies(cluster.stacks_before())}
    if others.node.addr not in before:
        return grantee
    policy_id = f"Grants{node_of(principal).addr}"
    known = node_of(cluster.scope).try_find_child(policy_id)
    if known is not None:
        return cast("iam.Policy", known)
    policy = iam.Policy(cast("Construct", cluster.scope), policy_id)
    getattr(policy, f"attach_to_{kind_of(principal)}")(principal)
    return policy


def _with_dependencies(stacks: Iterable[cdk.Stack]) -> Iterator[cdk.Stack]:
    for stack in stacks:
        yield stack
        yield from _with_dependencies(stack.dependencies)
