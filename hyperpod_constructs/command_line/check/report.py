"""Findings of a check."""

from dataclasses import dataclass
from pathlib import Path

from hyperpod_constructs.model.problem import Problem, Severity


@dataclass(frozen=True)
class Reported:
    """A problem and its location in a file.

    Attributes:
        file: Path of the file, as specified by the user.
        line: Line number of the value, or of the nearest enclosing one.
        place: Path of the value, such as `InstanceGroups[2].InstanceCount`.
        problem: Problem at the location.
    """

    file: Path
    line: int
    place: str
    problem: Problem

    @property
    def text(self) -> str:
        """Value, message and fix."""
        return f"{self.problem.value!r} {self.problem.message}; {self.problem.fix}"


@dataclass(frozen=True)
class Report:
    """The report of a check.

    Attributes:
        problems: Problems found.
        clusters: Number of validated clusters.
        forms: Number of validated provisioning forms.
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
        """Summary in one line."""
        forms = f", {_number(self.forms, 'form')}" if self.forms else ""
        return (
            f"{_number(self.clusters, 'cluster')}{forms}: "
            f"{_number(self.errors, 'error')}, {_number(self.warnings, 'warning')}"
        )

    def _count(self, severity: Severity) -> int:
        return sum(1 for each in self.problems if each.problem.severity is severity)


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
