"""What is wrong with a configuration, and the exception that says all of it at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a problem matters."""

    ERROR = "error"
    """The service refuses the cluster, or its nodes cannot start."""

    WARNING = "warning"
    """The cluster can be created; something is likely not what was meant."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing that is wrong with a configuration.

    Attributes:
        code: Stable name of the rule; part of the public interface.
        path: The user's argument, such as `instance_groups[2].partition`.
        value: The value that was given.
        message: What is wrong with the value.
        fix: What to write instead.
        severity: `Severity.ERROR` unless the cluster can be created all the same.
    """

    code: str
    path: str
    value: object
    message: str
    fix: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        return f"{self.path}: {_text(self.value)} {self.message}; {self.fix} ({self.code})"


def _text(value: object) -> str:
    """The value as Python writes it, unless it has too many digits or levels for that."""
    try:
        return repr(value)
    except (RecursionError, ValueError):
        return f"<{type(value).__name__}>"


class ValidationError(ValueError):
    """A configuration that cannot become a cluster; its text lists every problem, one a line.

    Attributes:
        problems: Every problem that was found, in the order of the arguments.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def wrong_type(path: str, value: object, expected: str) -> Problem:
    """The problem of an argument that is not of the type it should be."""
    return Problem(
        code="ArgumentType",
        path=path,
        value=value,
        message=f"is of type {type(value).__name__}",
        fix=f"pass {expected}",
    )
