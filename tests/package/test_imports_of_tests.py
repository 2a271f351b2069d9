"""Tests share what stands in plainly named modules; no module takes anything out of a test module."""

import ast
from pathlib import Path

from tests.synth import ROOT

FILES = {str(path.relative_to(ROOT)): path for path in sorted((ROOT / "tests").rglob("*.py"))}


def imported(path: Path) -> list[str]:
    """Every module and name that a file imports, with dots between them."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [f"{node.module or ''}.{alias.name}" for alias in node.names]
    return found


def names_a_test_module(name: str) -> bool:
    return any(step.startswith("test_") for step in name.split("."))


def test_nothing_comes_out_of_a_test_module() -> None:
    wrong = [
        f"{file} imports {name}"
        for file, path in FILES.items()
        for name in imported(path)
        if names_a_test_module(name)
    ]

    assert wrong == [], "move it to a module that both import"
