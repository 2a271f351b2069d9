"""What all commands for clusters have in common: help, the extra, and `diff` at the command line."""

import json
import re
import shlex
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from hyperpod_constructs.__main__ import main
from hyperpod_constructs.command_line.operate.acts import ACTS
from tests.synth import ROOT

from .live import NAME, Live

GROUP = {
    "InstanceGroupName": "gpu",
    "InstanceType": "ml.m5.xlarge",
    "InstanceCount": 5,
    "ThreadsPerCore": 2,
    "ExecutionRole": {"Fn::GetAtt": ["Role", "Arn"]},
    "SlurmConfig": {"NodeType": "Compute"},
}
PROPERTIES = {
    "InstanceGroups": [GROUP],
    "Orchestrator": {"Slurm": {}},
    "NodeProvisioningMode": "Continuous",
}
TEMPLATE = {"Resources": {"C": {"Type": "AWS::SageMaker::Cluster", "Properties": PROPERTIES}}}
PAGES = [ROOT / "docs" / "guides" / f"{name}.md" for name in ("before-deployment", "operate")]
DOCUMENTED = [
    line
    for page in PAGES
    for line in re.findall(r"^hyperpod-constructs (.*)$", page.read_text(), re.MULTILINE)
]


@pytest.mark.parametrize("command", ACTS)
def test_help_needs_no_boto3(command: str) -> None:
    program = (
        "import sys; sys.modules.update(dict.fromkeys(('boto3', 'botocore', 'rich')))\n"
        "from hyperpod_constructs.__main__ import main\n"
        f"main([{command!r}, '--help'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert f"hyperpod-constructs {command} " in done.stdout
    assert not re.search(r"[a-z]-$", done.stdout, re.MULTILINE)
    assert max(map(len, done.stdout.partition("examples:")[0].splitlines())) <= 100


def test_the_policy_needs_no_boto3_and_no_credentials() -> None:
    program = (
        "import sys; sys.modules.update(dict.fromkeys(('boto3', 'botocore')))\n"
        "from hyperpod_constructs.__main__ import main\n"
        "sys.exit(main(['nodes', 'training', '--policy']))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)

    assert "sagemaker:ListClusterNodes" in json.loads(done.stdout)["Statement"][0]["Action"]


@pytest.mark.parametrize("command", ACTS)
def test_the_policy_needs_no_other_argument(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--policy"]) == 0

    statements = json.loads(capsys.readouterr().out)["Statement"]
    assert bool(statements) is (command not in {"cost", "prices"})


HELP = {
    "connect": "a Session document of Systems Manager",
    "policies": "hyperpod-constructs logs --policy",
    "replace": "Use instance IDs",
    "run": "With --json, prints the exit status",
    "prices": "--url URL",
}
"""What the help of a command says, with single spaces."""


@pytest.mark.parametrize("command", HELP)
def test_help_says_what_readers_missed(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])

    assert HELP[command] in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("command", [*ACTS, "policies"])
def test_regions_that_are_none_are_refused(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([command, "--region", "us-wset-2"])

    assert "'us-wset-2' must be a Region such as us-west-2" in capsys.readouterr().err


@pytest.mark.parametrize("command", [("nodes", "training"), ("prices",)])
def test_regions_of_the_environment_that_are_none_are_refused(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_REGION", "us-wset-2")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-wset-2")

    assert main(command) == 2

    assert "'us-wset-2': is not a Region such as us-west-2" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("run", "training", "gpu", "uname", "-a"),
            "unrecognized arguments: -a; specify a command after --, such as -- nvidia-smi -L "
            "(ArgumentInvalid)",
        ),
        (
            ("update-software", "training", "--wait-between", "3601"),
            "'3601' must be a number of seconds, up to 3600 (ArgumentInvalid)",
        ),
        (
            ("preflight", "training"),
            "training: does not exist; specify the file of a cluster to deploy: a template, a cdk.out "
            "directory or a request (FileUnreadable)",
        ),
        (
            ("prices", "--region", "us-west-2", "--url", "file:prices"),
            "or --url with the http or https address of a copy of it (PricesMissing)",
        ),
    ],
)
def test_wrong_arguments_are_said_with_the_fix(
    arguments: tuple[str, ...],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with suppress(SystemExit):
        assert main(arguments) == 2

    assert capsys.readouterr().err.endswith(f"{message}\n")


def test_a_missing_extra_is_said_with_the_command_that_installs_it() -> None:
    program = (
        "import sys; sys.modules['boto3'] = None\n"
        "from hyperpod_constructs.__main__ import main\n"
        "sys.exit(main(['nodes', 'training']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert done.stderr == (
        "hyperpod-constructs nodes: requires boto3; install it: python -m pip install "
        '"hyperpod-constructs[operate]" (ExtraMissing)\n'
    )


@pytest.mark.parametrize("line", DOCUMENTED)
def test_documented_commands_are_valid(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    command, *arguments = shlex.split(line.partition(" > ")[0])

    assert main([command, "--policy", *arguments]) == 0
    assert json.loads(capsys.readouterr().out)["Version"] == "2012-10-17"


def test_a_closed_pipe_ends_a_command(live: Live) -> None:
    process = live.start("nodes", NAME)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read()

    assert process.wait() == 141
    assert "BrokenPipe" not in err


def test_diff_prints_what_an_update_does(live: Live) -> None:
    (live.folder / "template.json").write_text(json.dumps(TEMPLATE))

    done = live.run("diff", "template.json", "--cluster", NAME, status=1)

    rows = [line.split("  ") for line in done.out.splitlines()]
    found = {tuple(filter(None, map(str.strip, row))) for row in rows[1:]}
    assert found == {
        ("deletes nodes", "InstanceGroups[controller]", "1", "-"),
        ("adds nodes", "InstanceGroups[gpu].InstanceCount", "3", "5"),
        ("rejected: group must be renamed", "InstanceGroups[gpu].ThreadsPerCore", "1", "2"),
        (
            "new nodes only",
            "InstanceGroups[gpu].InstanceStorageConfigs",
            '[{"EbsVolumeConfig": {"VolumeSizeInGB": 500}}]',
            "-",
        ),
    }
    assert done.err == "4 changes; not known before deployment: 1 value\n"


def test_diff_succeeds_for_changes_in_place(live: Live) -> None:
    description = live.emulator.clusters.call("DescribeCluster", {"ClusterName": NAME})
    groups = [
        {
            **{key: value for key, value in group.items() if key not in {"CurrentCount", "Status"}},
            "InstanceCount": group["TargetCount"] + (group["InstanceGroupName"] == "gpu"),
        }
        for group in description["InstanceGroups"]
    ]
    for group in groups:
        del group["TargetCount"]
    properties = {
        "InstanceGroups": groups,
        "Orchestrator": description["Orchestrator"],
        "NodeProvisioningMode": "Continuous",
    }
    template = {"Resources": {"C": {"Type": "AWS::SageMaker::Cluster", "Properties": properties}}}
    (live.folder / "template.json").write_text(json.dumps(template))

    (change,) = live.run("diff", "template.json", "--cluster", NAME, "--json").json["Changes"]

    assert change == {
        "path": "InstanceGroups[gpu].InstanceCount",
        "before": 3,
        "after": 4,
        "effect": "adds nodes",
    }


def test_diff_names_files_without_the_cluster(live: Live) -> None:
    (live.folder / "template.json").write_text('{"Resources": {"A": {"Type": "AWS::SNS::Topic"}}}')

    done = live.run("diff", "template.json", "--cluster", NAME, status=2)

    assert "template.json: contains 0 clusters, and 0 of them have the ClusterName" in done.err
