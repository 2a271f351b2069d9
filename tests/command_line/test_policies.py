"""Policies at the command line: `python -m hyperpod_constructs policies`."""

import json
from pathlib import Path

import pytest

from hyperpod_constructs.__main__ import main
from hyperpod_constructs.model.environment import Environment
from hyperpod_constructs.permissions.policies import POLICIES
from hyperpod_constructs.permissions.policy_document import document, split
from hyperpod_constructs.permissions.policy_options import PolicyOptions

FULL = ("--eks", "--custom-images", "--training-plans", "--volume-keys")
HERE = ("--account", "111122223333", "--region", "us-west-2")


@pytest.mark.parametrize("name", POLICIES)
def test_prints_the_document(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main(["policies", name, "--json", *HERE]) == 0

    environment = Environment("aws", "111122223333", "us-west-2")
    expected = document(POLICIES[name](environment, PolicyOptions()))
    assert json.loads(capsys.readouterr().out) == expected


def test_prints_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policies", "viewer", "--tag", "team=llm", "--partition", "aws-cn"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(" of 6,144 characters")
    assert lines[2:4] == ["Clusters: Allow", "  sagemaker:DescribeCluster"]
    assert "  on arn:aws-cn:sagemaker:*:*:cluster/*" in lines
    assert "  if aws:ResourceTag/team StringEquals llm" in lines


def test_prints_parts(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    arguments = ["policies", "deployment", "--json", *FULL, *HERE]
    parts = split(
        POLICIES["deployment"](
            Environment("aws", "111122223333", "us-west-2"),
            PolicyOptions(eks=True, custom_images=True, training_plans=True, volume_keys=True),
        )
    )

    assert main(arguments) == 2
    assert capsys.readouterr().err == (
        "hyperpod-constructs: deployment has 2 parts, since IAM limits a managed policy to 6,144 "
        "characters; print each with --part\n"
    )
    for number, part in enumerate(parts, start=1):
        file = tmp_path / "policy.json"
        assert main([*arguments, "--part", str(number), "--output", str(file)]) == 0
        assert json.loads(file.read_text()) == document(part)


@pytest.mark.parametrize("part", ["0", "3"])
def test_fails_on_another_part(capsys: pytest.CaptureFixture[str], part: str) -> None:
    assert main(["policies", "viewer", "--part", part]) == 2
    assert capsys.readouterr().err == f"hyperpod-constructs: --part {part}: viewer has 1 part\n"


def test_fails_on_a_wrong_tag(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["policies", "viewer", "--tag", "team"])
    assert "'team' must be KEY=VALUE" in capsys.readouterr().err
