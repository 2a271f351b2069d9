"""Texts of which only some are right."""

import re
from collections.abc import Iterator

from .errors import Problem, wrong_type
from .tokens import is_unresolved


def text_problems(
    path: str, value: object, *, code: str, pattern: str, message: str, example: str
) -> Iterator[Problem]:
    """What is wrong with a text.

    Args:
        path: The user's argument.
        value: The text.
        code: Code of the problem of a text that does not match.
        pattern: Regular expression that all of the text matches.
        message: What is wrong with a text that does not match.
        example: A text that is right.
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
