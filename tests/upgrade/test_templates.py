"""Against the first release: nothing that holds data or nodes is replaced."""

from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from hyperpod_constructs.schema.instance_group import INSTANCE_GROUP, RESTRICTED_INSTANCE_GROUP
from hyperpod_constructs.schema.update import Update
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
        if kind == "AWS::SageMaker::Cluster":
            yield from changed_groups(before, after)


def value(properties: Any, steps: list[str]) -> Any:
    for step in steps:
        properties = properties.get(step) if isinstance(properties, dict) else None
    return properties


def changed_groups(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """Properties of instance groups that cannot change in place."""
    for name, shape in (
        ("InstanceGroups", INSTANCE_GROUP),
        ("RestrictedInstanceGroups", RESTRICTED_INSTANCE_GROUP),
    ):
        groups = {group["InstanceGroupName"]: group for group in after.get(name, ())}
        for group in before.get(name, ()):
            there = groups.get(group["InstanceGroupName"], {})
            for path, row in shape.properties.flat_rows():
                fixed = row.update is Update.NEW_GROUP
                if fixed and value(group, [*path]) != value(there, [*path]):
                    yield f"{group['InstanceGroupName']}.{'.'.join(path)} has changed"


@pytest.mark.parametrize("name", APPS)
def test_nothing_is_replaced(name: str) -> None:
    new = template_of(name)

    assert list(replaced(recorded(name, new), new)) == []


@pytest.mark.parametrize("name", APPS)
def test_a_replacement_would_be_seen(name: str) -> None:
    new = template_of(name)
    old = recorded(name, new)
    (cluster,) = [
        each for each in old["Resources"].values() if each["Type"] == "AWS::SageMaker::Cluster"
    ]
    cluster["Properties"]["InstanceGroups"][0]["InstanceType"] = "ml.t3.medium"
    cluster["Properties"]["VpcConfig"]["Subnets"] = ["subnet-1"]
    group = cluster["Properties"]["InstanceGroups"][0]["InstanceGroupName"]

    found = list(replaced(old, new))
    assert f"{group}.InstanceType has changed" in found
    assert any("VpcConfig" in each for each in found)
