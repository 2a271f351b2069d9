"""The AMI of a group, its updates and its patches.

Sources: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ScheduledUpdateConfig.html and
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterAutoPatchConfig.html
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, Self

from hyperpod_constructs.model.frozen_fields import freeze
from hyperpod_constructs.model.problem import Problem, ValidationError
from hyperpod_constructs.model.references import AlarmReference
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.type_checks import choices_text
from hyperpod_constructs.model.value_class import value_class

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch


class Duration(Protocol):
    """An amount of time: `aws_cdk.Duration`, or `Seconds` without CDK."""

    def to_seconds(self) -> float:
        """The amount in seconds."""


@value_class(frozen=True, slots=True)
class Seconds:
    """An amount of time in seconds."""

    amount: int

    def to_seconds(self) -> float:
        """The amount in seconds."""
        return self.amount


class DayOfWeek(StrEnum):
    """A day of the week."""

    MONDAY = "MON"
    TUESDAY = "TUE"
    WEDNESDAY = "WED"
    THURSDAY = "THU"
    FRIDAY = "FRI"
    SATURDAY = "SAT"
    SUNDAY = "SUN"


class BatchSizeType(StrEnum):
    """The unit of a batch size."""

    INSTANCE_COUNT = "INSTANCE_COUNT"
    CAPACITY_PERCENTAGE = "CAPACITY_PERCENTAGE"


@value_class(frozen=True, kw_only=True, slots=True)
class BatchSize:
    """The number of instances of a group to update at a time.

    Attributes:
        type: Unit of `value`.
        value: Number of instances, or percentage of the group, 1 or more.
    """

    type: BatchSizeType
    value: int

    def __post_init__(self) -> None:
        freeze(self, type=BatchSizeType)

    @classmethod
    def instances(cls, number: int) -> Self:
        """A number of instances, 1 or more."""
        return cls(type=BatchSizeType.INSTANCE_COUNT, value=number)

    @classmethod
    def percentage(cls, percent: int) -> Self:
        """A percentage of the group, 1 to 100."""
        return cls(type=BatchSizeType.CAPACITY_PERCENTAGE, value=percent)


@value_class(frozen=True, kw_only=True, slots=True)
class RollingUpdate:
    """Updates a group in batches, with rollback on alarms.

    Attributes:
        maximum_batch_size: Instances to update at a time. Defaults to all of them.
        rollback_maximum_batch_size: Instances to roll back at a time. Defaults to
            `maximum_batch_size`.
        wait_interval: Time between batches, up to one hour, in whole seconds. None by default.
        rollback_alarms: Alarms that roll the update back, up to 10. None by default.
    """

    maximum_batch_size: BatchSize | None = None
    rollback_maximum_batch_size: BatchSize | None = None
    wait_interval: Duration | None = None
    rollback_alarms: "Sequence[cloudwatch.IAlarm | AlarmReference]" = ()

    def __post_init__(self) -> None:
        freeze(self)


@value_class(frozen=True, kw_only=True, slots=True)
class ScheduledUpdate:
    """Updates the AMI of a group on a schedule. Root volumes are replaced.

    Attributes:
        schedule_expression: `cron(minute hour day-of-month month day-of-week year)` in UTC, with
            single values only. `weekly` and `monthly` generate it.
        rolling_update: Rolling update of the group. By default, all instances are updated at once.
    """

    schedule_expression: str
    rolling_update: RollingUpdate | None = None

    @classmethod
    def weekly(
        cls,
        day: DayOfWeek,
        *,
        hour: int,
        minute: int = 0,
        rolling_update: RollingUpdate | None = None,
    ) -> Self:
        """Updates the AMI once a week.

        Args:
            day: Day of the week.
            hour: Hour in UTC, 0 to 23.
            minute: Minute, 0 to 59.
            rolling_update: Rolling update of the group. By default, all instances are updated at
                once.

        Raises:
            ValidationError: `ScheduleExpression`.
        """
        if not isinstance(day, str) or (day not in tuple(DayOfWeek) and not is_unresolved(day)):
            days = choices_text(DayOfWeek, day)
            raise ValidationError(
                [_time_problem("ScheduledUpdate.weekly.day", day, "is not a day of the week", days)]
            )
        _check_times("weekly", hour=(hour, 0, 23), minute=(minute, 0, 59))
        return cls(
            schedule_expression=f"cron({minute} {hour} ? * {day} *)", rolling_update=rolling_update
        )

    @classmethod
    def monthly(
        cls,
        day: int,
        *,
        hour: int,
        minute: int = 0,
        rolling_update: RollingUpdate | None = None,
    ) -> Self:
        """Updates the AMI once a month.

        Args:
            day: Day of the month, 1 to 31. Months without that day are skipped.
            hour: Hour in UTC, 0 to 23.
            minute: Minute, 0 to 59.
            rolling_update: Rolling update of the group. By default, all instances are updated at
                once.

        Raises:
            ValidationError: `ScheduleExpression`.
        """
        _check_times("monthly", day=(day, 1, 31), hour=(hour, 0, 23), minute=(minute, 0, 59))
        return cls(
            schedule_expression=f"cron({minute} {hour} {day} * ? *)", rolling_update=rolling_update
        )


def _check_times(method: str, **times: tuple[object, int, int]) -> None:
    """Validates numbers against ranges, except values known only at deployment."""
    problems = [
        _time_problem(
            f"ScheduledUpdate.{method}.{name}",
            value,
            f"must be a whole number from {low} to {high}",
            "3, for example",
        )
        for name, (value, low, high) in times.items()
        if not (isinstance(value, str) and is_unresolved(value))
        and (not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high)
    ]
    if problems:
        raise ValidationError(problems)


def _time_problem(path: str, value: object, message: str, right: str) -> Problem:
    """A schedule requires a valid day, hour and minute."""
    return Problem(
        code="ScheduleExpression", path=path, value=value, message=message, fix=f"use {right}"
    )


class PatchingStrategy(StrEnum):
    """The strategy of automatic patching."""

    WHEN_IDLE = "WhenIdle"
    """Patches each node as soon as it is idle."""

    WHEN_ALL_IDLE = "WhenAllIdle"
    """Patches all nodes of the group together, as soon as all are idle."""


@value_class(frozen=True, kw_only=True, slots=True)
class AutoPatch:
    """Patches a group automatically when a new AMI is released.

    Attributes:
        patching_strategy: Strategy of patching.
        rolling_update: Rolling update of the group. By default, all instances are updated at once.
    """

    patching_strategy: PatchingStrategy
    rolling_update: RollingUpdate | None = None

    def __post_init__(self) -> None:
        freeze(self, patching_strategy=PatchingStrategy)
