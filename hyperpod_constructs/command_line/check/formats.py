"""Report formats: text, JSON and SARIF."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .report import Report, Reported
from .sarif import sarif_log

_MOST_LINES = 1000
_MOST_GROUPS = 20


def _as_text(report: Report) -> str:
    kinds = report.kinds
    lines = [_line(kind) for kind in kinds[:_MOST_LINES]]
    if len(kinds) > _MOST_LINES:
        lines.append(f"{len(kinds) - _MOST_LINES} more problems; --format json contains all")
    return "\n".join([*lines, report.summary_of([kind[0] for kind in kinds])]) + "\n"


def _line(kind: Sequence[Reported]) -> str:
    first = kind[0]
    parts = (
        f"{first.file}:{first.line}",
        first.place,
        f"{first.problem.severity} {first.problem.code}",
        first.text + _groups(kind),
    )
    return ": ".join(filter(None, parts))


def _groups(kind: Sequence[Reported]) -> str:
    """The instance groups of a problem of several groups."""
    if len(kind) == 1:
        return ""
    names = [repr(each.group) for each in kind[:_MOST_GROUPS]]
    more = f" and {len(kind) - _MOST_GROUPS} more" if len(kind) > _MOST_GROUPS else ""
    return f" (instance groups {', '.join(names)}{more})"


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
