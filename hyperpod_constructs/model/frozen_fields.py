"""Fields of frozen values: copies of what the user may change later, and members of enumerations."""

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
    for name in _containers(kind):
        given = getattr(value, name)
        if isinstance(given, list):
            object.__setattr__(value, name, tuple(given))
        elif isinstance(given, dict):
            object.__setattr__(value, name, dict(given))
    for name, enumeration in enumerations.items():
        given = getattr(value, name)
        member = _member(given, enumeration)
        if member is not given:
            object.__setattr__(value, name, member)


@cache
def _containers(kind: Any) -> tuple[str, ...]:
    """Names of the fields that are sequences or mappings."""
    return tuple(
        each.name
        for each in fields(kind)
        if "Sequence[" in str(each.type) or "Mapping[" in str(each.type)
    )


def _member(given: object, enumeration: type[StrEnum]) -> object:
    if isinstance(given, tuple) and given:
        return tuple(_member(each, enumeration) for each in given)
    if type(given) is not str:
        return given
    return next((member for member in enumeration if member.value == given), given)
