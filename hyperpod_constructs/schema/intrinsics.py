"""The intrinsic functions of CloudFormation: their values, if they are known before deployment.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from hyperpod_constructs.model.value_class import value_class

UNKNOWN_NUMBER = -1.8881545897087626e289
"""Represents a number known only at deployment."""

ABSENT: Any = object()
"""What `AWS::NoValue` is: a key or entry that is not there."""

SUBSTITUTION = r"\$\{(!?)([^}]*)\}"
"""A variable in the text of `Fn::Sub`, or with `!` the text itself."""


@value_class(frozen=True, slots=True)
class Unknown:
    """A value known only at deployment; equal functions have equal texts.

    Attributes:
        function: The intrinsic function, as JSON.
    """

    function: str

    @property
    def text(self) -> str:
        """Its representation where a text is required."""
        return f"${{Token[{self.function}]}}"


def is_intrinsic(value: Mapping[Any, Any]) -> bool:
    """Whether an object is a function, or has one that adds to it."""
    if len(value) == 1 and "Ref" in value:
        return isinstance(value["Ref"], str)
    return any(isinstance(key, str) and key.startswith("Fn::") for key in value)


def resolve(value: Any) -> Any:
    """The value, the result of its function, `ABSENT` or an `Unknown`."""
    if isinstance(value, str | int | list) or not isinstance(value, Mapping):
        return value
    if not is_intrinsic(value):
        return value
    result = _result(*next(iter(value.items()))) if len(value) == 1 else None
    return _unknown(value) if result is None else result


def _result(name: str, argument: Any) -> Any:
    """The result of a function; none if it is known only at deployment."""
    match name, argument:
        case "Ref", "AWS::NoValue":
            return ABSENT
        case "Fn::If", [_, first, second]:
            chosen, other = resolve(first), resolve(second)
            is_same = chosen is other or chosen == other
            return chosen if is_same and not isinstance(chosen, list | Mapping) else None
        case "Fn::Join", [str(separator), list(parts)]:
            texts = [resolve(part) for part in parts]
            return separator.join(texts) if _are_texts(texts) else None
        case "Fn::Sub", str(text):
            return _substituted(text, {})
        case "Fn::Sub", [str(text), dict(variables)]:
            return _substituted(text, variables)
        case _:
            return None


def _substituted(text: str, variables: Mapping[str, Any]) -> str | None:
    known = {name: resolve(value) for name, value in variables.items()}
    names = [name for escape, name in re.findall(SUBSTITUTION, text) if not escape]
    if not _are_texts(known.get(name) for name in names):
        return None
    return re.sub(
        SUBSTITUTION, lambda match: f"${{{match[2]}}}" if match[1] else known[match[2]], text
    )


def _are_texts(values: Iterable[Any]) -> bool:
    return all(isinstance(value, str) for value in values)


def _unknown(value: Mapping[Any, Any]) -> Unknown:
    try:
        return Unknown(json.dumps(value, sort_keys=True))
    except (TypeError, ValueError):
        return Unknown("unreadable")
