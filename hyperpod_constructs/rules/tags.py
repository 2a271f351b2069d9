"""Rules for the tags of a cluster.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Tag.html
"""

from collections.abc import Iterator

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.tags import tag_key_problems, tag_value_problems

from .basis import Basis
from .rule import rule

_MAX_TAGS = 50


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
        yield from tag_key_problems("tags", key)
        yield from tag_value_problems(f"tags[{key!r}]", value)
