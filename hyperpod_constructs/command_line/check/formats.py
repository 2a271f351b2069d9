"""Report formats: text, JSON and SARIF."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from .report import Report
from .sarif import sarif_log


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


FORMATS: Mapping[str, Callable[[Report], str]] = {
    "json": _as_json,
    "sarif": _as_sarif,
    "text": _as_text,
}
