"""The comparison is fair: both stacks write the same template, but for names and digests."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from tests.eks.charts import make_chart
from tests.synth import CONTEXT, template
from tests.thorough import thorough

from . import by_hand, by_hand_eks, with_library, with_library_eks


@pytest.mark.parametrize("one_by_one", [False, True])
@pytest.mark.parametrize("number", [3, 100])
def test_both_stacks_write_the_same_template(number: int, one_by_one: bool, tmp_path: Path) -> None:
    hand = cdk.App(context=CONTEXT, outdir=str(tmp_path / "hand"))
    library = cdk.App(context=CONTEXT, outdir=str(tmp_path / "library"))

    assert anonymous(
        template(with_library.make_stack(library, number, one_by_one=one_by_one))
    ) == anonymous(template(by_hand.make_stack(hand, number)))


@thorough
def test_both_stacks_on_eks_have_the_same_resources(tmp_path: Path) -> None:
    chart = make_chart(tmp_path)
    hand, library = (
        Counter(each["Type"] for each in template(make(app(), chart))["Resources"].values())
        for make in (by_hand_eks.make_stack, with_library_eks.make_stack)
    )

    assert hand == library


def app() -> cdk.App:
    return cdk.App(context=CONTEXT, builtin_cloud_formation_validation=False)


def anonymous(template: dict[str, Any]) -> dict[str, Any]:
    """Outputs and resources, with types for logical ids and without names and digests."""
    text = json.dumps([template["Outputs"], list(template["Resources"].values())])
    for name, resource in template["Resources"].items():
        text = text.replace(f'"{name}"', f'"<{resource["Type"]}>"')
    text = re.sub(r"lifecycle-scripts/[\w-]+", "lifecycle-scripts/<cluster>", text)
    text = re.sub(r"<cluster>/[0-9a-f]{16}", "<cluster>/<digest>", text)
    text = re.sub(r"[0-9a-f]{64}", "<digest>", text)
    outputs, resources = json.loads(text)
    return {"Outputs": outputs, "Resources": sorted(map(_without_names, resources), key=json.dumps)}


def _without_names(resource: dict[str, Any]) -> dict[str, Any]:
    left_out = ("BucketName", "SourceMarkers", "Tags")
    return {
        "Type": resource["Type"],
        "DependsOn": sorted(resource.get("DependsOn", [])),
        "Properties": {
            key: value for key, value in resource["Properties"].items() if key not in left_out
        },
    }
