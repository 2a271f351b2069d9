"""Texts that have to look like something."""

import re
from collections.abc import Iterator

from .errors import Problem
from .tokens import is_unresolved


def pattern_problems(
    *,
    code: str,
    path: str,
    value: str | None,
    pattern: re.Pattern[str],
    max_length: int,
    message: str,
    fix: str,
    min_length: int = 1,
) -> Iterator[Problem]:
    """The problem of a text that is given and known, and does not look as it should."""
    if value is None or is_unresolved(value):
        return
    if not min_length <= len(value) <= max_length or not pattern.fullmatch(value):
        yield Problem(code=code, path=path, value=value, message=message, fix=fix)


def range_problems(
    *, code: str, path: str, value: float | None, low: int, high: int
) -> Iterator[Problem]:
    """The problem of a number that is given and known, and is too low or too high."""
    if value is None or is_unresolved(value) or low <= value <= high:
        return
    yield Problem(
        code=code,
        path=path,
        value=value,
        message=f"is not from {low} to {high}",
        fix=f"use {low if value < low else high}, for example",
    )
