"""A cluster with API-driven Slurm: HyperPod starts Slurm, and the default scripts extend the nodes."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

import hyperpod_constructs as hp
from tests.aws.emulator import Emulator
from tests.deploy.tools import create, delete, failures, prepare, publish, synthesize, update

from .shapes import CONTROLLER, SmallStack, worker
from .world import Bench, world

SCRIPTS = hp.LifecycleScripts.default(
    private_data=True,
    users=hp.Users(users=[hp.User("anna", uid=2001, slurm_account="research")]),
)
PRIVATE = "scontrol show config | sed -n 's/^PrivateData *= *//p'"


@pytest.fixture
def running() -> Iterator[tuple[Emulator, Bench]]:
    with world() as (emulator, bench):
        prepare(emulator)
        yield emulator, bench


@pytest.fixture
def version(running: tuple[Emulator, Bench], tmp_path: Path) -> Callable[..., Any]:
    """Writes a template of a small stack with some groups, whose assets the emulator has."""

    def write(*workers: hp.InstanceGroup) -> Any:
        def fill(app: cdk.App) -> None:
            groups = (CONTROLLER, *workers)
            orchestrator = hp.ApiDrivenSlurm()
            SmallStack(app, groups, SCRIPTS, lustre=False, openzfs=False, orchestrator=orchestrator)

        assembly = synthesize(tmp_path / str(len(workers)), fill, all_scripts=True)
        publish(running[0], assembly)
        return json.loads((assembly / "Small.template.json").read_text())

    return write


def test_slurm_that_hyperpod_starts(
    running: tuple[Emulator, Bench], version: Callable[..., Any]
) -> None:
    emulator, bench = running
    stack = create(emulator, "Small", version(worker()))
    assert stack.status == "CREATE_COMPLETE", "\n".join(failures(stack))
    machines = bench.cluster("small")
    machines.wait_until_idle()
    controller, (cpu,) = machines.controller, machines.group("cpu")
    assert {*controller.run("sinfo --noheader --format %R").split()} == {"cpu", "dev"}
    run = "cd / && sudo -u anna srun --account=research"
    assert controller.run(f"{run} --partition=cpu hostname") == f"{cpu.name}\n"
    assert controller.run("sacct --allusers --noheader --format user -X").split() == ["anna"]
    assert controller.run(PRIVATE).strip() == "accounts,events,jobs,reservations,usage,users"
    for node in machines.nodes:
        assert node.host.run("ls /opt/ml/config") == "resource_config.json\n"
        assert "start_slurm" not in node.log()
        assert node.last_line().endswith("This node is ready.")
    assert "include hyperpod_constructs.conf" in controller.read("/opt/slurm/etc/slurm.conf")

    before = [node.started for node in machines.nodes]
    update(emulator, "Small", version(worker(), worker("more", count=2)))
    assert stack.status == "UPDATE_COMPLETE", failures(stack)
    machines.wait_until_idle()
    assert [node.started for node in machines.nodes][: len(before)] == before
    more = sorted(node.name for node in machines.group("more"))
    found = controller.run(f"{run} --partition=more --nodes=2 hostname").split()
    assert sorted(found) == more
    assert "jobs" in controller.run(PRIVATE)
    delete(emulator, stack)
    assert stack.status == "DELETE_COMPLETE", failures(stack)
