"""Clusters whose network, file systems and databases are in other stacks."""

from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest

from tests.clusters.layouts import LAYOUTS
from tests.clusters.traffic import edges
from tests.synth import CONTEXT


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
