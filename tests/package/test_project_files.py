"""Workflows, issue forms, updates of dependencies and hooks of the repository."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.synth import ROOT

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = [
    path for path in sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml")) if path.name != "config.yml"
]
INPUTS = {"markdown", "textarea", "input", "dropdown", "checkboxes"}


def name_of(path: Path) -> str:
    return path.name


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_actions_are_pinned_to_commits(path: Path) -> None:
    used = re.findall(r"uses: (.*)", path.read_text())

    assert used
    assert [each for each in used if not re.fullmatch(r"\S+@[0-9a-f]{40} # v\d\S*", each)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_workflows_have_no_permissions_but_those_of_jobs(path: Path) -> None:
    workflow = load(path)

    assert workflow["permissions"] == {}
    assert all("permissions" in job and job["timeout-minutes"] for job in workflow["jobs"].values())


@pytest.mark.parametrize("path", FORMS, ids=name_of)
def test_issue_forms_are_valid(path: Path) -> None:
    form = load(path)

    assert set(form) == {"name", "description", "labels", "body"}
    fields = [each for each in form["body"] if each["type"] != "markdown"]
    assert {each["type"] for each in form["body"]} <= INPUTS
    assert len({each["id"] for each in fields}) == len(fields)
    assert all(each["attributes"]["label"] for each in fields)
    assert any(each.get("validations", {}).get("required") for each in fields)


def test_hooks_are_the_linters() -> None:
    (repository,) = load(ROOT / ".pre-commit-config.yaml")["repos"]
    hooks = " ".join(hook["entry"] for hook in repository["hooks"])
    recipe = re.findall(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    commands = re.findall(r"\$\(BIN\)/(.*)", recipe[0])

    assert len(commands) == len(repository["hooks"])
    for command in commands:
        assert command.split(" .ci/run")[0] in hooks


def test_updates_cover_what_is_pinned() -> None:
    updates = {each["package-ecosystem"] for each in load(GITHUB / "dependabot.yml")["updates"]}

    assert updates == {"pip", "npm", "github-actions"}


def test_lock_files_hold_no_address() -> None:
    for name in ("constraints.txt", "package-lock.json"):
        assert "://" not in (ROOT / name).read_text()
