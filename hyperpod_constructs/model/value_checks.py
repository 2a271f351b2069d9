"""Validation of single values. Values known only at deployment are not validated."""

import re
from collections.abc import Iterator

from .problem import Problem
from .tokens import is_unresolved
from .type_checks import wrong_type


def text_problems(
    path: str, value: object, *, code: str, pattern: str, message: str, example: str
) -> Iterator[Problem]:
    """Validates a required string against a pattern.

    Args:
        path: Path of the argument.
        value: Value of the argument.
        code: Code of the problem if the string does not match.
        pattern: Regular expression for the whole string.
        message: Message of the problem if the string does not match.
        example: Valid string.
    """
    if not isinstance(value, str):
        yield wrong_type(path, value, f"a string such as {example!r}")
    elif not is_unresolved(value) and not re.fullmatch(pattern, value):
        yield Problem(
            code=code,
            path=path,
            value=value,
            message=message,
            fix=f"use a value such as {example!r}",
        )


def pattern_problems(
    path: str,
    value: str | None,
    *,
    code: str,
    pattern: str,
    max_length: int,
    message: str,
    fix: str,
    min_length: int = 1,
) -> Iterator[Problem]:
    """Validates an optional string against a pattern and a length."""
    if value is None or is_unresolved(value):
        return
    if not min_length <= len(value) <= max_length or not re.fullmatch(pattern, value):
        yield Problem(code=code, path=path, value=value, message=message, fix=fix)


def range_problems(
    path: str, value: float | None, *, code: str, low: int, high: int
) -> Iterator[Problem]:
    """Validates an optional number from `low` to `high`."""
    if value is None or is_unresolved(value) or low <= value <= high:
        return
    yield Problem(
        code=code,
        path=path,
        value=value,
        message=f"must be between {low} and {high}",
        fix=f"use {low} or more" if value < low else f"use {high} or less",
    )


A_SECRET = (
    "a secret, such as secretsmanager.Secret.from_secret_complete_arn(...), "  # noqa: S105
    "not the password"
)
"""What to pass as a secret, in words."""


def secret_problems(path: str, value: object) -> Iterator[Problem]:
    """Validates a Secrets Manager secret.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets.html
    """
    if not hasattr(value, "secret_arn"):
        yield wrong_type(path, value, A_SECRET)
