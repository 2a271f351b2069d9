"""Documents of IAM policies, and the quota of their size.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

import json
from collections.abc import Iterable, Mapping, Sequence
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


def size_of(statements: Iterable[Statement]) -> int:
    """Size of a policy, as IAM counts it."""
    return sum(not character.isspace() for character in json.dumps(document(statements)))


def split(statements: Iterable[Statement]) -> list[list[Statement]]:
    """Parts of a policy, each within the quota, with whole statements in the same order."""
    parts: list[list[Statement]] = [[]]
    for statement in statements:
        if parts[-1] and size_of([*parts[-1], statement]) > MANAGED_POLICY_SIZE:
            parts.append([])
        parts[-1].append(statement)
    return parts
