"""The emulator stands by itself."""

import re
from pathlib import Path

import pytest

from tests.synth import ROOT

EMULATOR = ROOT / "tests" / "aws"


@pytest.mark.parametrize(
    "path", sorted(EMULATOR.rglob("*.py")), ids=lambda path: str(path.relative_to(EMULATOR))
)
def test_it_needs_no_tests(path: Path) -> None:
    imported = re.findall(r"^\s*(?:from|import) (\S+)", path.read_text(), re.MULTILINE)
    own = [name for name in imported if name.startswith("tests.")]

    assert [name for name in own if not name.startswith("tests.aws")] == []
    assert [name for name in imported if "test_" in name] == []
