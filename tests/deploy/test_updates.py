"""One version of an app after another, deployed with the CDK CLI; each test goes on from the last."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.aws.emulator import Emulator

from .conftest import void
from .small_app import CPUS, NAME, SmallStack
from .tools import Cli, counts, objects, synthesize

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


def test_deploy(cli: Cli, cloud: Emulator, version: Version) -> None:
    cli.deploy(version(cpus=True))
    assert counts(cloud, NAME) == {"controller": 1, "gpu": 2, "cpu": 1}


def test_script_edit_moves_the_prefix(cli: Cli, cloud: Emulator, version: Version) -> None:
    arn, bucket, prefix = cluster(cloud)
    before = objects(cloud, bucket, prefix)
    told = cli.deploy(version("#!/bin/bash\necho hello\n", cpus=True))
    assert "UPDATE_COMPLETE         | AWS::SageMaker::Cluster" in told
    moved = cluster(cloud)
    assert moved[:2] == (arn, bucket)
    assert moved[2] != prefix
    assert objects(cloud, bucket, moved[2]) == before | {"site.sh": b"#!/bin/bash\necho hello\n"}
    assert objects(cloud, bucket, prefix) == before


def test_scaling_updates_in_place(cli: Cli, cloud: Emulator, version: Version) -> None:
    arn, _, _ = cluster(cloud)
    nodes = set(node_ids(cloud))
    cli.deploy(version("#!/bin/bash\necho hello\n", gpus=4, cpus=True))
    assert cluster(cloud)[0] == arn
    assert counts(cloud, NAME) == {"controller": 1, "gpu": 4, "cpu": 1}
    assert nodes < set(node_ids(cloud))


def test_removed_group_is_gone(cli: Cli, cloud: Emulator, version: Version) -> None:
    arn, _, _ = cluster(cloud)
    cli.deploy(version("#!/bin/bash\necho hello\n", gpus=4))
    assert cluster(cloud)[0] == arn
    assert counts(cloud, NAME) == {"controller": 1, "gpu": 4}


def test_failing_script_rolls_back(cli: Cli, cloud: Emulator, version: Version) -> None:
    before, nodes = cluster(cloud), node_ids(cloud)
    told = cli.deploy(version("#!/bin/bash\nif true; then\n", gpus=5), fails=True)
    assert "Lifecycle scripts did not run successfully" in told
    assert "site.sh" in told
    (stack,) = cloud.cloud.client("cloudformation").describe_stacks(StackName="Small")["Stacks"]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert cluster(cloud) == before
    assert node_ids(cloud) == nodes


def test_destroy(cli: Cli, cloud: Emulator, version: Version) -> None:
    cli.destroy(version(gpus=4))
    assert not cloud.cloud.client("sagemaker").list_clusters()["ClusterSummaries"]
    stacks = cloud.cloud.client("cloudformation").describe_stacks()["Stacks"]
    assert [stack["StackName"] for stack in stacks] == ["CDKToolkit"]


def node_ids(cloud: Emulator) -> list[str]:
    """Ids of the nodes of the cluster."""
    nodes = cloud.cloud.client("sagemaker").list_cluster_nodes(ClusterName=NAME)
    return [node["InstanceId"] for node in nodes["ClusterNodeSummaries"]]
