"""Findings of a check."""

import re
from collections.abc import Iterable, Sequence
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
        group: Name of the instance group of the value, if any.
        message_has_value: Whether the message of the problem contains the value.
    """

    file: Path
    line: int
    place: str
    problem: Problem
    group: str | None = None
    message_has_value: bool = False

    @property
    def text(self) -> str:
        """Value, message and fix."""
        statement = self.problem.message if self.message_has_value else self.problem.statement
        return f"{statement}; {self.problem.fix}"


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
        return _count(self.problems, Severity.ERROR)

    @property
    def warnings(self) -> int:
        """Number of warnings."""
        return _count(self.problems, Severity.WARNING)

    @property
    def kinds(self) -> Sequence[Sequence[Reported]]:
        """Problems, those that differ only in the instance group together."""
        kinds: dict[object, list[Reported]] = {}
        for number, each in enumerate(self.problems):
            place = _GROUP.sub("[]", each.place, count=1)
            kind = (each.file, place, each.problem.code, each.text) if each.group else number
            kinds.setdefault(kind, []).append(each)
        return list(kinds.values())

    @property
    def summary(self) -> str:
        """Number of problems in one line."""
        return self.summary_of(self.problems)

    def summary_of(self, problems: Sequence[Reported]) -> str:
        """Same as `summary`, for some of the problems."""
        forms = f", {_number(self.forms, 'form')}" if self.forms else ""
        return (
            f"{_number(self.clusters, 'cluster')}{forms}: "
            f"{_number(_count(problems, Severity.ERROR), 'error')}, "
            f"{_number(_count(problems, Severity.WARNING), 'warning')}"
        )


_GROUP = re.compile(r"(?<=InstanceGroups)\[\d+\]")


def _count(problems: Iterable[Reported], severity: Severity) -> int:
    return sum(1 for each in problems if each.problem.severity is severity)


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
