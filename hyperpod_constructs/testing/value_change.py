"""A property with another value in an update."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_LONGEST = 200
_LOOKUP_VALUE = r'"(?:[ps]-(?:12345|67890)|sg-12345678)"'
"""Subnets and security groups that CDK uses until it has looked them up.

Source: https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/aws-ec2/lib/vpc.ts
"""


@dataclass(frozen=True)
class ValueChange:
    """The change of a value; None where there is none.

    Attributes:
        path: Path of the property.
        before: Value before the update.
        after: Value after the update.
    """

    path: str
    before: Any
    after: Any

    @property
    def narrowed(self) -> "ValueChange":
        """The change of the only key that differs in two objects, or the change itself."""
        if not isinstance(self.before, Mapping) or not isinstance(self.after, Mapping):
            return self
        inner = [
            ValueChange(f"{self.path}.{key}", self.before.get(key), self.after.get(key))
            for key in {**self.before, **self.after}
            if self.before.get(key) != self.after.get(key)
        ]
        return inner[0].narrowed if len(inner) == 1 else self

    @property
    def values(self) -> str:
        """Both values as JSON, with a hint for a value of a lookup."""
        texts = [_json(each) for each in (self.before, self.after)]
        placeholder = re.search(_LOOKUP_VALUE, " ".join(texts))
        before, after = map(_short, texts)
        hint = (
            f" ({placeholder[0]} is a placeholder of a lookup, since the app does not have the "
            "context of cdk.context.json)"
            if placeholder
            else ""
        )
        return f"from {before} to {after}{hint}"


def _json(value: Any) -> str:
    return "no value" if value is None else json.dumps(value)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
