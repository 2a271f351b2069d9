"""Statements of policies, and what they allow.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .conditions import Condition
from .patterns import Context, matches, request_context, text

VERSION = "2012-10-17"
VERSIONS = ("2008-10-17", VERSION)
ELEMENTS = ("Version", "Id", "Statement")
STATEMENT_ELEMENTS = (
    *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction"),
    *("Resource", "NotResource", "Condition"),
)
_Item = Mapping[str, Any]


class MalformedPolicyError(ValueError):
    """Raised for a policy that IAM rejects."""

    def __init__(self, name: str, problems: list[str]) -> None:
        super().__init__(f"{name}: {'; '.join(problems)}")


@dataclass(frozen=True)
class Patterns:
    """The actions or resources of a statement, or all except those."""

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
        actions: Actions of the statement.
        resources: Resources of the statement; None for the resource that has the policy.
        conditions: Conditions of the statement.
        has_variables: Whether the version of the policy supports variables.
    """

    effect: str
    actions: Patterns
    resources: Patterns | None
    conditions: tuple[Condition, ...]
    has_variables: bool

    def applies(self, action: str, resource: str, context: Context) -> bool:
        """Whether the statement applies to a request, regardless of the principal."""
        variables = context if self.has_variables else None
        return (
            self.actions.cover(action, None, ignore_case=True)
            and (self.resources is None or self.resources.cover(resource, variables))
            and all(condition.holds(context, variables) for condition in self.conditions)
        )


def identity_statements(document: _Item, name: str) -> tuple[Statement, ...]:
    """Reads an identity-based policy, a permissions boundary or a session policy.

    Args:
        document: Policy document.
        name: Name of the policy in messages.

    Raises:
        MalformedPolicyError: If IAM rejects the policy.
    """
    read = read_statements(
        document, name, required={"Action", "Resource"}, unsupported={"Principal"}
    )
    return tuple(statement for _, statement in read)


def is_allowed(
    statements: Iterable[_Item], action: str, resource: str, context: Mapping[str, Any]
) -> bool:
    """Whether statements of identity-based policies allow a request.

    Args:
        statements: Statements of all policies.
        action: Action, such as `s3:GetObject`.
        resource: ARN of the resource, or `*`.
        context: Condition keys of the request with their values; lists are multivalued.

    Raises:
        MalformedPolicyError: If IAM rejects a statement.
    """
    document = {"Version": VERSION, "Statement": list(statements)}
    known = request_context(context)
    effects = {
        each.effect
        for each in identity_statements(document, "policy")
        if each.applies(action, resource, known)
    }
    return effects == {"Allow"}


def _no_problems(_item: _Item) -> Iterable[str]:
    return ()


def read_statements(
    document: _Item,
    name: str,
    *,
    required: set[str],
    unsupported: set[str],
    problems_of: Callable[[_Item], Iterable[str]] = _no_problems,
) -> list[tuple[_Item, Statement]]:
    """Reads the statements of a policy.

    Args:
        document: Policy document.
        name: Name of the policy in messages.
        required: Elements that each statement requires.
        unsupported: Elements that the kind of the policy does not support.
        problems_of: Returns more problems of a well-formed statement.

    Returns:
        Each statement, as written and as read.

    Raises:
        MalformedPolicyError: If IAM rejects the policy.
    """
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
            statement = _statement(item, has_variables=version == VERSION)
            wrong = list(_value_problems(statement, problems_of(item)))
            statements.append((item, statement))
        sid = f" ({item['Sid']})" if isinstance(item, Mapping) and "Sid" in item else ""
        problems += [f"statement {number}{sid}: {problem}" for problem in wrong]
    if problems:
        raise MalformedPolicyError(name, problems)
    return statements


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


def _value_problems(statement: Statement, others: Iterable[str]) -> Iterator[str]:
    for action in statement.actions.values:
        if action != "*" and ":" not in action:
            yield f"action {action!r} has no service"
    yield from others
    for condition in statement.conditions:
        yield from condition.problems()


def _statement(item: _Item, *, has_variables: bool) -> Statement:
    actions = _patterns(item, "Action")
    return Statement(
        item["Effect"],
        Patterns(()) if actions is None else actions,
        _patterns(item, "Resource"),
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
