"""One version of an app after another, deployed; each test goes on from the last."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.aws.cloudformation.stack import Stack
from tests.aws.emulator import Emulator

from .conftest import void
from .small_app import CPUS, NAME, SmallStack
from .tools import (
    Cli,
    counts,
    create,
    delete,
    failures,
    objects,
    prepare,
    publish,
    synthesize,
    update,
)

Version = Callable[..., Path]


@pytest.fixture
def version(tmp_path: Path) -> Version:
    """Writes a version of the app."""

    def write(script: str | None = None, *, gpus: int = 2, cpus: bool = False) -> Path:
        overlay = None
        if script is not None:
            overlay = tmp_path / "overlay"
            overlay.mkdir(exist_ok=True)
            (overlay / "site.sh").write_text(script)
        more = (CPUS,) if cpus else ()
        return synthesize(
            tmp_path / "cdk.out",
            lambda app: void(SmallStack(app, gpus=gpus, more=more, overlay=overlay)),
        )

    return write


def cluster(cloud: Emulator) -> tuple[str, str, str]:
    """ARN, bucket and prefix of the cluster."""
    found = cloud.cloud.client("sagemaker").describe_cluster(ClusterName=NAME)
    (uri,) = {group["LifeCycleConfig"]["SourceS3Uri"] for group in found["InstanceGroups"]}
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    return found["ClusterArn"], bucket, prefix


def deploy(cloud: Emulator, assembly: Path) -> Stack:
    """Makes or updates the stack of an assembly."""
    publish(cloud, assembly)
    template = json.loads((assembly / "Small.template.json").read_text())
    make = update if cloud.cloudformation.stacks else create
    stack = make(cloud, "Small", template)
    assert stack.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}, failures(stack)
    return stack


def test_deploy(cloud: Emulator, version: Version) -> None:
    prepare(cloud)
    deploy(cloud, version(cpus=True))
    assert counts(cloud, NAME) == {"controller": 1, "gpu": 2, "cpu": 1}


def test_script_edit_moves_the_prefix(cloud: Emulator, version: Version) -> None:
    arn, bucket, prefix = cluster(cloud)
    before = objects(cloud, bucket, prefix)
    stack = deploy(cloud, version("#!/bin/bash\necho hello\n", cpus=True))
    assert ("AWS::SageMaker::Cluster", "UPDATE_COMPLETE") in [
        (event["ResourceType"], event["ResourceStatus"]) for event in stack.events
    ]
    moved = cluster(cloud)
    assert moved[:2] == (arn, bucket)
    assert moved[2] != prefix
    assert objects(cloud, bucket, moved[2]) == before | {"site.sh": b"#!/bin/bash\necho hello\n"}
    assert objects(cloud, bucket, prefix) == before


def test_scaling_updates_in_place(cloud: Emulator, version: Version) -> None:
    arn, _, _ = cluster(cloud)
    nodes = set(node_ids(cloud))
    deploy(cloud, version("#!/bin/bash\necho hello\n", gpus=4, cpus=True))
    assert cluster(cloud)[0] == arn
    assert counts(cloud, NAME) == {"controller": 1, "gpu": 4, "cpu": 1}
    assert nodes < set(node_ids(cloud))


def test_removed_group_is_gone(cloud: Emulator, version: Version) -> None:
    arn, _, _ = cluster(cloud)
    deploy(cloud, version("#!/bin/bash\necho hello\n", gpus=4))
    assert cluster(cloud)[0] == arn
    assert counts(cloud, NAME) == {"controller": 1, "gpu": 4}


def test_failing_script_rolls_back(cloud: Emulator, version: Version, tmp_path: Path) -> None:
    before, nodes = cluster(cloud), node_ids(cloud)
    broken = version("#!/bin/bash\nif true; then\n", gpus=5)
    told = Cli(cloud, tmp_path).deploy(broken, fails=True)
    assert "Lifecycle scripts did not run successfully" in told
    assert "site.sh" in told
    (stack,) = cloud.cloud.client("cloudformation").describe_stacks(StackName="Small")["Stacks"]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert cluster(cloud) == before
    assert node_ids(cloud) == nodes


def test_delete(cloud: Emulator) -> None:
    (stack,) = cloud.cloudformation.stacks
    assert delete(cloud, stack).status == "DELETE_COMPLETE", failures(stack)
    assert not cloud.cloud.client("sagemaker").list_clusters()["ClusterSummaries"]
    assert not cloud.cloud.client("cloudformation").describe_stacks()["Stacks"]


def node_ids(cloud: Emulator) -> list[str]:
    """Ids of the nodes of the cluster."""
    nodes = cloud.cloud.client("sagemaker").list_cluster_nodes(ClusterName=NAME)
    return [node["InstanceId"] for node in nodes["ClusterNodeSummaries"]]
