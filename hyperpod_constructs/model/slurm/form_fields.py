"""Validation of the fields of the provisioning form.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ref.html#sagemaker-hyperpod-ref-provisioning-forms
"""

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


def text_field(path: str, value: object) -> Iterator[Problem]:
    """Validates that a field is a string."""
    if not isinstance(value, str) and not is_unresolved(value):
        yield wrong_type(path, value, "a string")


def object_field(path: str, value: object) -> Iterator[Problem]:
    """Validates that a field is a dict."""
    if not isinstance(value, Mapping):
        yield wrong_type(path, value, "a dict")
