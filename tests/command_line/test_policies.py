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
        "characters; print each with --part (ArgumentInvalid)\n"
    )
    for number, part in enumerate(parts, start=1):
        file = tmp_path / "policy.json"
        assert main([*arguments, "--part", str(number), "--output", str(file)]) == 0
        assert json.loads(file.read_text()) == document(part)


@pytest.mark.parametrize("part", ["0", "3"])
def test_fails_on_another_part(capsys: pytest.CaptureFixture[str], part: str) -> None:
    assert main(["policies", "viewer", "--part", part]) == 2
    assert (
        capsys.readouterr().err
        == f"hyperpod-constructs: --part {part}: viewer has 1 part (ArgumentInvalid)\n"
    )


ROLE = "arn:aws:iam::111122223333:role/nodes"
EKS = "arn:aws:eks:us-west-2:111122223333:cluster/training"
BOUNDARY = "arn:aws:iam::111122223333:policy/boundary"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--tag", "team"], "argument --tag: 'team' must be KEY=VALUE"),
        (["--tag", "aws:team=llm"], "argument --tag: 'aws:team' must be 1 to 128 letters"),
        (["--tag", "team=*"], "argument --tag: '*' must be up to 256 letters"),
        (["--tag", "a=b", "--tag", "c=d"], "argument --tag: is repeated; specify it once"),
        (["--account", "1234"], "argument --account: '1234' must be an account ID of 12 digits"),
        (["--tag", "team="], "argument --tag: 'team=' has no value; specify the value of the tag"),
        (["--tag", "team=*"], "(TagValue)"),
        (["--region", "us-wst-2"], "argument --region: 'us-wst-2' must be a Region such as us-w"),
        (["--region", "oregon"], "argument --region: 'oregon' must be a Region such as us-west-2"),
        (["--partition", "amazon"], "argument --partition: 'amazon' must be a partition"),
        (["--output", ""], "argument --output: is empty; specify a file"),
    ],
)
def test_fails_on_wrong_values(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    with pytest.raises(SystemExit):
        main(["policies", "viewer", *arguments])
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["administrator", "--execution-role", f"{ROLE}*"],
            f"--execution-role: '{ROLE}*' is not the ARN of a single role",
        ),
        (
            ["administrator", "--execution-role", ROLE, "--account", "444455556666"],
            f"--execution-role: '{ROLE}' is in account 111122223333",
        ),
        (
            ["administrator", "--eks", "--eks-cluster", EKS, "--partition", "aws-cn"],
            f"--eks-cluster: '{EKS}' is in partition aws",
        ),
        (
            ["viewer", "--region", "cn-north-1"],
            "--region: cn-north-1 is in another partition than aws; use --partition aws-cn",
        ),
        (
            ["viewer", "--region", "us-west-2", "--partition", "aws-cn"],
            "--region: us-west-2 is in another partition than aws-cn; use --partition aws",
        ),
        (
            ["operator", "--eks-cluster", EKS],
            "--eks-cluster: limits what --eks covers; specify --eks as well",
        ),
        (
            ["deployment", "--permissions-boundary", ROLE],
            f"--permissions-boundary: '{ROLE}' is not the ARN of a single policy",
        ),
        (
            ["deployment", "--permissions-boundary", BOUNDARY, "--users-and-groups"],
            "--users-and-groups: allows a deployment to change policies that --permissions-boundary",
        ),
        (
            ["viewer", "--execution-role", ROLE],
            "--execution-role: has no effect on the policy view",
        ),
        (
            ["viewer", "--eks", "--eks-cluster", EKS],
            "--eks-cluster: has no effect on the policy viewer",
        ),
        (["operator", "--volume-keys"], "--volume-keys: has no effect on the policy operator"),
        (["deployment", "--tag", "a=b"], "--tag: has no effect on the policy deployment; omit it"),
        (
            ["operator", "--managed-policies"],
            "--managed-policies: has no effect on the policy operator",
        ),
    ],
)
def test_fails_on_options_that_do_not_fit(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert main(["policies", *arguments]) == 2
    assert capsys.readouterr().err.startswith(f"hyperpod-constructs: {words}")


def test_reports_all_problems(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policies", "viewer", "--volume-keys", "--execution-role", ROLE]) == 2
    assert capsys.readouterr().err.count("has no effect") == 2


def test_limits_eks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policies", "administrator", "--eks", "--eks-cluster", EKS]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"  on {EKS}" in lines
    assert f"  on {EKS.replace(':cluster/', ':access-entry/')}/*" in lines
    assert "ComputeQuotas: Allow" in lines


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        *(("us-west-2", "aws"), ("ap-southeast-4", "aws"), ("mx-central-1", "aws")),
        *(("us-gov-east-1", "aws-us-gov"), ("cn-northwest-1", "aws-cn")),
        ("eusc-de-east-1", "aws-eusc"),
    ],
)
def test_accepts_regions_of_each_partition(region: str, partition: str) -> None:
    assert main(["policies", "viewer", "--region", region, "--partition", partition]) == 0
