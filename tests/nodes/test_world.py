"""Stacks that are deployed to the emulator, and whose nodes are machines."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

import hyperpod_constructs as hp
from tests.aws.emulator import Emulator
from tests.deploy.tools import create, delete, empty, failures, prepare, publish, synthesize, update

from .commands import WAIT, Commands
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
    running: tuple[Emulator, Bench], version: Callable[..., Any], tmp_path: Path
) -> None:
    emulator, bench = running
    stack = create(emulator, "Small", version("anna"))
    assert stack.status == "CREATE_COMPLETE", "\n".join(failures(stack))
    machines = bench.cluster("small")
    machines.wait_until_idle()
    assert run_as("anna", machines, "hostname") == names(machines, "cpu")
    operate = Commands(emulator, "small", machines, tmp_path)
    (node,) = machines.group("cpu")
    assert [node.instance_id, "Running"] == operate("nodes").out.splitlines()[2].split()[1:3]
    assert f"\n{node.name}\n" in operate("connect", "cpu/0", text="hostname\n").out
    assert operate("run", "cpu", "--", "echo no >&2; exit 3", status=1).out == "cpu/0: no\n"
    assert "Step: start_slurmd.sh" in operate("logs", node.instance_id).out
    assert "require NodeProvisioningMode Continuous" in operate("events", status=2).err

    assert "Set count=2 of group 'cpu' in the code" in operate("scale", "cpu", "2", *WAIT).err
    machines.wait_until_idle()
    assert run_as("anna", machines, "hostname", nodes=2) == names(machines, "cpu")
    started = [node.started for node in machines.nodes]
    update(emulator, "Small", version("anna", "ben", count=2))
    assert stack.status == "UPDATE_COMPLETE", failures(stack)
    assert [node.started for node in machines.nodes] == started
    for host in (node.host for node in machines.nodes):
        host.run(REFRESH)
    assert run_as("ben", machines, "whoami", nodes=2) == ["ben", "ben"]

    replaced = machines.group("cpu")[0].instance_id
    assert f"replace cpu/0 {replaced}: sent" in operate("replace", "cpu/0", "--yes", *WAIT).err
    machines.wait_until_idle()
    assert replaced not in {node.instance_id for node in machines.nodes}

    assert operate.on("cpu", "touch /var/lib/of-the-old-disk") == []
    rebooted = operate.on("cpu/0", "stat --format %Y /proc/1")
    operate("reboot", "cpu/0", "--yes", *WAIT)
    assert operate.on("cpu/0", "stat --format %Y /proc/1") > rebooted
    assert operate.on("cpu", "ls /var/lib/of-the-old-disk") == [
        f"cpu/{index}: /var/lib/of-the-old-disk" for index in range(2)
    ]
    operate("update-software", "cpu", "--yes", *WAIT)
    machines.wait_until_idle()
    assert operate.on("cpu", "find /var/lib/of-the-old-disk 2> /dev/null || true") == []
    assert run_as("ben", machines, "whoami", nodes=2) == ["ben", "ben"]
    operate("health-check", "cpu", "--yes")
    assert operate("nodes").out.count("DeepHealthCheckInProgress") == 2

    operate("scale", "cpu", "1", "--yes", *WAIT)
    assert [each.instance_id for each in machines.group("cpu")] == [
        each["InstanceId"] for each in operate("nodes", "--group", "cpu", "--json").json["Nodes"]
    ]
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
