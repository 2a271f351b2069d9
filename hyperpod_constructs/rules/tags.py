"""Rules for the tags of a cluster.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Tag.html
"""

import unicodedata
from collections.abc import Iterator

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.tokens import is_unresolved

from .basis import Basis
from .rule import rule

_MAX_TAGS = 50
_MAX_KEY_LENGTH = 128
_MAX_VALUE_LENGTH = 256
_SIGNS = frozenset("_.:/=+-@")


@rule(basis=Basis.SERVICE_MODEL)
def number_of_tags(model: ClusterValues) -> Iterator[Problem]:
    """A cluster supports up to 50 tags."""
    if len(model.tags) > _MAX_TAGS:
        yield Problem(
            code="Tags",
            path="tags",
            value=len(model.tags),
            message=f"tags exceed the limit of {_MAX_TAGS}",
            fix="remove some",
        )


@rule(basis=Basis.SERVICE_MODEL)
def tag_keys_and_values(model: ClusterValues) -> Iterator[Problem]:
    """Keys and values must be valid, and cannot have the prefix `aws:`."""
    for key, value in model.tags.items():
        if not is_unresolved(key) and (not key or not _is_legal(key, _MAX_KEY_LENGTH)):
            yield Problem(
                code="TagKey",
                path="tags",
                value=key,
                message="must be 1 to 128 letters, digits, spaces and _ . : / = + - @, and cannot "
                "start with 'aws:'",
                fix="use a key such as 'team'",
            )
        if not is_unresolved(value) and not _is_legal(value, _MAX_VALUE_LENGTH):
            yield Problem(
                code="TagValue",
                path=f"tags[{key!r}]",
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
