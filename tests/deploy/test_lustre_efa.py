"""What nodes may ask FSx about a file system with EFA, as the emulator enforces it."""

import json
from collections.abc import Iterator
from pathlib import Path

import aws_cdk as cdk
import pytest
from botocore.exceptions import ClientError

import hyperpod_constructs as hp
from tests.aws.cloudformation.template import Json
from tests.aws.emulator import Emulator
from tests.clusters.lustre_with_efa import P5, lustre_with_efa
from tests.clusters.stacks import CONTROLLER, make_cluster

from .tools import abandon, create, failures, publish, synthesize


@pytest.fixture
def template(account: Emulator, tmp_path: Path) -> Iterator[Json]:
    def fill(app: cdk.App) -> None:
        stack = cdk.Stack(app, "Efa")
        network = hp.ClusterNetwork(stack, "Network")
        make_cluster(
            stack,
            cluster_name="efa",
            vpc=network.vpc,
            security_groups=[network.security_group],
            file_systems=[hp.FileSystem.lustre(lustre_with_efa(stack, network, efa_enabled=True))],
            instance_groups=[CONTROLLER, P5],
        )

    assembly = synthesize(tmp_path / "cdk.out", fill)
    publish(account, assembly)
    yield json.loads((assembly / "Efa.template.json").read_text())
    abandon(account)


def test_nodes_with_efa_look_it_up(account: Emulator, template: Json) -> None:
    stack = create(account, "Efa", template)
    assert stack.status == "CREATE_COMPLETE", failures(stack)
    cluster = account.clusters.find("efa")
    assert cluster is not None
    roles = {name: group["ExecutionRole"] for name, group in cluster.groups.items()}

    worker = account.cloud.acting_as(roles["gpu"])
    (system,) = worker.client("fsx").describe_file_systems()["FileSystems"]
    assert system["LustreConfiguration"]["EfaEnabled"] is True
    subnets = worker.client("ec2").describe_subnets()["Subnets"]
    assert system["SubnetIds"][0] in {each["SubnetId"] for each in subnets}

    controller = account.cloud.acting_as(roles["controller"]).client("fsx")
    with pytest.raises(ClientError, match="fsx:DescribeFileSystems"):
        controller.describe_file_systems()
