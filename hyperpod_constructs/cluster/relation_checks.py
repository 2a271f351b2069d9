"""CDK objects in another app, stage or stack than the cluster.

Source: https://docs.aws.amazon.com/cdk/v2/guide/stages.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from hyperpod_constructs.cdk.construct_tree import node_of, path_of, root_of, stack_of
from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.orchestrator import ApiDrivenSlurm
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.slurm.accounting_database import AccountingDatabase

from .arguments import ClusterArguments


def relation_problems(scope: Construct, arguments: ClusterArguments) -> Iterator[Problem]:
    """The problems of CDK objects in another app, stage or stack."""
    return _problems_of(scope, dict(_objects_within("", arguments)), arguments)


def group_relation_problems(
    scope: Construct, path: str, group: InstanceGroup, arguments: ClusterArguments
) -> Iterator[Problem]:
    """As `relation_problems`, for a group that is added."""
    return _problems_of(scope, dict(_objects_within(path, group)), arguments)


def _problems_of(
    scope: Construct, objects: Mapping[str, Any], arguments: ClusterArguments
) -> Iterator[Problem]:
    if not objects:
        return
    of_apps = list(_app_problems(scope, objects))
    yield from of_apps
    if not of_apps:
        yield from _role_stack_problems(scope, objects, arguments)


def _app_problems(scope: Construct, objects: Mapping[str, Any]) -> Iterator[Problem]:
    """Objects must be in the app and the stage of the cluster.

    What is imported in another stage of the app is used by name, unless the cluster depends on it.
    """
    outside = {path: value for path, value in objects.items() if not _is_in_stack_of(scope, value)}
    if not outside:
        return
    stage = cdk.Stage.of(scope)
    distinct = {id(value): value for value in outside.values()}
    stages = {key: cdk.Stage.of(value) for key, value in distinct.items()}
    for path, value in outside.items():
        other = stages[id(value)]
        if other is stage:
            continue
        is_other_app = other is None or root_of(other) is not root_of(scope)
        if is_other_app or path.endswith("role") or node_of(value).default_child is not None:
            yield Problem(
                code="OtherApp",
                path=path,
                value=value,
                message=f"is in another {'app' if is_other_app else 'stage'} than the cluster",
                fix="create or import it in the app and the stage of the cluster",
            )


def _is_in_stack_of(scope: Construct, value: Any) -> bool:
    try:
        return stack_of(value) is stack_of(scope)
    except RuntimeError:  # not in a stack
        return False


def _role_stack_problems(
    scope: Construct, objects: Mapping[str, Any], arguments: ClusterArguments
) -> Iterator[Problem]:
    """A role of another stack cannot be granted access to what is created in the cluster's stack."""
    stack = stack_of(scope)
    granted = _granted_in(stack, arguments)
    if granted is None:
        return
    roles = {
        path: value
        for path, value in objects.items()
        if path.endswith("execution_role") and isinstance(value, iam.Role)
    }
    for path, role in roles.items():
        other = stack_of(role)
        if other is not stack:
            yield Problem(
                code="RoleStack",
                path=path,
                value=path_of(role),
                message=f"is a role of stack {other.stack_name}, whose policy would depend on "
                f"{granted} in stack {stack.stack_name}, which depends on the role",
                fix="create the role in the stack of the cluster, or pass "
                "lifecycle_scripts=LifecycleScripts.default(bucket=...) with a bucket of another "
                "stack"
                if granted == _BUCKET
                else "create the role in the stack of the cluster",
            )


def _granted_in(stack: cdk.Stack, arguments: ClusterArguments) -> str | None:
    """What is created in a stack and granted to all nodes, in words."""
    scripts = arguments.scripts
    if scripts is not None and (scripts.bucket is None or _is_created_in(stack, scripts.bucket)):
        return _BUCKET
    match arguments.orchestrator:
        case ApiDrivenSlurm(accounting_database=AccountingDatabase(secret=secret)) if secret:
            return "the secret of the database" if _is_created_in(stack, secret) else None
    return None


def _is_created_in(stack: cdk.Stack, value: Any) -> bool:
    return stack_of(value) is stack and node_of(value).default_child is not None


def _objects_within(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The constructs within a value of the arguments, by path."""
    if isinstance(value, tuple | list):
        for index, entry in enumerate(value):
            yield from _objects_within(f"{path}[{index}]", entry)
    elif isinstance(value, ec2.SubnetSelection):
        yield from _objects_within(f"{path}.subnets", value.subnets)
    elif is_dataclass(value) and not isinstance(value, type):
        kind: Any = type(value)
        for name, default in _fields_of(kind):
            given = getattr(value, name)
            if given is not default:
                inner = path if name in _UNNAMED else f"{path}.{name}" if path else name
                yield from _objects_within(inner, given)
    elif not isinstance(value, _NO_OBJECTS) and (
        hasattr(type(value), "node") or hasattr(value, "node")
    ):
        yield path, value


_BUCKET = "the bucket of the scripts"
_NO_OBJECTS = (str, int, float, Mapping, type, type(None))
_UNNAMED = ("steps", "mount")


@cache
def _fields_of(kind: Any) -> Sequence[tuple[str, object]]:
    return [(each.name, each.default) for each in fields(kind)]
