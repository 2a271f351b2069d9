"""What was found, as text, JSON or SARIF."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hyperpod_constructs.model.errors import Problem, Severity

from .sarif import sarif_log


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


def _as_text(report: Report) -> str:
    lines = [
        ": ".join(
            filter(
                None,
                (
                    f"{each.file}:{each.line}",
                    each.place,
                    f"{each.problem.severity} {each.problem.code}",
                    each.text,
                ),
            )
        )
        for each in report.problems
    ]
    return "\n".join([*lines, report.summary]) + "\n"


def _as_json(report: Report) -> str:
    return _dump(
        {
            "clusters": report.clusters,
            "forms": report.forms,
            "errors": report.errors,
            "warnings": report.warnings,
            "problems": [
                {
                    "file": each.file.as_posix(),
                    "line": each.line,
                    "path": each.place,
                    "severity": str(each.problem.severity),
                    "code": each.problem.code,
                    "value": each.problem.value,
                    "message": each.problem.message,
                    "fix": each.problem.fix,
                }
                for each in report.problems
            ],
        }
    )


def _as_sarif(report: Report) -> str:
    return _dump(sarif_log(report.problems))


def _dump(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2, default=repr) + "\n"


REPORTS: Mapping[str, Callable[[Report], str]] = {
    "json": _as_json,
    "sarif": _as_sarif,
    "text": _as_text,
}
