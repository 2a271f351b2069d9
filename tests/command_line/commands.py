"""What the tests of commands do: write files, convert a request, run the app."""

import json
import runpy
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aws_cdk as cdk
import pytest

from hyperpod_constructs.__main__ import main


def write(name: str, content: object) -> str:
    """Writes a file into the folder of the test, and returns its name."""
    Path(name).write_text(content if isinstance(content, str) else json.dumps(content, indent=2))
    return name


def convert(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, str]:
    """The app and the report of a conversion that succeeds."""
    assert main(["convert", *arguments]) == 0, capsys.readouterr().err
    output = capsys.readouterr()
    return output.out, output.err


def run_app(source: str) -> dict[str, dict[str, Any]]:
    """Runs an app as the CDK CLI would, and returns the resources of its one stack."""
    Path("app.py").write_text(source)
    of_cli = partial(cdk.App, outdir=str(Path("cdk.out").resolve()))
    with patch.object(cdk, "App", of_cli):
        runpy.run_path("app.py", run_name="__main__")
    (template,) = Path("cdk.out").glob("*.template.json")
    resources: dict[str, dict[str, Any]] = json.loads(template.read_text())["Resources"]
    return resources


def cluster_of(resources: dict[str, dict[str, Any]]) -> dict[str, Any]:
    (cluster,) = (each for each in resources.values() if each["Type"] == "AWS::SageMaker::Cluster")
    properties: dict[str, Any] = cluster["Properties"]
    return properties


def assert_formatted(source: str) -> None:
    for command in (["format", "--check"], ["check", "--select", "E,F,I,W", "--ignore", "E501"]):
        result = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--stdin-filename=app.py", "-"],
            input=source,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stdout + result.stderr


def found(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    """The problems that a check reports."""
    assert main(["check", "--format", "json", *arguments]) < 2, capsys.readouterr().err
    problems: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["problems"]
    return problems


def codes(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[tuple[str, str, str]]:
    return [(each["severity"], each["code"], each["path"]) for each in found(capsys, *arguments)]
