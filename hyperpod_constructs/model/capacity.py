"""Where the instances of a group come from.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ref.html
"""

import re
from dataclasses import dataclass
from typing import Self

from .errors import Problem, ValidationError
from .tokens import is_unresolved

_TRAINING_PLAN_ARN = re.compile(
    r"arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:training-plan/[^/]+"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Capacity:
    """On-demand or reserved capacity.

    Capacity that the account team reserved for an account and availability zone has no
    identifier; it is used by on-demand groups in that zone.

    Attributes:
        training_plan_arn: The training plan the instances belong to; none for on-demand capacity.
    """

    training_plan_arn: str | None = None

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
        if not isinstance(training_plan_arn, str) or not (
            is_unresolved(training_plan_arn) or _TRAINING_PLAN_ARN.fullmatch(training_plan_arn)
        ):
            raise ValidationError(
                [
                    Problem(
                        code="TrainingPlanArn",
                        path="Capacity.training_plan",
                        value=training_plan_arn,
                        message="is not the ARN of a training plan",
                        fix="use TrainingPlanArn of aws sagemaker list-training-plans",
                    )
                ]
            )
        return cls(training_plan_arn=training_plan_arn)
