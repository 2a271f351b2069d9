"""The page on tests of one's own stack: its examples are a test module that passes."""

import json
import re
from pathlib import Path
from typing import Any

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
    (tmp_path / "cdk.json").write_text((ROOT / "cdk.json").read_text())
    (tmp_path / "cdk.context.json").write_text('{"looked-up": true}')
    app = module["new_app"]()
    assert app.node.get_context("looked-up")
    assert app.node.get_context("@aws-cdk/core:defaultCrossStackReferences") == "weak"
    deployed = Template.from_stack(module["TrainingStack"](app, "Training")).to_json()
    (tmp_path / "deployed.json").write_text(json.dumps({"TemplateBody": deployed}))
    (tmp_path / "new.out").mkdir()
    (tmp_path / "new.out" / "Training.template.json").write_text(json.dumps(deployed))

    module[name]()


def test_the_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cdk.json").write_text((ROOT / "cdk.json").read_text())
    module: dict[str, Any] = {}
    exec(MODULE, module)  # noqa: S102
    types = module["template_of"](), module["template_of"](gpu_type="ml.g6.8xlarge")

    with pytest.raises(AssertionError) as raised:
        module["ClusterUpdate"](*types).assert_replaces_nothing()

    assert f"```text\n{raised.value}\n```" in PAGE


def test_there_are_examples() -> None:
    assert len(NAMES) > 5
