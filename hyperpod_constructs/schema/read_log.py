"""Problems and notes of a request, and its values known only at deployment."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

from hyperpod_constructs.model.likely_word import likely_word
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.value_class import value_class

from .moved_keys import new_place

API_MODEL = "botocore 1.44.5"
"""The model of the API whose keys and values are known."""

_NAME = r"\w{1,80}"
_SHOWN = 80
_MOST_SUGGESTIONS = 1000
_SHOWN_ENTRIES = 5
_SHOWN_DEPTH = 2
_LARGEST_SHOWN = 2**63


@value_class(frozen=True, slots=True)
class Location:
    """The location of a value.

    Attributes:
        keys: Its path in the request, such as `InstanceGroups[2].InstanceCount`.
        arguments: The arguments of the model that it becomes, such as `instance_groups[2].count`.
    """

    keys: str = ""
    arguments: Sequence[str] = ("",)

    def below(self, key: Any, arguments: Sequence[str] = ()) -> "Location":
        """The location of a key of this object."""
        text = key if isinstance(key, str) and re.fullmatch(_NAME, key) else f"[{_shown(key)!r}]"
        return Location(
            _joined(self.keys, text),
            [_joined(outer, inner) for outer in self.arguments for inner in arguments]
            if arguments
            else self.arguments,
        )

    def at(self, index: int, position: int | None = None) -> "Location":
        """The location of an entry of this list, whose position in the model may be another."""
        number = index if position is None else position
        return Location(
            f"{self.keys}[{index}]", [f"{argument}[{number}]" for argument in self.arguments]
        )


def _joined(outer: str, inner: str) -> str:
    return f"{outer}.{inner}" if outer and not inner.startswith("[") else f"{outer}{inner}"


@value_class(frozen=True, slots=True)
class ReadLog:
    """What has been found so far.

    Attributes:
        is_template: Whether these are surely properties of a template, which takes numbers as text.
        is_description: Whether this is the output of DescribeCluster, or another one of a cluster
            that exists, with keys that only say how it is.
        problems: Why it is not a request.
        notes: What was read all the same, or is not part of the model.
        unknown: Arguments known only at deployment.
    """

    is_template: bool
    is_description: bool
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def wrong_type(self, location: Location, value: Any, expected: str) -> None:
        """A value of another JSON type."""
        self.problems.append(
            Problem(
                code="RequestType",
                path=location.keys,
                value=_shown(value),
                message=f"is {_type(value)}",
                fix=f"write {expected}",
            )
        )

    def wrong_word(self, location: Location, value: str, words: Iterable[str]) -> None:
        """A string must be a value of the API. A newer API can have more."""
        fix = _suggestion(value, words)
        self.problems.append(
            Problem(
                code="RequestValue",
                path=location.keys,
                value=_shown(value),
                message=f"must be one of {', '.join(words)}",
                fix=fix,
            )
            if fix
            else Problem(
                code="RequestValue",
                path=location.keys,
                value=_shown(value),
                message=f"is not checked, since it is none of the values in {API_MODEL}: "
                f"{', '.join(words)}",
                fix="write one of them, unless the API is newer",
                severity=Severity.WARNING,
            )
        )

    def missing_key(self, location: Location, title: str) -> None:
        """Keys that the API requires must be specified."""
        self.problems.append(
            Problem(
                code="RequestKeyMissing",
                path=location.keys,
                value=None,
                message=f"is required in {title}",
                fix="add it",
            )
        )

    def unknown_key(
        self, location: Location, key: Any, value: Any, *, title: str, keys: Iterable[str]
    ) -> None:
        """A key must be one of the API. A newer API can have more."""
        fix = new_place(key, value)
        if fix is None and len(self.problems) < _MOST_SUGGESTIONS:
            fix = _suggestion(key, keys)
        path = location.below(key).keys
        self.problems.append(
            Problem(
                code="RequestKey",
                path=path,
                value=_shown(key),
                message=f"is not a key of {title}",
                fix=fix,
            )
            if fix
            else Problem(
                code="RequestKey",
                path=path,
                value=_shown(key),
                message=f"is not a key of {title} in {API_MODEL}, and is neither checked nor "
                "written back",
                fix=f"remove it, unless the API is newer; the keys are {', '.join(keys)}",
                severity=Severity.WARNING,
            )
        )

    def not_one(self, location: Location, value: Mapping[str, Any], keys: Iterable[str]) -> None:
        """An object that must have exactly one of some keys, and has none or several."""
        self.problems.append(
            Problem(
                code="RequestKeyMissing" if not value else "RequestKey",
                path=location.keys,
                value=_shown(value),
                message="has no key" if not value else "has several keys",
                fix=f"write exactly one of {', '.join(keys)}",
            )
        )

    def left_aside(self, location: Location, value: Any, why: str) -> None:
        """A valid key that is not part of the model."""
        self.notes.append(
            Problem(
                code="RequestApiOnly",
                path=location.keys,
                value=_shown(value),
                message=why,
                fix="it is not checked, and not written back",
                severity=Severity.WARNING,
            )
        )

    def taken_for(self, location: Location, value: Any, expected: str) -> None:
        """Values must have the type of the API: CloudFormation converts others, boto3 rejects them."""
        if not self.is_template:
            self.notes.append(
                Problem(
                    code="RequestText",
                    path=location.keys,
                    value=_shown(value),
                    message=f"is {_type(value)}, which CloudFormation converts and boto3 rejects",
                    fix=f"write {expected}",
                    severity=Severity.WARNING,
                )
            )

    def not_known(self, location: Location) -> None:
        """A value known only at deployment, which nothing can represent."""
        self.unknown.extend(location.arguments)


def _suggestion(given: Any, words: Iterable[str]) -> str | None:
    if not isinstance(given, str) or len(given) > _SHOWN:
        return None
    by_lower = {word.lower(): word for word in words}
    near = likely_word(given.lower(), by_lower)
    return f"use {by_lower[near]!r}" if near else None


_TYPES: Mapping[type, str] = {
    type(None): "null",
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list",
    tuple: "a list",
    dict: "an object",
}


def _type(value: Any) -> str:
    return _TYPES.get(type(value), f"of type {type(value).__name__}")


def _shown(value: Any, depth: int = _SHOWN_DEPTH) -> Any:
    """The value, cut down to what fits a message."""
    match value:
        case bool() | float() | None:
            return value
        case int():
            return value if abs(value) < _LARGEST_SHOWN else "a number of many digits"
        case str():
            return value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"
        case list() | tuple() if depth:
            return [_shown(each, depth - 1) for each in value[:_SHOWN_ENTRIES]]
        case Mapping() if depth:
            return {
                _shown(key, 0): _shown(each, depth - 1)
                for key, each in list(value.items())[:_SHOWN_ENTRIES]
            }
        case _:
            return _type(value)
