"""docs/security.md names tests that are there."""

import re

from tests.synth import ROOT

PAGE = (ROOT / "docs/security.md").read_text()


def test_names_only_tests_that_exist() -> None:
    files = [*(ROOT / "tests").rglob("test_*.py")]
    text = "".join(path.read_text() for path in files)
    named = set(re.findall(r"`(test_\w+?)(\.py)?`", PAGE))
    assert len(named) > 20
    for name, suffix in named:
        if suffix:
            assert f"{name}.py" in {path.name for path in files}
        else:
            assert f"def {name}(" in text, name


def test_every_claim_has_a_test() -> None:
    table = PAGE.split("## Verification")[1].split("## What remains")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][2:]
    assert rows
    assert all("test_" in row for row in rows)
