"""The machine image of a group, and when and how it is renewed.

Sources: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ScheduledUpdateConfig.html and
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterAutoPatchConfig.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, Self

from hyperpod_constructs.model.problem import Problem, ValidationError
from hyperpod_constructs.model.references import AlarmReference
from hyperpod_constructs.model.tokens import is_unresolved

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch


class Duration(Protocol):
    """An amount of time: `aws_cdk.Duration`, or `Seconds` where there is no CDK."""

    def to_seconds(self) -> float:
        """The amount in seconds."""


@dataclass(frozen=True, slots=True)
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
    """How the size of a batch is counted."""

    INSTANCE_COUNT = "INSTANCE_COUNT"
    CAPACITY_PERCENTAGE = "CAPACITY_PERCENTAGE"


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchSize:
    """How many instances of a group are renewed at a time.

    Attributes:
        type: How `value` counts.
        value: Instances, or percent of the group, 1 and more.
    """

    type: BatchSizeType
    value: int

    @classmethod
    def instances(cls, number: int) -> Self:
        """A number of instances, 1 and more."""
        return cls(type=BatchSizeType.INSTANCE_COUNT, value=number)

    @classmethod
    def percentage(cls, percent: int) -> Self:
        """A part of the group in percent, 1 to 100."""
        return cls(type=BatchSizeType.CAPACITY_PERCENTAGE, value=percent)


@dataclass(frozen=True, kw_only=True, slots=True)
class RollingUpdate:
    """Renewing a group batch by batch, and going back when an alarm goes off.

    Attributes:
        maximum_batch_size: Instances renewed at a time. All of them when left out.
        rollback_maximum_batch_size: Instances taken back at a time. As many as are renewed when
            left out.
        wait_interval: Time between two batches, up to an hour, in whole seconds. None when left
            out.
        rollback_alarms: Alarms that take the update back, up to 10. None by default.
    """

    maximum_batch_size: BatchSize | None = None
    rollback_maximum_batch_size: BatchSize | None = None
    wait_interval: Duration | None = None
    rollback_alarms: "Sequence[cloudwatch.IAlarm | AlarmReference]" = ()

    def __post_init__(self) -> None:
        if isinstance(self.rollback_alarms, list):
            object.__setattr__(self, "rollback_alarms", tuple(self.rollback_alarms))


@dataclass(frozen=True, kw_only=True, slots=True)
class ScheduledUpdate:
    """Renews the machine image of a group at fixed times; root volumes are wiped.

    Attributes:
        schedule_expression: `cron(minute hour day-of-month month day-of-week year)` in UTC, with
            single values only; `weekly` and `monthly` write it.
        rolling_update: How the group is renewed. All at once when left out.
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
        """Once a week.

        Args:
            day: Day of the week.
            hour: Hour in UTC, 0 to 23.
            minute: Minute, 0 to 59.
            rolling_update: As for the class.

        Raises:
            ValidationError: `ScheduleExpression`.
        """
        if day not in tuple(DayOfWeek) and not is_unresolved(day):
            days = " or ".join(f"DayOfWeek.{each.name}" for each in DayOfWeek)
            raise ValidationError(
                [_time_problem("ScheduledUpdate.weekly.day", day, "is no day of the week", days)]
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
        """Once a month.

        Args:
            day: Day of the month, 1 to 31; months without it are left out.
            hour: Hour in UTC, 0 to 23.
            minute: Minute, 0 to 59.
            rolling_update: As for the class.

        Raises:
            ValidationError: `ScheduleExpression`.
        """
        _check_times("monthly", day=(day, 1, 31), hour=(hour, 0, 23), minute=(minute, 0, 59))
        return cls(
            schedule_expression=f"cron({minute} {hour} {day} * ? *)", rolling_update=rolling_update
        )


def _check_times(method: str, **times: tuple[object, int, int]) -> None:
    """Each number is within its range, or a text that only the deployment knows."""
    problems = [
        _time_problem(
            f"ScheduledUpdate.{method}.{name}",
            value,
            f"is not a whole number from {low} to {high}",
            "3, for example",
        )
        for name, (value, low, high) in times.items()
        if not (isinstance(value, str) and is_unresolved(value))
        and (not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high)
    ]
    if problems:
        raise ValidationError(problems)


def _time_problem(path: str, value: object, message: str, right: str) -> Problem:
    """A schedule has a day, an hour and a minute."""
    return Problem(
        code="ScheduleExpression", path=path, value=value, message=message, fix=f"use {right}"
    )


class PatchingStrategy(StrEnum):
    """Which nodes are patched, and when."""

    WHEN_IDLE = "WhenIdle"
    """Each node as soon as it is idle."""

    WHEN_ALL_IDLE = "WhenAllIdle"
    """All nodes of the group together, as soon as all are idle."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AutoPatch:
    """Patches a group by itself when there is a new machine image.

    Attributes:
        patching_strategy: Which nodes, and when.
        rolling_update: How the group is renewed. All at once when left out.
    """

    patching_strategy: PatchingStrategy
    rolling_update: RollingUpdate | None = None
