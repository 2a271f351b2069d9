"""SageMaker AI must be able to assume the roles of nodes, which require certain permissions.

Roles with managed policies that are not known here are not checked for permissions.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from aws_cdk import aws_iam as iam

from hyperpod_constructs.cdk.construct_tree import node_of, path_of, stack_of
from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.problem import Problem, Severity

from .arguments import ClusterArguments
from .shared_roles import shared_role_problems

_SERVICE = "sagemaker.amazonaws.com"
_MANAGED_POLICY = "AmazonSageMakerClusterInstanceRolePolicy"
_MANAGED_ACTIONS = ("logs:PutLogEvents", "ssmmessages:OpenControlChannel", "s3:GetObject")
_NODE_ACTIONS = (*_MANAGED_ACTIONS, "ec2:CreateNetworkInterface", "ec2:DescribeSubnets")


def node_role_problems(
    arguments: ClusterArguments,
    groups: Sequence[InstanceGroup],
    roles_by_type: Mapping[str, iam.IRole],
) -> Iterator[Problem]:
    """Warnings about the roles of nodes.

    Args:
        arguments: Arguments of the cluster.
        groups: The instance groups, with their own roles.
        roles_by_type: Roles of the other groups, created or specified, by node type.
    """
    specified: dict[str, Any] = {"execution_role": arguments.execution_role}
    for index, group in enumerate(groups):
        specified[f"instance_groups[{index}].execution_role"] = group.execution_role
    for path, role in specified.items():
        if isinstance(role, iam.Role):
            yield from _role_problems(path, role, arguments.scripts is not None)
    created = {f"execution_roles[{str(name)!r}]": role for name, role in roles_by_type.items()}
    known = {path: role for path, role in specified.items() if role is not None}
    yield from shared_role_problems({**created, **known}, arguments.orchestrator)


def _role_problems(path: str, role: iam.Role, uses_s3: bool) -> Iterator[Problem]:
    stack = stack_of(role)
    document = role.assume_role_policy
    trusted = stack.resolve(document.to_json()) if document is not None else {}
    if not any(_trusts_sagemaker(each) for each in trusted.get("Statement", ())):
        yield Problem(
            code="RoleTrust",
            path=path,
            value=path_of(role),
            message=f"must trust {_SERVICE}, which assumes the role for the nodes",
            fix=f"create it with iam.ServicePrincipal({_SERVICE!r}), or use ExecutionRole",
            severity=Severity.WARNING,
        )
    allowed = _allowed_actions(role)
    if allowed is None:
        return
    needed = [each for each in _NODE_ACTIONS if uses_s3 or not each.startswith("s3:")]
    missing = [
        action
        for action in needed
        if not any(fnmatchcase(action.lower(), pattern.lower()) for pattern in allowed)
    ]
    if missing:
        yield Problem(
            code="RoleActions",
            path=path,
            value=path_of(role),
            message=f"does not allow {', '.join(missing)}, which nodes require",
            fix="add the permissions, or use ExecutionRole",
            severity=Severity.WARNING,
        )


def _trusts_sagemaker(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal", {})
    services = principal.get("Service", ()) if isinstance(principal, Mapping) else principal
    return statement.get("Effect") == "Allow" and _SERVICE in _texts(services)


def _allowed_actions(role: iam.Role) -> set[str] | None:
    """The actions that the policies of a role allow, with wildcards; none if one is not known."""
    stack = stack_of(role)
    resource = node_of(role).default_child
    if not isinstance(resource, iam.CfnRole):
        return None
    managed = stack.resolve(resource.managed_policy_arns) or []
    if any(_MANAGED_POLICY not in str(arn) for arn in managed):
        return None
    inline = stack.resolve(resource.policies) or []
    documents = [each.get("policyDocument", {}) for each in inline]
    documents += [
        stack.resolve(child.document.to_json())
        for child in role.node.children
        if isinstance(child, iam.Policy)
    ]
    actions = {
        action
        for document in documents
        for statement in document.get("Statement", ())
        if statement.get("Effect") == "Allow"
        for action in _texts(statement.get("Action", ()))
    }
    if managed:
        actions |= {*_MANAGED_ACTIONS}
    return actions


def _texts(value: str | Iterable[str]) -> list[str]:
    return [value] if isinstance(value, str) else [each for each in value if isinstance(each, str)]
