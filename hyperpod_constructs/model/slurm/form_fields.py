"""Fields of the provisioning form.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ref.html#sagemaker-hyperpod-ref-provisioning-forms
"""

from collections.abc import Iterator

from hyperpod_constructs.model.problem import Problem, wrong_type
from hyperpod_constructs.model.tokens import is_unresolved


def required_field(path: str, value: object) -> list[Problem]:
    """What is wrong with a field that has to be there."""
    if value is not None:
        return []
    return [
        Problem(
            code="FormFieldMissing",
            path=path,
            value=None,
            message="is missing",
            fix="the form needs this field",
        )
    ]


def text_field(path: str, value: object) -> Iterator[Problem]:
    """What is wrong with a field that holds a text."""
    if not isinstance(value, str) and not is_unresolved(value):
        yield wrong_type(path, value, "a string")
