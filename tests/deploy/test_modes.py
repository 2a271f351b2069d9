"""A cluster of each mode, deployed, updated and destroyed; each test goes on from the last."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from tests.aws.emulator import Emulator
from tests.thorough import WITH_CLI_IF_THOROUGH

from .modes import EKS_CLUSTER, MODES
from .tools import Cli, counts, objects, synthesize

pytestmark = WITH_CLI_IF_THOROUGH


@pytest.fixture(scope="module", autouse=True)
def control_plane(cloud: Emulator) -> None:
    """The EKS cluster that is there already."""
    cloud.cloud.client("eks").create_cluster(
        name=EKS_CLUSTER,
        roleArn="arn:aws:iam::123456789012:role/eks",
        resourcesVpcConfig={"subnetIds": []},
    )


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Writes a version of the app, with so many workers in each cluster."""
    scripts = tmp_path_factory.mktemp("scripts")
    (scripts / "on_create.sh").write_bytes(b"#!/bin/bash\nexit 0\n")

    def write(gpus: int) -> Path:
        def fill(app: cdk.App) -> None:
            for name, (make, _) in MODES.items():
                make(cdk.Stack(app, name), gpus, scripts)

        return synthesize(tmp_path_factory.mktemp("modes") / "cdk.out", fill)

    return write


def test_all_come_up(cli: Cli, cloud: Emulator, version: Callable[[int], Path]) -> None:
    cli.deploy_all(version(1))

    for name, (_, others) in MODES.items():
        assert counts(cloud, name) == {**others, "gpu": 1}


@pytest.mark.parametrize("name", MODES)
def test_has_what_only_its_mode_has(cloud: Emulator, name: str) -> None:
    judge(name, cloud)


def test_all_grow(cli: Cli, cloud: Emulator, version: Callable[[int], Path]) -> None:
    cli.deploy_all(version(3))

    for name, (_, others) in MODES.items():
        assert counts(cloud, name) == {**others, "gpu": 3}


def test_all_go(cli: Cli, cloud: Emulator, version: Callable[[int], Path]) -> None:
    cli.destroy_all(version(3))

    assert not cloud.cloud.client("sagemaker").list_clusters()["ClusterSummaries"]
    assert not cloud.cloud.client("ec2").describe_network_interfaces()["NetworkInterfaces"]
    assert not cloud.cloud.client("rds").describe_db_instances()["DBInstances"]
    stacks = cloud.cloud.client("cloudformation").describe_stacks()["Stacks"]
    assert stacks == []


def judge(name: str, cloud: Emulator) -> None:
    """Looks at what only this mode has."""
    described: dict[str, Any] = cloud.cloud.client("sagemaker").describe_cluster(ClusterName=name)
    groups = {group["InstanceGroupName"]: group for group in described["InstanceGroups"]}
    match name:
        case "api-driven":
            assert described["Orchestrator"] == {"Slurm": {"SlurmConfigStrategy": "Merge"}}
            assert groups["gpu"]["SlurmConfig"]["PartitionNames"] == ["gpu"]
            assert list(_scripts(cloud, groups["gpu"])) == ["on_create.sh"]
        case "continuous":
            database = described["Orchestrator"]["Slurm"]["AccountingDatabase"]
            assert database["Port"] == 3306
            assert "LifeCycleConfig" not in groups["controller"]
        case "on-eks":
            (nova,) = described["RestrictedInstanceGroups"]
            assert nova["CurrentCount"] == 1
            assert described["AutoScaling"]["Mode"] == "Enable"
            assert list(_scripts(cloud, groups["gpu"])) == ["on_create.sh"]
        case "multi-head":
            form = _scripts(cloud, groups["gpu"])["provisioning_params.json"].decode()
            databases = cloud.cloud.client("rds").describe_db_instances()["DBInstances"]
            assert any(database["Endpoint"]["Address"] in form for database in databases)
            assert '"slurm_shared_directory": "/fsx"' in form
            assert {"on_create.sh", "steps.json"} <= set(_scripts(cloud, groups["gpu"]))


def _scripts(cloud: Emulator, group: dict[str, Any]) -> dict[str, bytes]:
    uri = group["LifeCycleConfig"]["SourceS3Uri"].removeprefix("s3://")
    bucket, _, prefix = uri.partition("/")
    return objects(cloud, bucket, prefix)
