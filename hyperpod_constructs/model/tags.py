"""Keys and values of tags.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Tag.html
"""

import unicodedata
from collections.abc import Iterator

from .problem import Problem
from .tokens import is_unresolved

_MAX_KEY_LENGTH = 128
_MAX_VALUE_LENGTH = 256
_SIGNS = frozenset("_.:/=+-@")


def tag_key_problems(path: str, key: str) -> Iterator[Problem]:
    """A key must be 1 to 128 letters, digits, spaces and signs, and cannot have the prefix `aws:`."""
    if not is_unresolved(key) and (not key or not _is_legal(key, _MAX_KEY_LENGTH)):
        yield Problem(
            code="TagKey",
            path=path,
            value=key,
            message="must be 1 to 128 letters, digits, spaces and _ . : / = + - @, and cannot "
            "start with 'aws:'",
            fix="use a key such as 'team'",
        )


def tag_value_problems(path: str, value: str) -> Iterator[Problem]:
    """A value must be up to 256 letters, digits, spaces and signs, and cannot start with `aws:`."""
    if not is_unresolved(value) and not _is_legal(value, _MAX_VALUE_LENGTH):
        yield Problem(
            code="TagValue",
            path=path,
            value=value,
            message="must be up to 256 letters, digits, spaces and _ . : / = + - @, and "
            "cannot start with 'aws:'",
            fix="use a value such as 'research'",
        )


def _is_legal(text: str, max_length: int) -> bool:
    return (
        len(text) <= max_length
        and not text.lower().startswith("aws:")
        and all(letter in _SIGNS or unicodedata.category(letter)[0] in "LNZ" for letter in text)
    )
