"""Clusters whose network, file systems and databases are in other stacks; up, and down again."""

from pathlib import Path

import aws_cdk as cdk
import pytest

from tests.aws.emulator import Emulator
from tests.clusters.layouts import LAYOUTS
from tests.thorough import thorough

from .tools import Cli, synthesize

DEPLOYED = ("three_stacks", "shared_by_two_clusters", "nested_stack")
"""Those that differ in how the CLI deploys them; test_order.py has them all."""
pytestmark = thorough


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def fill(app: cdk.App) -> None:
        for name in DEPLOYED:
            LAYOUTS[name](cdk.Stage(app, name.replace("_", "-")), cdk.Stack)

    return synthesize(tmp_path_factory.mktemp("layouts") / "cdk.out", fill)


def statuses(cloud: Emulator) -> set[str]:
    stacks = cloud.cloud.client("cloudformation").describe_stacks()["Stacks"]
    return {stack["StackStatus"] for stack in stacks}


def test_all_come_up(cli: Cli, cloud: Emulator, assembly: Path) -> None:
    cli.deploy_all(assembly)

    assert statuses(cloud) == {"CREATE_COMPLETE"}
    clusters = cloud.cloud.client("sagemaker").list_clusters()["ClusterSummaries"]
    assert len(clusters) == len(DEPLOYED) + 1


def test_all_go(cli: Cli, cloud: Emulator, assembly: Path) -> None:
    cli.destroy_all(assembly)

    assert statuses(cloud) == set()
