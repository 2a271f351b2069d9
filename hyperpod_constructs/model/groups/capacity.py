"""The capacity of an instance group.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ref.html
"""

import re
from collections.abc import Iterator
from typing import Self

from hyperpod_constructs.model.problem import Problem, ValidationError
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.value_class import value_class

_MAX_ARN_LENGTH = 2048
_MIN_ARN_LENGTH = 50
_TRAINING_PLAN_ARN = r"arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:training-plan/[^/\s]+"


@value_class(frozen=True, kw_only=True, slots=True)
class Capacity:
    """On-demand, Spot or reserved capacity.

    Capacity that the account team reserves for an account and Availability Zone has no identifier.
    On-demand groups in that zone use it.

    Attributes:
        training_plan_arn: ARN of the training plan, if any.
        is_spot: Whether the instances are Spot instances, which can be interrupted at any time.
    """

    training_plan_arn: str | None = None
    is_spot: bool = False

    @classmethod
    def on_demand(cls) -> Self:
        """On-demand capacity of SageMaker AI, billed while it is allocated."""
        return cls()

    @classmethod
    def training_plan(cls, training_plan_arn: str) -> Self:
        """Capacity reserved by a SageMaker training plan, paid upfront.

        The subnet of the group must be in the Availability Zone of the plan.
        Source: https://docs.aws.amazon.com/sagemaker/latest/dg/reserve-capacity-with-training-plans.html

        Args:
            training_plan_arn: ARN of a scheduled or active training plan.

        Raises:
            ValidationError: `TrainingPlanArn`.
        """
        problems = tuple(training_plan_problems("Capacity.training_plan", training_plan_arn))
        if problems:
            raise ValidationError(problems)
        return cls(training_plan_arn=training_plan_arn)

    @classmethod
    def spot(cls) -> Self:
        """Spot capacity at a lower price, interrupted with a two-minute notice.

        Requires EKS and continuous provisioning. Cannot be changed later.
        Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-spot.html
        """
        return cls(is_spot=True)


def training_plan_problems(path: str, value: object) -> Iterator[Problem]:
    """A training plan must be specified by its ARN.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterInstanceGroupSpecification.html
    """
    if not isinstance(value, str) or not (
        is_unresolved(value)
        or (
            _MIN_ARN_LENGTH <= len(value) <= _MAX_ARN_LENGTH
            and re.fullmatch(_TRAINING_PLAN_ARN, value)
        )
    ):
        yield Problem(
            code="TrainingPlanArn",
            path=path,
            value=value,
            message="is not a valid training plan ARN",
            fix="use the TrainingPlanArn from aws sagemaker list-training-plans",
        )
