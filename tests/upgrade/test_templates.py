"""Against the first release: nothing that holds data or nodes is replaced."""

from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from hyperpod_constructs.checks.assembly import CLUSTER_TYPE
from hyperpod_constructs.testing import ClusterTemplate, ClusterUpdate
from tests.schema.cloudformation import schema_of
from tests.synth import CONTEXT

from .apps import APPS
from .recorded_templates import recorded

MAY_MOVE = ("AWS::EC2::SecurityGroupIngress", "AWS::IAM::Policy", "Custom::")


def template_of(name: str) -> dict[str, Any]:
    app = cdk.App(context=CONTEXT, builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, name.replace("_", "-"))
    APPS[name](stack)
    return dict(Template.from_stack(stack).to_json())


def replaced(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """What CloudFormation would delete or replace."""
    for logical_id, resource in old["Resources"].items():
        kind = resource["Type"]
        if kind.startswith(MAY_MOVE):
            continue
        there = new["Resources"].get(logical_id)
        if there is None or there["Type"] != kind:
            yield f"{logical_id} is gone"
            continue
        before, after = resource.get("Properties", {}), there.get("Properties", {})
        for path in schema_of(kind).get("createOnlyProperties", ()):
            steps = path.removeprefix("/properties/").split("/")
            if value(before, steps) != value(after, steps):
                yield f"{logical_id}.{'.'.join(steps)} has changed"
        if kind == CLUSTER_TYPE:
            versions = (
                ClusterTemplate.from_json(each, logical_id=logical_id) for each in (old, new)
            )
            for group, changed in ClusterUpdate(*versions).replaced_groups.items():
                yield from (f"{group}.{each} has changed" for each in sorted(changed))


def value(properties: Any, steps: list[str]) -> Any:
    for step in steps:
        properties = properties.get(step) if isinstance(properties, dict) else None
    return properties


@pytest.mark.parametrize("name", APPS)
def test_nothing_is_replaced(name: str) -> None:
    new = template_of(name)

    assert list(replaced(recorded(name, new), new)) == []


@pytest.mark.parametrize("name", APPS)
def test_a_replacement_would_be_seen(name: str) -> None:
    new = template_of(name)
    old = recorded(name, new)
    (cluster,) = [each for each in old["Resources"].values() if each["Type"] == CLUSTER_TYPE]
    cluster["Properties"]["InstanceGroups"][0]["InstanceType"] = "ml.t3.medium"
    cluster["Properties"]["VpcConfig"]["Subnets"] = ["subnet-1"]
    group = cluster["Properties"]["InstanceGroups"][0]["InstanceGroupName"]

    found = list(replaced(old, new))
    assert f"{group}.InstanceType has changed" in found
    assert any("VpcConfig" in each for each in found)
