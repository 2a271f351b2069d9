"""Execution roles, and what they may do, in words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hyperpod_constructs.checks.role_policies import ROLE, is_of_aws, role_policies
from hyperpod_constructs.checks.template_resources import Resources, UnfollowedError

from .description import GroupDescription, RoleDescription
from .role_words import permissions
from .values import readable


def describe_roles(
    template: Mapping[str, Any] | None, groups: Sequence[GroupDescription]
) -> Iterator[RoleDescription]:
    """The role of each group; groups share roles."""
    resources = Resources(template or {})
    names: dict[str, list[str]] = {}
    for group in groups:
        if group.execution_role:
            names.setdefault(group.execution_role, []).append(group.name)
    for role, own in names.items():
        yield RoleDescription(name=role, groups=tuple(own), may=tuple(_may(resources, role)))


def _may(resources: Resources, role: str) -> Iterator[str]:
    logical_id = role.strip("<>").partition(".")[0]
    try:
        if resources.properties(logical_id, ROLE) is None:
            yield "is not defined in this file"
            return
        policies = role_policies(resources, logical_id)
        for arn in policies.other_arns:
            name = readable(arn).rpartition("/")[2]
            yield f"all that {name} allows" + (", an AWS managed policy" if is_of_aws(arn) else "")
        yield from permissions(list(policies.statements()))
    except UnfollowedError:
        yield "is known only at deployment"
