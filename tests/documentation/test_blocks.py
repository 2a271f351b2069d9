"""Every Python block of the documentation runs, JSON is JSON, and commands exist."""

import json
import os
import re
from pathlib import Path

import aws_cdk as cdk
import pytest
import yaml
from aws_cdk.assertions import Annotations, Match, Template

import hyperpod_constructs as hp
from tests.clusters.stacks import GROUPS
from tests.eks.charts import make_chart
from tests.synth import CONTEXT, ROOT, make_stack

from .pages import OTHER_PAGES, PAGES, Block, blocks, name_of

PYTHON = [block for page in PAGES for block in blocks(page, "python")]
PRINTING = [block for block in PYTHON if "print(problem)" in block.text]


@pytest.mark.parametrize("block", PYTHON, ids=str)
def test_python_runs(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(os.environ, "CDK_OUTDIR", str(tmp_path / "cdk.out"))
    if block.folder:
        (tmp_path / block.folder).mkdir()
        (tmp_path / block.folder / "on_create.sh").write_text("#!/bin/bash\n")
        make_chart(tmp_path / block.folder)
    for file in blocks(block.page, "json"):
        if file.title:
            (tmp_path / file.title).write_text(file.text)
    stack = make_stack(cdk.App(context=CONTEXT), "Stack")
    cdk.CfnWaitConditionHandle(stack, "NotEmpty")

    exec(block.text, {"cdk": cdk, "hp": hp, "stack": stack, "groups": list(GROUPS)})  # noqa: S102

    Template.from_stack(stack)
    warnings = Annotations.from_stack(stack).find_warning("*", Match.any_value())
    assert [each.entry.data for each in warnings] == []


@pytest.mark.parametrize("block", PRINTING, ids=str)
def test_printed_problem_is_what_the_program_prints(
    block: Block, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(block.text, {"hp": hp, "groups": list(GROUPS)})  # noqa: S102

    assert capsys.readouterr().out in [each.text for each in blocks(block.page, "text")]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_python_block_is_found(page: Path) -> None:
    fences = re.findall(r"^\s*```\s*(?:python|py)\b", page.read_text(), re.MULTILINE)

    assert len(fences) == len(blocks(page, "python"))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_json_and_yaml_can_be_read(page: Path) -> None:
    for block in blocks(page, "json"):
        assert json.loads(block.text), block
    for block in blocks(page, "yaml"):
        assert yaml.safe_load(block.text), block


@pytest.mark.parametrize("page", [*PAGES, *OTHER_PAGES], ids=name_of)
def test_make_targets_exist(page: Path) -> None:
    targets = re.findall(r"^([\w -]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    known = {name for names in targets for name in names.split()}
    shell = "\n".join(block.text for block in blocks(page, "bash"))
    inline = re.findall(r"`(make [^`\n]+)`", page.read_text())

    named = re.findall(r"^\s*make ([\w-]+)", "\n".join([shell, *inline]), re.MULTILINE)

    assert set(named) <= known


@pytest.mark.parametrize("page", [*PAGES, *OTHER_PAGES], ids=name_of)
def test_the_cli_is_the_pinned_one(page: Path) -> None:
    pinned = json.loads((ROOT / "package.json").read_text())["devDependencies"]["aws-cdk"]

    assert set(re.findall(r"aws-cdk@([\w.]+)", page.read_text())) <= {pinned}


def test_there_are_blocks() -> None:
    assert len(PYTHON) > 40
    assert len(PRINTING) == 1
