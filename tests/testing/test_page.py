"""The page on tests of one's own stack: its examples are a test module that passes."""

import json
import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from tests.synth import ROOT

PAGE = (ROOT / "docs" / "testing.md").read_text()
MODULE = "\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
NAMES = re.findall(r"^def (test_\w+)", MODULE, re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_example(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CDK_OUTDIR", str(tmp_path / "cdk.out"))
    module: dict[str, Any] = {}
    exec(MODULE, module)  # noqa: S102
    deployed = Template.from_stack(module["TrainingStack"](cdk.App(), "Training")).to_json()
    (tmp_path / "deployed.json").write_text(json.dumps(deployed))

    module[name]()


def test_there_are_examples() -> None:
    assert len(NAMES) > 5
