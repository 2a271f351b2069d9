"""What a check finds."""

from enum import StrEnum
from typing import NamedTuple


class Outcome(StrEnum):
    """What a check found; the value is what is printed."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Result(NamedTuple):
    """What a check found of one subject.

    Attributes:
        outcome: What it found.
        subject: ID or name of the resource or quota.
        message: What is so.
        fix: What to do, if the outcome is not `OK`.
    """

    outcome: Outcome
    subject: str
    message: str
    fix: str = ""


def ok(subject: str, message: str) -> Result:
    """A subject that is right."""
    return Result(Outcome.OK, subject, message)


def failed(subject: str, message: str, fix: str) -> Result:
    """A subject with which the deployment fails, or its nodes do not start."""
    return Result(Outcome.FAILED, subject, message, fix)


def warning(subject: str, message: str, fix: str) -> Result:
    """A subject that is likely wrong."""
    return Result(Outcome.WARNING, subject, message, fix)


def unknown(subject: str, message: str, fix: str) -> Result:
    """A subject that cannot be checked."""
    return Result(Outcome.UNKNOWN, subject, message, fix)
