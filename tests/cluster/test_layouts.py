"""Clusters whose network, file systems and databases are in other stacks."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from tests.clusters.layouts import LAYOUTS
from tests.synth import CONTEXT


def edges(folder: Path) -> list[tuple[str, ...]]:
    """Target, source, protocol and ports of every ingress rule of an assembly."""
    return [
        tuple(
            qualified(resource["Properties"].get(name), path)
            for name in ("GroupId", "SourceSecurityGroupId", "IpProtocol", "FromPort", "ToPort")
        )
        for path in folder.rglob("*.template.json")
        for resource in json.loads(path.read_text()).get("Resources", {}).values()
        if resource["Type"] == "AWS::EC2::SecurityGroupIngress"
    ]


def qualified(value: Any, path: Path) -> str:
    """A value as text, with the template of a resource that it refers to."""
    local = isinstance(value, dict) and "Fn::GetAtt" in value
    return json.dumps([value, path.name if local else ""], sort_keys=True)


@pytest.mark.parametrize("make", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("in_stage", [False, True], ids=["app", "stage"])
def test_synthesizes_each_rule_once(
    make: Callable[..., None], in_stage: bool, tmp_path: Path
) -> None:
    app = cdk.App(context=CONTEXT, outdir=str(tmp_path / "cdk.out"))
    make(cdk.Stage(app, "Prod") if in_stage else app)
    app.synth()

    found = edges(tmp_path / "cdk.out")

    assert found
    assert len(found) == len(set(found))
