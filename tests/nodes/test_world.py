"""Stacks that are deployed to the emulator, and whose nodes are machines."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import aws_cdk as cdk
import pytest

import hyperpod_constructs as hp
from tests.aws.emulator import Emulator
from tests.deploy.tools import create, delete, empty, failures, prepare, publish, synthesize, update

from .cluster import wait_until
from .live_cluster import LiveCluster
from .shapes import CONTROLLER, SmallStack, worker
from .world import Bench, world

REFRESH = "systemctl start hyperpod-users-refresh.service"
FAILING = "#!/bin/bash\nif [[ $HYPERPOD_INSTANCE_GROUP == cpu ]]; then\n    echo no licence >&2\n    exit 3\nfi\n"


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Emulator, Bench]]:
    with world() as (emulator, bench):
        prepare(emulator)
        yield emulator, bench


@pytest.fixture
def version(
    running: tuple[Emulator, Bench], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Any]:
    """Writes a template of a small stack, whose assets the emulator has."""

    def write(*users: str, count: int = 1, site: str = "") -> Any:
        folder = tmp_path_factory.mktemp("version")
        (folder / "overlay" / "site").mkdir(parents=True)
        (folder / "overlay" / "site" / "10-licence.sh").write_text(site or "#!/bin/bash\n")
        scripts = hp.LifecycleScripts.default(
            overlay=folder / "overlay",
            users=hp.Users(
                users=[
                    hp.User(name, uid=2001 + index, slurm_account="research")
                    for index, name in enumerate(users)
                ]
            ),
        )

        def fill(app: cdk.App) -> None:
            groups = (CONTROLLER, worker(count=count))
            SmallStack(app, groups, scripts, lustre=False, openzfs=False, orchestrator=None)

        assembly = synthesize(folder / "cdk.out", fill, all_scripts=True)
        publish(running[0], assembly)
        return json.loads((assembly / "Small.template.json").read_text())

    return write


def test_from_creation_to_deletion(
    running: tuple[Emulator, Bench], version: Callable[..., Any]
) -> None:
    emulator, bench = running
    stack = create(emulator, "Small", version("anna"))
    assert stack.status == "CREATE_COMPLETE", "\n".join(failures(stack))
    machines = bench.cluster("small")
    machines.wait_until_idle()
    assert run_as("anna", machines, "hostname") == names(machines, "cpu")
    (node,) = machines.group("cpu")
    assert any("Step: start_slurmd.sh" in line for line in logged(emulator, node.instance_id))

    update(emulator, "Small", version("anna", "ben", count=2))
    assert stack.status == "UPDATE_COMPLETE", failures(stack)
    machines.wait_until_idle()
    assert run_as("anna", machines, "hostname", nodes=2) == names(machines, "cpu")
    for host in (node.host for node in machines.nodes):
        host.run(REFRESH)
    assert run_as("ben", machines, "whoami", nodes=2) == ["ben", "ben"]

    sagemaker = emulator.cloud.client("sagemaker")
    replaced = machines.group("cpu")[0].instance_id
    sagemaker.batch_replace_cluster_nodes(ClusterName="small", NodeIds=[replaced])
    wait_until_running(emulator)
    machines.wait_until_idle()
    assert replaced not in {node.instance_id for node in machines.nodes}

    patched = machines.group("cpu")[0]
    patched.host.run("touch /var/lib/of-the-old-disk")
    sagemaker.update_cluster_software(
        ClusterName="small", InstanceGroups=[{"InstanceGroupName": "cpu"}]
    )
    wait_until_running(emulator)
    machines.wait_until_idle(limit=90)
    renewed = machines.of(patched.instance_id).host
    assert renewed.run("ls /var/lib/of-the-old-disk", check=False) == ""
    assert run_as("ben", machines, "whoami", nodes=2) == ["ben", "ben"]

    delete(emulator, stack)
    assert stack.status == "DELETE_COMPLETE", failures(stack)
    assert machines.nodes == []
    empty(emulator)


def test_failing_script_rolls_back(
    running: tuple[Emulator, Bench], version: Callable[..., Any]
) -> None:
    emulator, _ = running
    stack = create(emulator, "Failing", version("anna", site=FAILING))
    assert stack.status == "ROLLBACK_COMPLETE"
    (reason,) = failures(stack)[:1]
    assert "Lifecycle scripts did not run successfully." in reason
    assert "[cpu/i-" in reason
    assert emulator.clusters.find("small") is None


def run_as(user: str, machines: LiveCluster, command: str, nodes: int = 1) -> list[str]:
    """What a user's job prints on its nodes."""
    asked = f"cd / && sudo -u {user} srun --partition=cpu --nodes={nodes} {command}"
    return sorted(machines.controller.run(asked).split())


def names(machines: LiveCluster, group: str) -> list[str]:
    """The names of the nodes of a group."""
    return sorted(node.name for node in machines.group(group))


def logged(emulator: Emulator, instance_id: str) -> list[str]:
    """What the emulator's CloudWatch Logs has of the scripts of a node."""
    logs = emulator.cloud.client("logs")
    (group,) = logs.describe_log_groups(logGroupNamePrefix="/aws/sagemaker/Clusters/small/")[
        "logGroups"
    ]
    name = group["logGroupName"]
    streams = logs.describe_log_streams(logGroupName=name)["logStreams"]
    (stream,) = (
        each["logStreamName"] for each in streams if each["logStreamName"].endswith(instance_id)
    )
    events = logs.get_log_events(logGroupName=name, logStreamName=stream, startFromHead=True)
    return [event["message"] for event in events["events"]]


def wait_until_running(emulator: Emulator) -> None:
    """Waits until the nodes are what was asked for."""
    sagemaker = emulator.cloud.client("sagemaker")

    def states() -> list[str]:
        nodes = sagemaker.list_cluster_nodes(ClusterName="small")["ClusterNodeSummaries"]
        return [node["InstanceStatus"]["Status"] for node in nodes]

    wait_until(lambda: set(states()) == {"Running"}, states, limit=120)
