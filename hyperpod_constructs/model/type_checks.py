"""Checks of the Python type of an argument.

References represent CDK objects, which are recognised by their attribute, since the interfaces of
CDK cannot be asked for without importing it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from types import UnionType
from typing import Any

from .likely_word import likely_word
from .problem import IS_NONE, Problem
from .references import (
    AlarmReference,
    EksClusterReference,
    KeyReference,
    RoleReference,
    SecretReference,
    SecurityGroupReference,
    SubnetReference,
)
from .tokens import is_unresolved

_UNKNOWN_TEXT = "${Token[TOKEN]}"
TypeCheck = Callable[[str, Any], Iterable[Problem]]

_REFERENCES: Mapping[str, type] = {
    "role_arn": RoleReference,
    "key_arn": KeyReference,
    "subnet_id": SubnetReference,
    "security_group_id": SecurityGroupReference,
    "secret_arn": SecretReference,
    "alarm_name": AlarmReference,
    "cluster_arn": EksClusterReference,
}


def wrong_type(path: str, value: object, expected: str) -> Problem:
    """Reports an argument of the wrong type."""
    return Problem(
        code="ArgumentType",
        path=path,
        value=value,
        message=IS_NONE
        if value is None
        else "is a class, not an object"
        if isinstance(value, type)
        else f"is of type {type(value).__name__}",
        fix=f"pass {expected}",
    )


def with_article(name: str) -> str:
    """The name of a type with its article: `an InstanceGroup`, `a User`."""
    return f"{'an' if name[0] in 'AEIO' else 'a'} {name}"


def instance_of(kind: type | UnionType, expected: str) -> TypeCheck:
    """A value of a type; `expected` describes what to pass."""

    def check(path: str, value: object) -> Iterable[Problem]:
        return () if isinstance(value, kind) else (wrong_type(path, value, expected),)

    return check


def whole_number(path: str, value: object) -> Iterable[Problem]:
    """A whole number, which True and False are not."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if is_number or (isinstance(value, float) and is_unresolved(value)):
        return ()
    return (wrong_type(path, value, "a whole number"),)


def optional(check: TypeCheck) -> TypeCheck:
    """The same, or None."""
    return lambda path, value: () if value is None else check(path, value)


def word(kind: type[StrEnum], *words: str) -> TypeCheck:
    """A member of an enumeration, or one of further words."""
    expected = " or ".join(f"{kind.__name__}.{member.name}" for member in kind)

    def check(path: str, value: object) -> Iterable[Problem]:
        if isinstance(value, kind) or (
            isinstance(value, str) and (value in words or is_unresolved(value))
        ):
            return ()
        if isinstance(value, str):
            return (_wrong_word(path, value, kind),)
        return (wrong_type(path, value, expected),)

    return check


def _wrong_word(path: str, value: str, kind: type[StrEnum]) -> Problem:
    return Problem(
        code="ArgumentType",
        path=path,
        value=value,
        message=f"is not {with_article(kind.__name__)}",
        fix=f"use {choices_text(kind, value)}",
    )


def choices_text(kind: type[StrEnum], given: object) -> str:
    """The values of an enumeration, and the one that was likely meant."""
    choices = {spelling.lower(): member for member in kind for spelling in (member, member.name)}
    close = likely_word(str(given).lower(), choices)
    meant = f"; did you mean {str(choices[close])!r}?" if close else ""
    return f"one of {', '.join(repr(str(member)) for member in kind)}{meant}"


def list_of(check: TypeCheck, expected: str) -> TypeCheck:
    """A list or tuple whose elements pass a check.

    The elements of a list that only the deployment knows are texts.
    """

    def check_all(path: str, values: object) -> Iterator[Problem]:
        if not isinstance(values, list | tuple):
            yield wrong_type(path, values, expected)
            return
        if is_unresolved(values) and not list(check(path, _UNKNOWN_TEXT)):
            return
        for index, value in enumerate(values):
            yield from check(f"{path}[{index}]", value)

    return check_all


def texts_by_name(path: str, value: object) -> Iterator[Problem]:
    """A dict of strings."""
    if not isinstance(value, Mapping):
        yield wrong_type(path, value, "a dict of strings")
        return
    for key, entry in value.items():
        if not isinstance(key, str):
            yield wrong_type(path, key, "strings as keys")
        elif not isinstance(entry, str):
            yield wrong_type(f"{path}[{key!r}]", entry, "a string")


def having(attribute: str, expected: str) -> TypeCheck:
    """A CDK object with an attribute, or the reference that represents it."""

    def check(path: str, value: object) -> Iterable[Problem]:
        if isinstance(value, type) or not (
            # the class first: reading an attribute of a CDK object is a call to Node.js
            hasattr(type(value), attribute) or hasattr(value, attribute)
        ):
            return (wrong_type(path, value, expected),)
        reference = _REFERENCES.get(attribute)
        if reference is not None and isinstance(value, reference):
            return text(f"{path}.{attribute}", getattr(value, attribute))
        return ()

    return check


def amount(kind: type, attribute: str, expected: str) -> TypeCheck:
    """An amount of CDK, or the value that represents it."""
    of_cdk = having(attribute, expected)

    def check(path: str, value: Any) -> Iterable[Problem]:
        if isinstance(value, kind):
            return whole_number(path, value.amount)  # type: ignore[attr-defined]
        return of_cdk(path, value)

    return check


text = instance_of(str, "a string")
