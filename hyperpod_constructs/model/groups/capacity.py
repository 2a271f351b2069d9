"""Where the instances of a group come from.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ref.html
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from hyperpod_constructs.model.problem import Problem, ValidationError
from hyperpod_constructs.model.tokens import is_unresolved

_MAX_ARN_LENGTH = 2048
_MIN_ARN_LENGTH = 50
_TRAINING_PLAN_ARN = re.compile(
    r"arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:training-plan/[^/\s]+"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Capacity:
    """On-demand, Spot or reserved capacity.

    Capacity that the account team reserved for an account and availability zone has no
    identifier; it is used by on-demand groups in that zone.

    Attributes:
        training_plan_arn: The training plan the instances belong to, if they belong to one.
        is_spot: Whether the instances are spare ones, which can be taken away at any time.
    """

    training_plan_arn: str | None = None
    is_spot: bool = False

    @classmethod
    def on_demand(cls) -> Self:
        """Capacity from the SageMaker AI on-demand pool, billed while it is allocated."""
        return cls()

    @classmethod
    def training_plan(cls, training_plan_arn: str) -> Self:
        """Capacity reserved by a SageMaker training plan, paid in advance.

        The subnet of the group must lie in the availability zone of the plan.
        Source: https://docs.aws.amazon.com/sagemaker/latest/dg/reserve-capacity-with-training-plans.html

        Args:
            training_plan_arn: ARN of a plan that is scheduled or active.

        Raises:
            ValidationError: `TrainingPlanArn`.
        """
        problems = tuple(training_plan_problems("Capacity.training_plan", training_plan_arn))
        if problems:
            raise ValidationError(problems)
        return cls(training_plan_arn=training_plan_arn)

    @classmethod
    def spot(cls) -> Self:
        """Spare capacity at a lower price, taken away at two minutes' notice.

        For EKS clusters with continuous provisioning. Can not be changed later.
        Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-spot.html
        """
        return cls(is_spot=True)


def training_plan_problems(path: str, value: object) -> Iterator[Problem]:
    """The ARN is that of a training plan.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterInstanceGroupSpecification.html
    """
    if not isinstance(value, str) or not (
        is_unresolved(value)
        or (
            _MIN_ARN_LENGTH <= len(value) <= _MAX_ARN_LENGTH and _TRAINING_PLAN_ARN.fullmatch(value)
        )
    ):
        yield Problem(
            code="TrainingPlanArn",
            path=path,
            value=value,
            message="is not the ARN of a training plan",
            fix="use TrainingPlanArn of aws sagemaker list-training-plans",
        )
