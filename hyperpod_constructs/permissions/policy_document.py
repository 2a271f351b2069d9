"""Documents of IAM policies, and the quota of their size.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

MANAGED_POLICY_SIZE = 6144
"""Characters of a managed policy; IAM does not count white space."""


class Statement(NamedTuple):
    """A statement of a policy.

    Attributes:
        sid: ID of the statement, if any.
        actions: Actions, with their service.
        resources: ARNs of the resources, or `*` for actions that cannot be limited.
        conditions: Condition keys and values, by operator.
        effect: `Allow` or `Deny`.
        excludes_resources: Whether the statement is for all resources but those.
    """

    sid: str
    actions: Sequence[str]
    resources: Sequence[str]
    conditions: Mapping[str, Mapping[str, object]] = {}
    effect: str = "Allow"
    excludes_resources: bool = False

    def to_json(self) -> dict[str, Any]:
        """The statement as IAM spells it."""
        found = {
            **({"Sid": self.sid} if self.sid else {}),
            "Effect": self.effect,
            "Action": sorted(self.actions),
            "NotResource" if self.excludes_resources else "Resource": list(self.resources),
        }
        return {**found, "Condition": self.conditions} if self.conditions else found


def document(statements: Iterable[Statement]) -> dict[str, Any]:
    """The document of a policy."""
    return {
        "Version": "2012-10-17",
        "Statement": [statement.to_json() for statement in statements],
    }


def size_of(statements: Iterable[Statement], longest: Callable[[str], str] = str) -> int:
    """Size of a policy, as IAM counts it.

    Args:
        statements: Statements of the policy.
        longest: Replaces values that are known at deployment only with the longest possible ones.
    """
    text = longest(json.dumps(document(statements)))
    return sum(not character.isspace() for character in text)


def split(
    statements: Iterable[Statement], longest: Callable[[str], str] = str
) -> list[list[Statement]]:
    """Parts of a policy, each within the quota, with statements in the same order.

    A statement that exceeds the quota alone is repeated for parts of its resources.

    Args:
        statements: Statements of the policy.
        longest: As for `size_of`.
    """
    parts: list[list[Statement]] = [[]]
    for statement in statements:
        for piece in _pieces(statement, longest):
            if parts[-1] and size_of([*parts[-1], piece], longest) > MANAGED_POLICY_SIZE:
                parts.append([])
            parts[-1].append(piece)
    return parts


def _pieces(statement: Statement, longest: Callable[[str], str]) -> list[Statement]:
    is_one = len(statement.resources) == 1 or statement.excludes_resources
    if is_one or size_of([statement], longest) <= MANAGED_POLICY_SIZE:
        return [statement]
    middle = len(statement.resources) // 2
    halves = (statement.resources[:middle], statement.resources[middle:])
    pieces = [
        piece for half in halves for piece in _pieces(statement._replace(resources=half), longest)
    ]
    return [
        piece._replace(sid=f"{statement.sid}{number or ''}") for number, piece in enumerate(pieces)
    ]
