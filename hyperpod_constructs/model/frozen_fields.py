"""Fields of frozen values: copies of what the user may change later, and members of enumerations."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from enum import StrEnum
from functools import cache
from typing import Any


def freeze(value: object, **enumerations: type[StrEnum]) -> None:
    """Copies lists and dicts of a new value, and replaces texts by members of enumerations.

    A list in a field that is no sequence, or a text that is not the value of a member, is left to
    the checks of types and rules.

    Args:
        value: Value with frozen fields, after its construction.
        **enumerations: Enumeration of a field, or of the elements of a sequence.
    """
    kind: Any = type(value)
    for name, mutable, copy in _containers(kind):
        given = getattr(value, name)
        if isinstance(given, mutable):
            object.__setattr__(value, name, copy(given))
    for name, enumeration in enumerations.items():
        given = getattr(value, name)
        member = _member(given, enumeration)
        if member is not given:
            object.__setattr__(value, name, member)


@cache
def _containers(kind: Any) -> tuple[tuple[str, type, Callable[[Any], object]], ...]:
    """The fields that are sequences or mappings: name, type that can change, and how to copy it."""
    return tuple(
        (each.name, mutable, copy)
        for each in fields(kind)
        for word, mutable, copy in _COPIES
        if word in str(each.type)
    )


def _copied(value: Any) -> Any:
    """A copy of dicts and lists, at any level."""
    if isinstance(value, dict):
        return {key: _copied(inner) for key, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list) else value


_COPIES: Sequence[tuple[str, type, Callable[[Any], object]]] = (
    ("Sequence[", list, tuple),
    ("Mapping[", dict, _copied),
)


def _member(given: object, enumeration: type[StrEnum]) -> object:
    if isinstance(given, tuple) and given:
        return tuple(_member(each, enumeration) for each in given)
    if type(given) is not str:
        return given
    return next((member for member in enumeration if member.value == given), given)
