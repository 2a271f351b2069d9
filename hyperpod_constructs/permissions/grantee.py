"""Who is granted access to a cluster, and the stack of the policy.

HyperPod has no resource-based policies: only the IAM policies of a grantee in the same account can
allow its operations.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct

from hyperpod_constructs.cdk.construct_tree import node_of, path_of, stack_of
from hyperpod_constructs.cdk.object_checks import GRANTEE, check, required
from hyperpod_constructs.model.problem import Problem, ValidationError
from hyperpod_constructs.model.tokens import is_unresolved

from .policy_document import Statement


def grant(
    scope: IConstruct,
    grantee: iam.IGrantable,
    statements: Iterable[Statement],
    *,
    account: str,
    stacks_before: Callable[[], Iterable[cdk.Stack]],
) -> iam.Grant:
    """Adds statements to the policy of a grantee.

    The policy is in the stack of the grantee, which then depends on the stack of the cluster. If the
    stack of the cluster depends on that of the grantee, the policy is in the stack of the cluster.

    Args:
        scope: Construct whose stack has the resources.
        grantee: Role or user.
        statements: What it is allowed, and what it is denied.
        account: Account of the resources.
        stacks_before: Returns the stacks that the stack of the scope depends on.

    Raises:
        ValidationError: `ArgumentType`, `Grantee`, `GranteeAccount`, `GranteeStage`.
    """
    check([*required("grantee", grantee, GRANTEE)])
    check([*_stage_problems(scope, grantee), *_account_problems(account, grantee)])
    receiver = _receiver(scope, grantee, stacks_before)
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
            raise _without_policies(grantee)
        granted = one if granted is None else granted.combine(one)
    for each in others:
        statement = iam.PolicyStatement.from_json(each._replace(sid="").to_json())
        receiver.grant_principal.add_to_principal_policy(statement)
    return cast("iam.Grant", granted)


def _without_policies(grantee: object) -> ValidationError:
    """The grantee must be a user, a group or a role, which have IAM policies.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html
    """
    return ValidationError(
        [
            Problem(
                code="Grantee",
                path="grantee",
                value=type(grantee).__name__,
                message="has no IAM policies, and HyperPod has no resource-based policies",
                fix="pass a role or a user of the account of the cluster",
            )
        ]
    )


def _stage_problems(scope: IConstruct, grantee: iam.IGrantable) -> Iterator[Problem]:
    """The grantee must be in the stage of the cluster, since stages cannot reference one another.

    Source: https://docs.aws.amazon.com/cdk/v2/guide/stages.html
    """
    principal = _construct_of(grantee)
    if principal is None or stack_of(principal) is stack_of(scope):
        return
    stages = [cdk.Stage.of(stack_of(each)) for each in (scope, principal)]
    own, others = (None if stage is None else stage.node.addr for stage in stages)
    if own != others:
        yield Problem(
            code="GranteeStage",
            path="grantee",
            value=path_of(principal),
            message="is in another stage than the cluster",
            fix="import the role by its ARN, iam.Role.from_role_arn(...), in the stage of the "
            "cluster, or grant by tag, TaggedClusterGrants.from_tag(...), in the stage of the role",
        )


def _account_problems(own: str, grantee: iam.IGrantable) -> Iterator[Problem]:
    """The grantee must be in the account of the cluster, since clusters have no policies.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
    """
    account = grantee.grant_principal.principal_account
    if account is None or is_unresolved(account) or is_unresolved(own) or account == own:
        return
    yield Problem(
        code="GranteeAccount",
        path="grantee",
        value=account,
        message=f"is not the account of the cluster, {own}, and policies cannot allow access from it",
        fix="create a role in the account of the cluster that the other account can assume, and "
        "grant that role",
    )


def _receiver(
    scope: IConstruct,
    grantee: iam.IGrantable,
    stacks_before: Callable[[], Iterable[cdk.Stack]],
) -> iam.IGrantable:
    """The grantee, or a policy in the stack of the scope that is attached to it."""
    principal = _construct_of(grantee)
    if principal is None:
        return grantee
    own, others = stack_of(scope), stack_of(principal)
    if others is own:
        return grantee
    if others.node.addr not in {stack.node.addr for stack in _with_dependencies(stacks_before())}:
        return grantee
    policy_id = f"Grants{node_of(principal).addr}"
    known = node_of(scope).try_find_child(policy_id)
    if known is not None:
        return cast("iam.Policy", known)
    policy = iam.Policy(cast("Construct", scope), policy_id)
    if hasattr(principal, "role_arn"):
        policy.attach_to_role(cast("iam.IRole", principal))
    else:
        policy.attach_to_user(cast("iam.IUser", principal))
    return policy


def _with_dependencies(stacks: Iterable[cdk.Stack]) -> Iterator[cdk.Stack]:
    for stack in stacks:
        yield stack
        yield from _with_dependencies(stack.dependencies)


def _construct_of(grantee: iam.IGrantable) -> IConstruct | None:
    """The role or user of a grantee, if it is a construct."""
    principal = grantee.grant_principal
    if hasattr(principal, "node") and (
        hasattr(principal, "role_arn") or hasattr(principal, "user_arn")
    ):
        return cast("IConstruct", principal)
    return None
