"""The template of a cluster, as it was deployed, changes nothing, whatever the cluster specifies."""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from hyperpod_constructs.operations.comparison import Effect, changes
from tests.aws.front.request_validation import model_of
from tests.aws.hyperpod.description import described
from tests.clusters import every_mode
from tests.clusters.stacks import make_cluster
from tests.clusters.templates import properties
from tests.synth import CONTEXT, make_stack

ARN = "arn:aws:sagemaker:us-west-2:123456789012:cluster/abcdefghijkl"
SHAPE: Any = model_of("sagemaker").operation_model("DescribeCluster").output_shape
MODES: Mapping[str, Callable[..., object]] = {
    "form": make_cluster,
    "api-driven": every_mode.api_driven,
    "continuous": every_mode.continuous,
    "eks": every_mode.on_eks,
    "multi-head": every_mode.multi_head,
}


def deployed(value: Any) -> Any:
    """A value of a template, with another text for each function."""
    if isinstance(value, list):
        return [deployed(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1 and ("Ref" in value or next(iter(value)).startswith("Fn::")):
        digest = hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
        return f"arn:aws:eks:us-west-2:123456789012:cluster/{digest[:12]}"
    return {key: deployed(each) for key, each in value.items()}


@pytest.mark.parametrize("mode", MODES)
def test_the_template_of_a_cluster_changes_nothing(mode: str, scripts: Path) -> None:
    stack = make_stack(cdk.App(context=CONTEXT), "Stack")
    MODES[mode](stack, *([scripts] if mode == "api-driven" else []))
    template = properties(stack)
    live = {**described(deployed(template), SHAPE), "ClusterName": "c", "ClusterArn": ARN}
    if "ClusterName" in template:
        live["ClusterName"] = template["ClusterName"]

    found = list(changes(template, live))

    assert [each for each in found if each.effect is not Effect.UNKNOWN] == []
    assert found
