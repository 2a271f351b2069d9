"""The findings of a check."""

from dataclasses import dataclass
from pathlib import Path

from hyperpod_constructs.model.problem import Problem, Severity


@dataclass(frozen=True)
class Reported:
    """A problem and where it is.

    Attributes:
        file: The file, as the user named it.
        line: The line of the value, or of the nearest one around it.
        place: The value in the file, such as `InstanceGroups[2].InstanceCount`.
        problem: The problem.
    """

    file: Path
    line: int
    place: str
    problem: Problem

    @property
    def text(self) -> str:
        """What is wrong, and the fix."""
        return f"{self.problem.value!r} {self.problem.message}; {self.problem.fix}"


@dataclass(frozen=True)
class Report:
    """All that was found.

    Attributes:
        problems: What was found.
        clusters: Number of clusters that were judged.
        forms: Number of provisioning forms that were judged.
    """

    problems: tuple[Reported, ...]
    clusters: int
    forms: int

    @property
    def errors(self) -> int:
        """Number of errors."""
        return self._count(Severity.ERROR)

    @property
    def warnings(self) -> int:
        """Number of warnings."""
        return self._count(Severity.WARNING)

    @property
    def summary(self) -> str:
        """All of it in one line."""
        forms = f", {_number(self.forms, 'form')}" if self.forms else ""
        return (
            f"{_number(self.clusters, 'cluster')}{forms}: "
            f"{_number(self.errors, 'error')}, {_number(self.warnings, 'warning')}"
        )

    def _count(self, severity: Severity) -> int:
        return sum(1 for each in self.problems if each.problem.severity is severity)


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
