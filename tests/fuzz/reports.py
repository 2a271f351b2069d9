"""What holds for every finding of a check, whatever the file."""

import io
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hyperpod_constructs.__main__ import main
from hyperpod_constructs.checks.findings import Finding
from hyperpod_constructs.schema.paths import PropertyPath
from tests.synth import ROOT

_FOLDER = TemporaryDirectory()
_FILE = Path(_FOLDER.name, "file.json")
_REPORT = Path(_FOLDER.name, "report.json")
_UNREADABLE = 2
_CUT = "…"

READ = ("RequestKey", "RequestType", "RequestValue", "RequestText", "RequestApiOnly")
"""Codes of problems with something that is written, in contrast to something that is not."""


@cache
def documented_codes() -> frozenset[str]:
    """The codes of docs/rules.md."""
    page = (ROOT / "docs" / "rules.md").read_text()
    return frozenset(re.findall(r"^### (\w+)$", page, flags=re.MULTILINE))


def assert_right(findings: Sequence[Finding], document: Any, form: Any = None) -> None:
    """Each finding is at something that exists or can be added, and is in the documentation."""
    for finding in findings:
        problem = finding.problem
        assert problem.code in documented_codes(), problem
        assert problem.fix, problem
        assert "\n" not in str(problem), problem
        whole = form if finding.in_form else document
        assert is_place(whole, finding.path, exactly=problem.code in READ), finding


def is_place(document: Any, path: PropertyPath, *, exactly: bool) -> bool:
    """Whether a path is that of a value, or, if not exactly, of a key that an object lacks."""
    for step in path:
        match step, document:
            case str(), Mapping():
                if step not in document:
                    return not exactly or step.endswith(_CUT)
                document = document[step]
            case int(), list():
                if step >= len(document):
                    return False
                document = document[step]
            case _:
                return False
    return True


def judgements(findings: Sequence[Finding]) -> Counter[object]:
    """What does not depend on the order of keys; a value is shown as it is written."""
    return Counter(
        (each.path, each.in_form, replace(each.problem, value=None)) for each in findings
    )


def in_another_order(document: Any) -> Any:
    """The same JSON, with the keys of every object the other way round."""
    match document:
        case Mapping():
            return {key: in_another_order(document[key]) for key in reversed(list(document))}
        case list():
            return [in_another_order(each) for each in document]
        case _:
            return document


def is_file(document: Any) -> bool:
    """Whether it can be a file, which has no number that JSON does not have."""
    try:
        json.dumps(document, allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True


def checked(document: Any, *options: str) -> list[dict[str, Any]] | None:
    """What the command reports of a file; none if it says that it cannot read it."""
    _FILE.write_text(json.dumps(document))
    arguments = ["check", *options, "--format", "json", "--output", str(_REPORT), str(_FILE)]
    with redirect_stderr(io.StringIO()) as summary:
        status = main(arguments)
    lines = summary.getvalue().splitlines()
    assert len(lines) == 1 + lines[0].startswith("no cluster found"), lines
    if status == _UNREADABLE:
        return None
    problems: list[dict[str, Any]] = json.loads(_REPORT.read_text())["problems"]
    return problems
