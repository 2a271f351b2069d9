"""Checks of single values; each yields what is wrong, and nothing for a value that only the deployment knows."""

import re
from collections.abc import Iterator

from .problem import Problem, wrong_type
from .tokens import is_unresolved


def text_problems(
    path: str, value: object, *, code: str, pattern: str, message: str, example: str
) -> Iterator[Problem]:
    """A required string that matches a pattern.

    Args:
        path: The user's argument.
        value: The string.
        code: Code of the problem of a string that does not match.
        pattern: Regular expression that the whole string matches.
        message: What is wrong with a string that does not match.
        example: A valid string.
    """
    if not isinstance(value, str):
        yield wrong_type(path, value, f"a string such as {example!r}")
    elif not is_unresolved(value) and not re.fullmatch(pattern, value):
        yield Problem(
            code=code,
            path=path,
            value=value,
            message=message,
            fix=f"use a text such as {example!r}",
        )


def pattern_problems(
    path: str,
    value: str | None,
    *,
    code: str,
    pattern: re.Pattern[str],
    max_length: int,
    message: str,
    fix: str,
    min_length: int = 1,
) -> Iterator[Problem]:
    """An optional string that matches a pattern and is neither too short nor too long."""
    if value is None or is_unresolved(value):
        return
    if not min_length <= len(value) <= max_length or not pattern.fullmatch(value):
        yield Problem(code=code, path=path, value=value, message=message, fix=fix)


def range_problems(
    path: str, value: float | None, *, code: str, low: int, high: int
) -> Iterator[Problem]:
    """An optional number from `low` to `high`."""
    if value is None or is_unresolved(value) or low <= value <= high:
        return
    yield Problem(
        code=code,
        path=path,
        value=value,
        message=f"is not from {low} to {high}",
        fix=f"use {low if value < low else high}, for example",
    )


def secret_problems(path: str, value: object) -> Iterator[Problem]:
    """A secret of AWS Secrets Manager. A string is not shown, since it may be the password itself.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets.html
    """
    if not hasattr(value, "secret_arn"):
        yield Problem(
            code="ArgumentType",
            path=path,
            value=type(value).__name__,
            message="is the type of what was given",
            fix="pass a secret, such as secretsmanager.Secret.from_secret_complete_arn(...), and "
            "never the password itself",
        )
