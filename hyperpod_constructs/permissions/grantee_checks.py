"""Who can be granted access to a cluster.

HyperPod has no resource-based policies: only the IAM policies of a grantee in the same account can
allow its operations.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

from aws_cdk import aws_iam as iam
from constructs import IConstruct

from hyperpod_constructs.cdk.construct_tree import (
    environment_of,
    in_other_stage,
    known_partition,
    node_of,
    path_of,
    stack_of,
)
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.tokens import is_unresolved

from .granted_cluster import GrantedCluster

_ADAPTERS = (iam.PrincipalWithConditions, iam.SessionTagsPrincipal)
_KINDS = ("role", "user", "group")
_OF_AWS = {
    "aws-service-role": (
        "is a service-linked role, whose policies only its service changes",
        "pass a role of your own",
    ),
    "aws-reserved": (
        "is a role of IAM Identity Center, whose policies only a permission set changes",
        "add policies of HyperPodPolicies to the permission set",
    ),
}


def grantee_problems(cluster: GrantedCluster, grantee: iam.IGrantable) -> Iterator[Problem]:
    """Why a grantee cannot be granted access, if so."""
    if cluster.requires_roles and _is_of_nodes(cluster, grantee):
        yield _of_nodes(grantee)
        return
    principal = grantee.grant_principal
    construct = principal_construct(grantee)
    kind = type(principal).__name__
    if isinstance(principal, iam.UnknownPrincipal):
        message = "is an imported resource whose role is unknown"
        yield _not_grantable(kind, message, "import it with its role, or pass the role")
    elif isinstance(principal, _ADAPTERS):
        message = (
            "has conditions or tags of trust policies, which the policies of a role cannot have"
        )
        yield _not_grantable(kind, message, "pass the role itself")
    else:
        others = [*_account_problems(cluster, principal), *_arn_problems(cluster, principal)]
        if construct is not None:
            others += [*_stage_problems(cluster, construct), *_stack_problems(cluster, construct)]
        yield from others
        if not others and construct is not None and _is_immutable(construct):
            message = "is not changed by CDK, so that nothing would be granted"
            fix = (
                "import it without mutable=False, or pass the role without without_policy_updates()"
            )
            yield _not_grantable(path_of(construct), message, fix)


def without_policies(path: str, grantee: object) -> Problem:
    """What has no IAM policies, such as a service principal."""
    found = _not_grantable(
        type(grantee).__name__,
        "has no IAM policies, and HyperPod has no resource-based policies",
        "pass a role or a user of the account of the cluster",
    )
    return replace(found, path=path)


def principal_construct(grantee: iam.IGrantable) -> IConstruct | None:
    """The role, user or group of a grantee, if it is a construct."""
    principal = grantee.grant_principal
    if hasattr(principal, "node") and kind_of(principal) is not None:
        return cast("IConstruct", principal)
    return None


def kind_of(principal: object) -> str | None:
    """Whether a principal is a role, a user or a group."""
    return next((kind for kind in _KINDS if hasattr(principal, f"{kind}_arn")), None)


def _not_grantable(value: str, message: str, fix: str) -> Problem:
    """The grantee must be a user, a group or a role whose IAM policies the app can change.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html
    """
    return Problem(code="Grantee", path="grantee", value=value, message=message, fix=fix)


def _is_of_nodes(cluster: GrantedCluster, grantee: Any) -> bool:
    roles = () if cluster.execution_roles is None else cluster.execution_roles()
    if getattr(grantee, "role_arn", None) in roles:
        return True
    own = path_of(cluster.scope)
    return hasattr(grantee, "node") and f"{path_of(grantee)}/".startswith(f"{own}/")


def _of_nodes(nodes: Any) -> Problem:
    """The cluster is created after the policies of its nodes, which cannot have its ARN.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html
    """
    return Problem(
        code="GranteeOfNodes",
        path="grantee",
        value=path_of(nodes),
        message="is of the nodes of the cluster, which is created after their policies",
        fix="grant by tag, TaggedClusterGrants.from_tag(...), and tag the cluster",
    )


def _is_immutable(principal: IConstruct) -> bool:
    """Whether CDK does not change a role: one of `mutable=False` or `without_policy_updates()`.

    CDK keeps the mutable role in the same scope, with a prefix in its ID.
    """
    if isinstance(principal, iam.Role) or not hasattr(principal, "role_arn"):
        return False
    scope, id_ = node_of(principal).scope, node_of(principal).id
    if scope is None:
        return False
    _, is_immutable, role_id = id_.rpartition("ImmutableRole")
    beside = node_of(scope).try_find_child
    return beside(f"MutableRole{id_}") is not None or bool(
        is_immutable and role_id and isinstance(beside(role_id), iam.Role)
    )


def _arn_problems(cluster: GrantedCluster, principal: object) -> Iterator[Problem]:
    """An imported grantee has an ARN of its kind, in the partition of the cluster."""
    kind = kind_of(principal)
    arn = None if kind is None else getattr(principal, f"{kind}_arn")
    if not isinstance(arn, str) or is_unresolved(arn):
        return
    parts = re.fullmatch(r"arn:([^:]+):(iam|sts):[^:]*:[^:]*:([^/]+)/(?:([^/]+)/)?.+", arn)
    if parts is None or parts[3] != kind:
        actual = parts[3] if parts is not None and parts[3] in _KINDS else None
        yield _not_grantable(
            arn,
            f"is not the ARN of a {kind}",
            f"use iam.{actual.capitalize()}.from_{actual}_arn(...)"
            if actual
            else f"use an ARN such as 'arn:aws:iam::111122223333:{kind}/name'",
        )
    elif kind == "role" and parts[4] in _OF_AWS:
        yield _not_grantable(arn, *_OF_AWS[parts[4]])
    else:
        own = known_partition(cluster.environment)
        if not is_unresolved(own) and parts[1] != own:
            yield Problem(
                code="OtherPartition",
                path="grantee",
                value=arn,
                message=f"is in another partition than the cluster, {own}",
                fix=f"use a {kind} of the account of the cluster",
            )


def _stage_problems(cluster: GrantedCluster, principal: IConstruct) -> Iterator[Problem]:
    """The grantee must be in the stage of the cluster, since stages cannot reference one another.

    Source: https://docs.aws.amazon.com/cdk/v2/guide/stages.html
    """
    if in_other_stage(cluster.scope, principal):
        yield Problem(
            code="GranteeStage",
            path="grantee",
            value=path_of(principal),
            message="is in another stage than the cluster",
            fix="import the role by its ARN, iam.Role.from_role_arn(...), in the stage of the "
            "cluster, or grant by tag, TaggedClusterGrants.from_tag(...), in the stage of the role",
        )


def _stack_problems(cluster: GrantedCluster, principal: IConstruct) -> Iterator[Problem]:
    """Stacks that reference one another both have an environment, or neither has.

    Source: https://docs.aws.amazon.com/cdk/v2/guide/environments.html
    """
    own, other = stack_of(cluster.scope), stack_of(principal)
    if own is other or not cluster.is_reference:
        return
    here, there = environment_of(own).region, environment_of(other).region
    if is_unresolved(here) != is_unresolved(there):
        yield Problem(
            code="GranteeEnvironment",
            path="grantee",
            value=path_of(principal),
            message=f"is in a stack without a Region, and the cluster is in {here}"
            if is_unresolved(there)
            else f"is in {there}, and the stack of the cluster has no Region",
            fix="pass env= to both stacks",
        )


def _account_problems(cluster: GrantedCluster, principal: object) -> Iterator[Problem]:
    """The grantee must be in the account of the cluster, since clusters have no policies.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
    """
    account, own = getattr(principal, "principal_account", None), cluster.environment.account
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
