"""What tests share: an app, a stack, a folder of scripts, readable snapshots."""

import gc
import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension
from syrupy.types import SerializableData, SerializedData

from .synth import CONTEXT, ROOT, make_stack
from .thorough import EVERY_FAULT

SLOWEST_FIRST = (
    *("deploy", "documentation", "fuzz", "package", "cluster", "command_line"),
    "lifecycle_scripts",
)
"""Folders whose files take long; a worker that starts one of them last is late."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what is thorough, and brings the tests of slow folders to the front."""
    if not EVERY_FAULT:
        left_out = [item for item in items if "thorough" in item.keywords]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if "thorough" not in item.keywords]

    def rank(item: pytest.Item) -> int:
        folder = item.path.parent.name
        return SLOWEST_FIRST.index(folder) if folder in SLOWEST_FIRST else len(SLOWEST_FIRST)

    items.sort(key=rank)


def pytest_make_parametrize_id(val: object) -> str | None:
    """Names deploy-time values the same in each worker, since their numbers differ."""
    has_token = isinstance(val, str) and "Token[" in val
    return re.sub(r"Token\[[^\]]*\]", "Token", str(val)) if has_token else None


def pytest_collection_finish() -> None:
    """Leaves what lives until the end out of garbage collections, which took a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


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
def scripts(tmp_path: Path) -> Path:
    """A folder with the least a node can run."""
    folder = tmp_path / "scripts"
    folder.mkdir()
    (folder / "on_create.sh").write_bytes(b"#!/bin/bash\nexit 0\n")
    return folder
