"""The sample: its template, its findings, its description, and that nothing of it is by chance."""

import filecmp
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cdk_nag
import pytest
from syrupy.assertion import SnapshotAssertion

from hyperpod_constructs.__main__ import main
from sample_app.acknowledgments import acknowledge, findings
from sample_app.training_stack import TrainingStack
from tests.clusters.stacks import make_sample
from tests.synth import CONTEXT, ROOT, template
from tests.thorough import thorough

PACKS: list[Callable[[], Any]] = [
    cdk_nag.AwsSolutionsChecks,
    cdk_nag.NIST80053R5Checks,
    cdk_nag.HIPAASecurityChecks,
    cdk_nag.PCIDSS321Checks,
]


def synthesize(outdir: Path) -> Path:
    context = CONTEXT | {"aws:cdk:enable-path-metadata": True}
    subprocess.run(
        [sys.executable, "-m", "sample_app"],
        cwd=ROOT,
        env={
            **os.environ,
            "CDK_OUTDIR": str(outdir),
            "CDK_CONTEXT_JSON": json.dumps(context),
            "CDK_VALIDATION": "false",
        },
        check=True,
    )
    return outdir


def violations(stack: TrainingStack) -> dict[str, set[str]]:
    """Ids of findings by construct path."""
    found: dict[str, set[str]] = {}
    for pack in PACKS:
        for violation in pack().validate_scope(stack).violations:
            for resource in violation.violating_resources:
                found.setdefault(resource.construct_path, set()).add(violation.rule_name)
    return found


def test_template(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    assert template(make_sample(tmp_path)) == snapshot


def test_no_finding_is_left(tmp_path: Path) -> None:
    stack = make_sample(tmp_path)
    acknowledge(stack)

    assert violations(stack) == {}


def test_every_acknowledgment_is_needed_where_it_stands(tmp_path: Path) -> None:
    stack = make_sample(tmp_path)
    found = violations(stack)

    for construct, reasons in findings(stack):
        path = construct.node.path
        below = {
            rule
            for where, rules in found.items()
            if where == path or where.startswith(f"{path}/")
            for rule in rules
        }
        assert set(reasons) <= below, path
        assert all(len(reason) > 20 for reason in reasons.values())


def test_the_outputs_tell_what_an_operator_needs(tmp_path: Path) -> None:
    outputs = template(make_sample(tmp_path))["Outputs"]

    assert set(outputs) == {
        "ClusterArn",
        "LifecycleBucket",
        "LogGroup",
        "SsmTarget",
        "RequiredQuotas",
    }
    assert outputs["RequiredQuotas"]["Value"] == (
        "ml.c5.4xlarge for cluster usage: 2, "
        "ml.g5.8xlarge for cluster usage: 2, "
        "ml.m5.xlarge for cluster usage: 2"
    )


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a process writes, with the paths that the CDK CLI asks for."""
    return synthesize(tmp_path_factory.mktemp("sample") / "cdk.out")


@thorough
def test_two_processes_write_the_same_bytes(assembly: Path, tmp_path: Path) -> None:
    first, second = assembly, synthesize(tmp_path / "second")

    # CDK writes traces with the folder of its own process into the file of metadata.
    names = sorted(
        path.name
        for path in first.iterdir()
        if path.is_file() and not path.name.endswith(".metadata.json")
    )
    assert "HyperPodSample.template.json" in names
    assert "manifest.json" in names
    assert filecmp.cmpfiles(first, second, names, shallow=False) == (names, [], [])


def test_the_description_tells_what_would_be_deployed(
    assembly: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["describe", str(assembly)]) == 0

    lines = [re.sub(r" {2,}", "  ", line.strip()) for line in capsys.readouterr().out.splitlines()]
    place, capacity = "zone 1 of the Region", "on-demand  500 GiB at /opt/sagemaker"
    template = assembly / "HyperPodSample.template.json"
    for expected in (
        f"Cluster hyperpod-sample in {template}",
        f"controller  controller  ml.m5.xlarge  1  -  {place}  {capacity}",
        f"login  login  ml.m5.xlarge  1  -  {place}  {capacity}",
        f"gpu  worker  ml.g5.8xlarge  2  gpu  {place}  {capacity}",
        f"cpu  worker  ml.c5.4xlarge  2  cpu  {place}  {capacity}",
        f"subnet  Network/Vpc/NodesSubnet1 10.0.128.0/17 ({place})",
        "NAT gateways  1",
        "VPC endpoints  s3 (gateway)",
        "nodes  ->  Scratch  TCP 988",
        "Scratch  FSx for Lustre, 1200 GiB, PERSISTENT_2  mounted at /fsx",
        "accounting  MariaDB on the controller, with backups every 5 minutes",
        "users  2 users, 1 group, 2 users with a Slurm account",
        "Role Cluster/ExecutionRoles/Controller of controller",
        "Roles Cluster/ExecutionRoles/Login of login; Cluster/ExecutionRoles/Worker of gpu, cpu",
        "write logs: log-group:/aws/sagemaker/Clusters/hyperpod-sample/*",
        "ml.g5.8xlarge for cluster usage  2",
        "Next: cdk deploy HyperPodSample",
    ):
        assert expected in lines
    assert any(
        re.fullmatch(
            r"s3://sagemaker-\S+/lifecycle-scripts/\w+/([0-9a-f]{16})  \d+ files, digest \1", line
        )
        for line in lines
    )


def test_the_documentation_shows_the_description(
    assembly: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["describe", str(assembly)])
    printed = capsys.readouterr().out.replace(str(assembly), "cdk.out")

    page = (ROOT / "docs" / "describe.md").read_text()
    assert without_content(printed) in without_content(page)


def without_content(text: str) -> str:
    """The text, without what changes with every script."""
    return re.sub(r"\b[0-9a-f]{16}\b|\d+ files", "...", text)
