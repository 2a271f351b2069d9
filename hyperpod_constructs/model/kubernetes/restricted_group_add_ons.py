"""Add-ons of EKS clusters with restricted instance groups, which train Amazon Nova models."""

from collections.abc import Iterator

from hyperpod_constructs.model.problem import Problem, Severity

from .inference_names import INFERENCE

_NOT_INSTALLED = (
    INFERENCE,
    "amazon-sagemaker-hyperpod-taskgovernance",
    "amazon-sagemaker-hyperpod-training-operator",
)


def restricted_group_problems(path: str, name: str) -> Iterator[Problem]:
    """AWS's templates for groups of Amazon Nova models do not install most add-ons.

    Source: https://github.com/awslabs/awsome-distributed-ai/tree/main/1.architectures/7.sagemaker-hyperpod-eks
    """
    if name in _NOT_INSTALLED:
        yield Problem(
            code="RestrictedGroupsAddOn",
            path=path,
            value=name,
            message="is not installed by the templates of AWS in clusters with restricted instance "
            "groups, which this cluster has",
            fix="use another cluster for the restricted instance groups",
            severity=Severity.WARNING,
        )
