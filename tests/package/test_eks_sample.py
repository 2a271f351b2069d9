"""The sample for Kubernetes: its template, its findings, and its description."""

import json
import os
import subprocess
import sys
from pathlib import Path

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk.assertions import Annotations, Match
from syrupy.assertion import SnapshotAssertion

from hyperpod_constructs.__main__ import main
from sample_app.eks_acknowledgments import acknowledge_eks, eks_findings
from sample_app.eks_stack import EksTrainingStack
from tests.eks.charts import make_chart
from tests.synth import CONTEXT, ROOT, template
from tests.thorough import thorough

HOME = cdk.Environment(region="us-east-1")


def make(outdir: Path, **context: str) -> EksTrainingStack:
    app = cdk.App(context={**CONTEXT, **context}, outdir=str(outdir))
    return EksTrainingStack(app, "HyperPodEksSample", env=HOME)


def violations(stack: EksTrainingStack) -> dict[str, set[str]]:
    """IDs of findings by construct path."""
    found: dict[str, set[str]] = {}
    for violation in cdk_nag.AwsSolutionsChecks().validate_scope(stack).violations:
        for resource in violation.violating_resources:
            found.setdefault(str(resource.construct_path), set()).add(violation.rule_name)
    return found


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> EksTrainingStack:
    return make(tmp_path_factory.mktemp("eks-sample") / "cdk.out")


def test_template(stack: EksTrainingStack, snapshot: SnapshotAssertion) -> None:
    assert template(stack) == snapshot
    assert Annotations.from_stack(stack).find_warning("*", Match.any_value()) == []


def test_every_finding_has_a_reason_and_every_reason_a_finding(tmp_path: Path) -> None:
    stack = make(tmp_path / "before")
    found = violations(stack)
    reasons = {construct.node.path: set(each) for construct, each in eks_findings(stack)}
    for path, rules in reasons.items():
        below = {
            rule
            for where, some in found.items()
            if where == path or where.startswith(f"{path}/")
            for rule in some
        }
        assert rules <= below, path
    acknowledge_eks(stack)

    assert violations(stack) == {}


def test_a_folder_can_be_the_chart(tmp_path: Path) -> None:
    stack = make(tmp_path / "cdk.out", helm_chart=str(make_chart(tmp_path)))

    assert "ChartAssetURL" in json.dumps(template(stack))


@thorough
def test_context_selects_it_and_describe_shows_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    context = CONTEXT | {"orchestrator": "eks", "region": "us-east-1"}
    subprocess.run(
        [sys.executable, "-m", "sample_app"],
        cwd=ROOT,
        env={
            **os.environ,
            "CDK_OUTDIR": str(tmp_path),
            "CDK_CONTEXT_JSON": json.dumps(context),
            "CDK_VALIDATION": "false",
        },
        check=True,
    )

    assert main(["describe", str(tmp_path)]) == 0
    text = capsys.readouterr().out
    assert "Cluster hyperpod-eks-sample" in text
    assert "EKS, nodes of" in text
    assert main(["check", str(tmp_path)]) == 0
