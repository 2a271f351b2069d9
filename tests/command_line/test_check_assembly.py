"""The warnings of constructs, which `check` reports of a cdk.out as well."""

import json
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sns as sns

import hyperpod_constructs as hp
from hyperpod_constructs.__main__ import main
from tests.eks.stacks import make_control_plane, make_nodes
from tests.synth import CONTEXT

SMALL = hp.InstanceGroup("cpu", instance_type="ml.c5.xlarge", count=1)
CODES = ["NoNodesYet", "ObservabilityInstance"]


def synthesize(outdir: Path, *, acknowledge: str | None = None) -> str:
    app = cdk.App(context=CONTEXT, outdir=str(outdir), builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, "Stack")
    cluster = make_nodes(stack, make_control_plane(stack), instance_groups=[SMALL])
    workspace = hp.PrometheusWorkspace(stack, "Metrics", topic=sns.Topic(stack, "Topic"))
    add_on = hp.ObservabilityAddOn(stack, "Observability", cluster=cluster, workspace=workspace)
    for code in CODES if acknowledge is not None else ():
        rule = f"hyperpod-constructs:{code}"
        if acknowledge == "by rule":
            cdk.Validations.of(add_on).acknowledge(
                cdk.Acknowledgment(id=f"Annotation::{rule}", reason="a test")
            )
        else:
            cdk.Annotations.of(add_on).acknowledge_warning(rule)
    app.synth()
    return str(outdir)


@pytest.fixture(scope="module")
def outdir(tmp_path_factory: pytest.TempPathFactory) -> str:
    return synthesize(tmp_path_factory.mktemp("app"))


def test_are_reported(outdir: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", outdir]) == 0
    lines = capsys.readouterr().out.splitlines()

    found = [line for line in lines if ": Stack/Observability: cluster: warning " in line]
    assert sorted(line.split("warning ")[1].split(":")[0] for line in found) == CODES
    assert any(line.endswith("specify min_count=1 for one of them") for line in found)
    assert lines[-1] == "1 cluster: 0 errors, 2 warnings"
    template = Path(outdir, "Stack.template.json").read_text(encoding="utf-8").splitlines()
    numbers = {int(line.split(":")[1]) for line in found}
    assert ["Observability" in template[number - 1] for number in numbers] == [True]


def test_fail_if_strict(outdir: str) -> None:
    assert main(["check", "--strict", outdir]) == 1
    ignored = [word for code in CODES for word in ("--ignore", code)]
    assert main(["check", "--strict", *ignored, outdir]) == 0


@pytest.mark.parametrize("name", ["json", "sarif"])
def test_are_in_each_format(name: str, outdir: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "--format", name, outdir])
    text = json.dumps(json.loads(capsys.readouterr().out))

    assert all(code in text for code in CODES)
    assert "'cpu' are the groups of the cluster" in text


@pytest.mark.parametrize("how", ["by rule", "by warning"])
def test_are_accepted(how: str, tmp_path: Path) -> None:
    assert main(["check", "--strict", synthesize(tmp_path, acknowledge=how)]) == 0


def test_are_not_repeated_where_the_rules_find_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = cdk.App(context=CONTEXT, outdir=str(tmp_path), builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, "Stack")
    large = hp.InstanceGroup(
        "gpu",
        instance_type="ml.p5.48xlarge",
        count=2,
        min_count=1,
        volumes=[hp.EbsVolume(size=cdk.Size.gibibytes(2000))],
    )
    make_nodes(stack, make_control_plane(stack), instance_groups=[large])
    app.synth()

    main(["check", str(tmp_path)])
    assert capsys.readouterr().out.count("EbsVolumeQuota") == 1
