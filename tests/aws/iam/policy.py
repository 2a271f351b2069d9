"""Policies: their statements, and what is malformed in them.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.aws.front.errors import ServiceError

from .conditions import Condition
from .patterns import Context, matches, text
from .principals import Match, Principal, Principals, principals

VERSION = "2012-10-17"
VERSIONS = ("2008-10-17", VERSION)
ELEMENTS = ("Version", "Id", "Statement")
STATEMENT_ELEMENTS = (
    *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction"),
    *("Resource", "NotResource", "Condition"),
)


class MalformedPolicyError(ServiceError):
    """A policy that IAM refuses."""

    def __init__(self, name: str, problems: list[str]) -> None:
        super().__init__("MalformedPolicyDocument", f"{name}: {'; '.join(problems)}")


@dataclass(frozen=True)
class Patterns:
    """The actions or resources of a statement, or all but those."""

    values: tuple[str, ...]
    excluded: bool = False

    def cover(self, value: str, variables: Context | None, *, ignore_case: bool = False) -> bool:
        """Whether a value is among them."""
        among = any(
            matches(pattern, value, variables, ignore_case=ignore_case) for pattern in self.values
        )
        return among is not self.excluded


@dataclass(frozen=True)
class Statement:
    """A statement of a policy.

    Attributes:
        effect: `Allow` or `Deny`.
        actions: What it is about.
        resources: On what; None means the resource that the policy is attached to.
        principals: Whom; None in identity-based policies.
        conditions: When.
        has_variables: Whether the version of the policy has variables.
    """

    effect: str
    actions: Patterns
    resources: Patterns | None
    principals: Principals | None
    conditions: tuple[Condition, ...]
    has_variables: bool

    def applies(self, action: str, resource: str, context: Context) -> bool:
        """Whether it is about a request, whoever makes it."""
        variables = context if self.has_variables else None
        return (
            self.actions.cover(action, None, ignore_case=True)
            and (self.resources is None or self.resources.cover(resource, variables))
            and all(condition.holds(context, variables) for condition in self.conditions)
        )

    def match(self, principal: Principal, *, bounded: bool) -> Match:
        """How it names a principal; in identity-based policies, it has the policy."""
        if self.principals is None:
            return Match.DIRECT
        return self.principals.match(principal, bounded=bounded)


Policy = tuple[Statement, ...]


def identity_policy(document: Mapping[str, Any], name: str) -> Policy:
    """Reads a policy of a user or role, a permissions boundary or a session policy.

    Raises:
        MalformedPolicyError: If IAM refuses it.
    """
    return _policy(document, name, {"Action", "Resource"}, {"Principal"})


def resource_policy(document: Mapping[str, Any], name: str) -> Policy:
    """Reads the policy of a resource, such as a bucket, a key or, for its trust, a role.

    Raises:
        MalformedPolicyError: If the service refuses it.
    """
    return _policy(document, name, {"Action", "Principal"}, set())


def _policy(
    document: Mapping[str, Any], name: str, required: set[str], unsupported: set[str]
) -> Policy:
    version = document.get("Version", VERSIONS[0])
    items = _listed(document.get("Statement", []))
    problems = [f"unknown element {key!r}" for key in document if key not in ELEMENTS]
    if version not in VERSIONS:
        problems.append(f"Version must be one of {', '.join(VERSIONS)}, not {version!r}")
    if not items:
        problems.append("Statement is missing")
    statements = []
    for number, item in enumerate(items, 1):
        wrong = list(_shape_problems(item, required, unsupported))
        if not wrong:
            statement = _statement(item, version == VERSION)
            wrong = list(_value_problems(statement))
            statements.append(statement)
        sid = f" ({item['Sid']})" if isinstance(item, Mapping) and "Sid" in item else ""
        problems += [f"statement {number}{sid}: {problem}" for problem in wrong]
    if problems:
        raise MalformedPolicyError(name, problems)
    return tuple(statements)


def _shape_problems(item: Any, required: set[str], unsupported: set[str]) -> Iterator[str]:
    if not isinstance(item, Mapping):
        yield f"must be an object, not {item!r}"
        return
    yield from (f"unknown element {key!r}" for key in item if key not in STATEMENT_ELEMENTS)
    if item.get("Effect") not in {"Allow", "Deny"}:
        yield f"Effect must be Allow or Deny, not {item.get('Effect')!r}"
    for element in ("Action", "Resource", "Principal"):
        present = [key for key in (element, f"Not{element}") if key in item]
        if len(present) > 1:
            yield f"{element} and Not{element} exclude each other"
        if not present and element in required:
            yield f"{element} or Not{element} is required"
        if present and element in unsupported:
            yield f"{present[0]} is not for policies of users and roles"
    if "NotPrincipal" in item and item.get("Effect") == "Allow":
        yield "NotPrincipal is for Deny alone"
    yield from _type_problems(item)


def _type_problems(item: Mapping[str, Any]) -> Iterator[str]:
    for element in ("Principal", "NotPrincipal"):
        if element in item and item[element] != "*" and not isinstance(item[element], Mapping):
            yield f"{element} must be '*' or an object, not {item[element]!r}"
    for element in ("Action", "NotAction", "Resource", "NotResource"):
        if not all(isinstance(value, str) for value in _listed(item.get(element, []))):
            yield f"{element} must be text, not {item[element]!r}"
    blocks = item.get("Condition", {})
    if not isinstance(blocks, Mapping) or not all(
        isinstance(block, Mapping) for block in blocks.values()
    ):
        yield f"Condition must hold operators with keys, not {blocks!r}"


def _value_problems(statement: Statement) -> Iterator[str]:
    for action in statement.actions.values:
        if action != "*" and ":" not in action:
            yield f"action {action!r} has no service"
    if statement.principals is not None:
        yield from statement.principals.problems()
    for condition in statement.conditions:
        yield from condition.problems()


def _statement(item: Mapping[str, Any], has_variables: bool) -> Statement:
    actions = _patterns(item, "Action")
    named = [key for key in ("Principal", "NotPrincipal") if key in item]
    assert actions is not None
    return Statement(
        item["Effect"],
        actions,
        _patterns(item, "Resource"),
        principals(item[named[0]], excluded=named[0] != "Principal") if named else None,
        tuple(
            Condition(operator, key, tuple(text(value) for value in _listed(values)))
            for operator, block in item.get("Condition", {}).items()
            for key, values in block.items()
        ),
        has_variables,
    )


def _patterns(item: Mapping[str, Any], element: str) -> Patterns | None:
    for key, excluded in ((element, False), (f"Not{element}", True)):
        if key in item:
            return Patterns(tuple(_listed(item[key])), excluded)
    return None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
