"""Every Python block of the README runs, and its commands are there."""

import os
import re
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

import hyperpod_constructs as hp
from tests.clusters.stacks import GROUPS
from tests.synth import CONTEXT, ROOT, make_stack

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"(?:<!-- folder: (\w+) -->\n)?```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize(("folder", "block"), BLOCKS, ids=range(len(BLOCKS)))
def test_block_runs(
    folder: str, block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(os.environ, "CDK_OUTDIR", str(tmp_path / "cdk.out"))
    if folder:
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "on_create.sh").write_text("#!/bin/bash\n")
    stack = make_stack(cdk.App(context=CONTEXT), "Stack")
    cdk.CfnWaitConditionHandle(stack, "NotEmpty")

    exec(block, {"cdk": cdk, "hp": hp, "stack": stack, "groups": list(GROUPS)})  # noqa: S102

    Template.from_stack(stack)


def test_printed_problem_is_what_the_program_prints(
    capsys: pytest.CaptureFixture[str],
) -> None:
    (block,) = (text for _, text in BLOCKS if "problem in model.problems()" in text)
    exec(block, {"hp": hp, "groups": list(GROUPS)})  # noqa: S102

    assert capsys.readouterr().out in README


@pytest.mark.parametrize("target", re.findall(r"^make (\w+)", README, re.MULTILINE))
def test_command_is_a_target(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_there_are_blocks() -> None:
    assert len(BLOCKS) > 10
