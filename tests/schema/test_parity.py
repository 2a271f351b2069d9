"""Everything that a cluster may say in CloudFormation and in a request can be said here.

A property that AWS adds turns a test red, until it is rendered or listed with a reason.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from botocore.model import Shape

from tests.clusters import every_mode
from tests.clusters.stacks import make_cluster
from tests.clusters.templates import properties
from tests.fuzz.second_opinions import create_cluster
from tests.synth import CONTEXT, make_stack

from .cloudformation import schema_of_cluster

READ_ONLY = "is what the service tells, not what it is told"
CLOSED = "is not for restricted groups, whose file systems stand in EnvironmentConfig"
OWN_KEY = "is refused by the service for restricted groups, which know no keys of one's own"

NOT_IN_TEMPLATES = {
    "ClusterArn": READ_ONLY,
    "ClusterStatus": READ_ONLY,
    "CreationTime": READ_ONLY,
    "FailureMessage": READ_ONLY,
    "InstanceGroups/*/AutoPatchConfig/PatchSchedule": READ_ONLY,
    "InstanceGroups/*/CurrentCount": READ_ONLY,
    "RestrictedInstanceGroups/*/CurrentCount": READ_ONLY,
    "InstanceGroups/*/CapacityRequirements/OnDemand": "is what leaving it out means",
    "RestrictedInstanceGroups/*/InstanceStorageConfigs/*/FsxLustreConfig": CLOSED,
    "RestrictedInstanceGroups/*/InstanceStorageConfigs/*/FsxOpenZfsConfig": CLOSED,
    "RestrictedInstanceGroups/*/InstanceStorageConfigs/*/EbsVolumeConfig/VolumeKmsKeyId": OWN_KEY,
    "RestrictedInstanceGroups/*/InstanceStorageConfigs/*/EbsVolumeConfig/RootVolume": OWN_KEY,
}
NO_PROPERTY = "has no property in CloudFormation"
NOT_IN_REQUESTS = {
    "InstanceGroups/*/AutoPatchConfig/DrainPolicy": NO_PROPERTY,
    "InstanceGroups/*/AutoPatchConfig/IdleWaitWindowInSeconds": NO_PROPERTY,
    "RestrictedInstanceGroups/*/ScheduledUpdateConfig": NO_PROPERTY,
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Every path that some cluster of these tests sets."""
    scripts = tmp_path_factory.mktemp("scripts")
    (scripts / "on_create.sh").write_text("#!/bin/bash\n")
    makers = {
        "Form": make_cluster,
        "ApiDriven": lambda stack: every_mode.api_driven(stack, scripts),
        "Continuous": every_mode.continuous,
        "Eks": every_mode.on_eks,
        "MultiHead": every_mode.multi_head,
    }
    found: set[str] = set()
    for name, make in makers.items():
        outdir = tmp_path_factory.mktemp("parity") / name
        stack = make_stack(cdk.App(context=CONTEXT, outdir=str(outdir)), name)
        make(stack)
        found |= set(set_paths(properties(stack)))
    return found


def set_paths(value: Any, path: str = "") -> Iterator[str]:
    """The path of every value, `*` for the elements of lists."""
    match value:
        case dict() if not any(key == "Ref" or key.startswith("Fn::") for key in value):
            if not value:
                yield path
            for key, item in value.items():
                name = key.replace("/", "~1")
                yield from set_paths(item, f"{path}/{name}".lstrip("/"))
        case list():
            for item in value:
                yield from set_paths(item, f"{path}/*")
        case _:
            yield path


def schema_paths(
    schema: Mapping[str, Any], value: Mapping[str, Any], path: str = ""
) -> Iterator[str]:
    """The path of every property that a schema allows."""
    if "$ref" in value:
        value = schema["definitions"][value["$ref"].rpartition("/")[2]]
    parts = [*value.get("oneOf", []), *value.get("anyOf", []), *value.get("allOf", [])]
    inside = [
        *(
            inner
            for part in (value, *parts)
            for name, item in part.get("properties", {}).items()
            for inner in schema_paths(schema, item, f"{path}/{name}".lstrip("/"))
        ),
        *(
            inner
            for item in value.get("patternProperties", {}).values()
            for inner in schema_paths(schema, item, f"{path}/{{}}")
        ),
    ]
    if "items" in value:
        inside += schema_paths(schema, value["items"], f"{path}/*")
    yield from inside or [path]


def shape_paths(shape: Shape, path: str = "") -> Iterator[str]:
    """The same for the model of a request."""
    inside: list[str] = []
    match shape.type_name:
        case "structure":
            for name, member in shape.members.items():
                inside += shape_paths(member, f"{path}/{name}".lstrip("/"))
        case "list":
            inside += shape_paths(shape.member, f"{path}/*")
        case "map":
            inside += shape_paths(shape.value, f"{path}/{{}}")
    yield from inside or [path]


def unsaid(allowed: Iterator[str], said: set[str], reasons: Mapping[str, str]) -> set[str]:
    """What is allowed, but neither set by any cluster nor left out for a reason."""
    parents = {path.rpartition("/")[0] + "/{}" for path in said}
    return {
        path
        for path in allowed
        if path not in said
        and path not in parents
        and not any(path == left or path.startswith(f"{left}/") for left in reasons)
    }


def test_every_property_of_cloudformation_is_said(said: set[str]) -> None:
    schema = schema_of_cluster()

    assert unsaid(schema_paths(schema, schema), said, NOT_IN_TEMPLATES) == set()


def test_every_member_of_a_request_is_said(said: set[str]) -> None:
    reasons = {**NOT_IN_TEMPLATES, **NOT_IN_REQUESTS}

    assert unsaid(shape_paths(create_cluster()), said, reasons) == set()


def test_nothing_is_said_that_the_schema_does_not_know(said: set[str]) -> None:
    schema = schema_of_cluster()
    allowed = set(schema_paths(schema, schema))
    maps = {path.removesuffix("/{}") for path in allowed if path.endswith("/{}")}

    assert {
        path for path in said - allowed if not any(path.startswith(f"{prefix}/") for prefix in maps)
    } == set()


def test_every_reason_is_about_a_property_there_is(said: set[str]) -> None:
    schema = schema_of_cluster()
    in_schema = set(schema_paths(schema, schema))
    in_request = set(shape_paths(create_cluster()))

    for reasons, allowed in ((NOT_IN_TEMPLATES, in_schema), (NOT_IN_REQUESTS, in_request)):
        for path in reasons:
            assert any(item == path or item.startswith(f"{path}/") for item in allowed), path
            assert not [item for item in said if item == path or item.startswith(f"{path}/")]


def test_a_new_property_turns_red(said: set[str]) -> None:
    schema = schema_of_cluster()
    schema["definitions"]["ClusterInstanceGroup"]["properties"]["Colour"] = {"type": "string"}
    schema["properties"]["Mood"] = {"$ref": "#/definitions/VpcConfig"}

    assert unsaid(schema_paths(schema, schema), said, NOT_IN_TEMPLATES) == {
        "InstanceGroups/*/Colour",
        "Mood/SecurityGroupIds/*",
        "Mood/Subnets/*",
    }
