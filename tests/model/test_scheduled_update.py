"""The times of a scheduled update."""

from typing import Any

import pytest

import hyperpod_constructs as hp


@pytest.mark.parametrize(
    ("method", "day", "times", "problems"),
    [
        (
            "weekly",
            "SUN",
            {"hour": 24},
            ["hour: 24 must be a whole number from 0 to 23; use 3, for"],
        ),
        ("weekly", "SUN", {"hour": None}, ["hour: 'hour' must be a whole number from 0 to 23"]),
        ("weekly", "SUN", {"hour": "3"}, ["hour: '3' must be a whole number from 0 to 23"]),
        ("weekly", "SUN", {"hour": True}, ["hour: True must be a whole number from 0 to 23"]),
        (
            "weekly",
            "SUN",
            {"hour": 24, "minute": -1},
            ["hour: 24 must be", "minute: -1 must be a whole number from 0 to 59"],
        ),
        (
            "weekly",
            "SUNDAY",
            {"hour": 3},
            ["day: 'SUNDAY' is not a day of the week; use one of 'MON', 'TUE'"],
        ),
        ("weekly", 1, {"hour": 3}, ["day: 1 is not a day of the week"]),
        ("monthly", 32, {"hour": 3}, ["day: 32 must be a whole number from 1 to 31"]),
        ("monthly", 1, {"hour": 24}, ["hour: 24 must be a whole number from 0 to 23"]),
    ],
)
def test_refuses_a_time_that_there_is_not(
    method: str, day: Any, times: dict[str, Any], problems: list[str]
) -> None:
    with pytest.raises(hp.ValidationError) as caught:
        getattr(hp.ScheduledUpdate, method)(day, **times)

    lines = str(caught.value).splitlines()
    assert len(lines) == len(problems)
    for line, problem in zip(lines, problems, strict=True):
        assert line.startswith(f"ScheduledUpdate.{method}.{problem}")
        assert line.endswith("(ScheduleExpression)")


def test_takes_a_day_or_its_value() -> None:
    sunday: Any = "SUN"

    assert hp.ScheduledUpdate.weekly(sunday, hour=3) == hp.ScheduledUpdate.weekly(
        hp.DayOfWeek.SUNDAY, hour=3
    )
