"""Validation of the fields of the provisioning form.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ref.html#sagemaker-hyperpod-ref-provisioning-forms
"""

import re
from collections.abc import Iterator, Mapping

from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.type_checks import wrong_type


def required_field(path: str, value: object) -> list[Problem]:
    """The form must specify all required fields."""
    if value is not None:
        return []
    return [
        Problem(
            code="FormFieldMissing",
            path=path,
            value=None,
            message="is missing",
            fix="add this field to the form",
        )
    ]


def text_field(path: str, value: object, pattern: str, example: str) -> Iterator[Problem]:
    """A field must match its pattern, since nodes read it as one word."""
    if is_unresolved(value):
        return
    if not isinstance(value, str):
        yield wrong_type(path, value, "a string")
    elif not re.fullmatch(pattern, value):
        yield Problem(
            code="FormField",
            path=path,
            value=value,
            message="is not a valid value of this field",
            fix=f"use a value such as {example!r}",
        )


def object_field(path: str, value: object) -> Iterator[Problem]:
    """Validates that a field is a dict."""
    if not isinstance(value, Mapping):
        yield wrong_type(path, value, "a dict")
