"""The sample: its template, its findings, its summary, and that nothing of it is by chance."""

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

from sample_app import summary
from sample_app.acknowledgments import acknowledge, findings
from sample_app.training_stack import TrainingStack
from tests.clusters.stacks import make_sample
from tests.synth import CONTEXT, ROOT, template

PACKS: list[Callable[[], Any]] = [
    cdk_nag.AwsSolutionsChecks,
    cdk_nag.NIST80053R5Checks,
    cdk_nag.HIPAASecurityChecks,
    cdk_nag.PCIDSS321Checks,
]


def synthesize(outdir: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", "sample_app"],
        cwd=ROOT,
        env={
            **os.environ,
            "CDK_OUTDIR": str(outdir),
            "CDK_CONTEXT_JSON": json.dumps(CONTEXT),
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


def test_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    first = synthesize(tmp_path / "first")
    second = synthesize(tmp_path / "second")

    # CDK writes traces with the folder of its own process into the file of metadata.
    names = sorted(
        path.name
        for path in first.iterdir()
        if path.is_file() and not path.name.endswith(".metadata.json")
    )
    assert "HyperPodSample.template.json" in names
    assert "manifest.json" in names
    assert filecmp.cmpfiles(first, second, names, shallow=False) == (names, [], [])


def test_the_summary_tells_what_would_be_deployed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summary.main(synthesize(tmp_path / "cdk.out"))

    lines = [re.sub(r" {2,}", "  ", line.strip()) for line in capsys.readouterr().out.splitlines()]
    for expected in (
        "Cluster hyperpod-sample in HyperPodSample.template.json",
        "controller  controller  ml.m5.xlarge  1  -",
        "login  login  ml.m5.xlarge  1  -",
        "gpu  worker  ml.g5.8xlarge  2  gpu",
        "cpu  worker  ml.c5.4xlarge  2  cpu",
        "NAT gateways  1",
        "VPC endpoints  com.amazonaws.<AWS::Region>.s3",
        "FSx for Lustre  1200 GiB  ScratchF72D2ED6",
        "<ClusterExecutionRolesWorkerDF45A31F.Arn>  for gpu, cpu  10 statements",
        "on_create.sh",
        "provisioning_params.json",
        "provisioning_parameters.json",
        "steps.json",
        f"Templates, assets and manifest: {tmp_path / 'cdk.out'}",
    ):
        assert expected in lines
    assert any(
        re.fullmatch(r"s3://sagemaker-.*/lifecycle-scripts/\w+/[0-9a-f]{16}", li) for li in lines
    )


def test_the_summary_of_another_app(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    resources = {
        "Cluster": {
            "Type": "AWS::SageMaker::Cluster",
            "Properties": {
                "InstanceGroups": [
                    {
                        "InstanceGroupName": "a",
                        "InstanceType": {"Ref": "Type"},
                        "InstanceCount": 1,
                        "ExecutionRole": "arn:aws:iam::111122223333:role/own",
                    }
                ],
                "VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": [{"Fn::Sub": "${X}"}]},
            },
        }
    }
    (tmp_path / "App.template.json").write_text(json.dumps({"Resources": resources}))

    summary.main(tmp_path)

    out = capsys.readouterr().out
    assert "(name chosen by CloudFormation)" in out
    assert re.search(r"a +- +<Type> +1 +-", out)
    assert "not of this template" in out
    assert "nothing is uploaded by this template" in out
