import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from .conftest import DROP_IN, FORM, LUSTRE, OPENZFS, RESOURCE_CONFIG, PretendNode

START_SLURMCTLD = [
    "systemctl is-enabled --quiet slurmd",
    "systemctl enable slurmctld",
    "systemctl start slurmctld",
]
START_SLURMD = [
    "systemctl daemon-reload",
    "systemctl enable slurmd",
    "systemctl restart slurmd",
]


class Node(NamedTuple):
    node_type: str
    group: str
    addresses: str
    start: list[str]
    written: set[str]


each_node_type = pytest.mark.parametrize(
    "kind",
    [
        Node("controller", "controller", "10.1.0.11", START_SLURMCTLD, set()),
        Node("login", "login", "10.1.0.12", START_SLURMD, {DROP_IN}),
        Node("worker", "gpu", "172.17.0.1 10.1.0.22", START_SLURMD, {DROP_IN}),
    ],
    ids=lambda kind: kind.node_type,
)


@each_node_type
def test_node_without_file_systems(node: PretendNode, kind: Node) -> None:
    node.is_given(FORM, RESOURCE_CONFIG, kind.addresses)
    before = set(node.tree())

    result = node.run("on_create.sh")

    assert result.returncode == 0, result.stdout
    assert node.calls() == ["hostname --all-ip-addresses", *kind.start]
    assert set(node.tree()) - before == kind.written
    assert not (node.root / "fsx").exists()
    assert not (node.root / "home").exists()
    assert node.log.read_text() == result.stdout
    assert f" This node is a {kind.node_type} of the group '{kind.group}'.\n" in result.stdout
    assert node.last_line().endswith(" This node is ready.")


@each_node_type
def test_node_with_file_systems(node: PretendNode, kind: Node) -> None:
    node.is_given(FORM | LUSTRE | OPENZFS, RESOURCE_CONFIG, kind.addresses)
    node.note("mount-refusals", "\n\n")

    result = node.run("on_create.sh")

    assert result.returncode == 0, result.stdout
    assert [call.split()[-1] for call in node.calls("mount")] == [
        f"{node.root}/fsx",
        f"{node.root}/fsx",
        f"{node.root}/fsx",
        f"{node.root}/home",
    ]
    first = node.tree()

    again = node.run("on_create.sh")

    assert again.returncode == 0
    assert node.log.read_text() == result.stdout + again.stdout
    assert node.tree() == first
    assert node.calls("mount", "systemctl") == [
        call.replace("restart", "start") for call in kind.start
    ]


def test_failing_step_is_the_last_line_of_the_log(node: PretendNode) -> None:
    node.is_given(FORM | LUSTRE, RESOURCE_CONFIG, "10.1.0.21")
    node.note("mount-refusals", "\n" * 100)

    result = node.run("on_create.sh", HYPERPOD_WAIT_SECONDS="0")

    assert result.returncode == 1
    assert node.last_line() == (
        "FAILED: mount_lustre.sh ended with status 1: fs-1.fsx.example.com@tcp:/abcdefgh cannot "
        f"be mounted at {node.root}/fsx: mount: connection refused (tried for 0 s)"
    )
    assert node.calls()[-2:] == ["sync", "sleep 60"]


def test_wait_before_a_failing_exit_can_be_shortened(node: PretendNode) -> None:
    node.resource_config.unlink()

    assert node.run("on_create.sh", HYPERPOD_LOG_SHIPPING_SECONDS="2").returncode == 1
    assert node.calls() == ["sync", "sleep 2"]


@pytest.mark.parametrize(
    ("form", "address", "message"),
    [
        (
            {**FORM, "slurm_configurations": {"slurm_database_user": "admin"}},
            "10.1.0.11",
            "{form}: slurm_configurations (several controllers) is not handled by these scripts",
        ),
        (
            {**FORM, "worker_groups": []},
            "10.1.0.21",
            "{form}: the group of this node, 'gpu', is not named",
        ),
        (
            {**FORM, "controller_group": "head"},
            "10.1.0.21",
            "{config}: there is no group 'head', which the form names as controller_group",
        ),
        (
            FORM,
            "10.9.9.9",
            "{config}: no instance has an address of this node (10.9.9.9)",
        ),
    ],
)
def test_fault_is_one_clear_line(
    node: PretendNode,
    form: dict[str, Any],
    address: str,
    message: str,
) -> None:
    node.is_given(form, RESOURCE_CONFIG, address)
    before = node.tree()

    result = node.run("on_create.sh")

    assert result.returncode == 1
    expected = message.format(
        form=node.scripts / "provisioning_params.json", config=node.resource_config
    )
    assert node.log.read_text() == f"FAILED: {expected}\n"
    assert node.tree() == before
    assert node.calls("mount", "systemctl") == []


def test_real_form_that_does_not_match_its_cluster(node: PretendNode, fixtures: Path) -> None:
    form = json.loads((fixtures / "provisioning_params" / "awsome-readme.json").read_text())
    config = fixtures / "resource_config" / "one-controller-two-workers.json"
    node.is_given(form, json.loads(config.read_text()), "10.1.0.12")

    assert node.run("on_create.sh").returncode == 1
    assert node.last_line().endswith("the group of this node, 'login-group', is not named")


@pytest.mark.parametrize(
    ("python", "status", "last_line"),
    [
        (None, 127, "FAILED: lifecycle.py ended with status 127"),
        ("kill -9 $$", 137, "FAILED: lifecycle.py ended with status 137"),
    ],
)
def test_python_that_is_missing_or_killed(
    node: PretendNode, python: str | None, status: int, last_line: str
) -> None:
    if python is None:
        (node.commands / "python3").unlink()
    else:
        node.replace("python3", python)

    assert node.run("on_create.sh").returncode == status
    assert node.last_line() == last_line
    assert node.calls() == ["sync", "sleep 60"]


def test_unforeseen_error_is_in_the_log(node: PretendNode) -> None:
    node.replace("hostname", "exit 4")

    assert node.run("on_create.sh").returncode == 1
    assert node.last_line() == (
        "subprocess.CalledProcessError: Command '['hostname', '--all-ip-addresses']' "
        "returned non-zero exit status 4."
    )


def test_runs_on_python_3_8(node: PretendNode) -> None:
    python = find_python_3_8()
    if python is None:
        pytest.skip("python3.8, the oldest that a node has, is not installed here")
    node.use_python(python)
    node.is_given(FORM | LUSTRE | OPENZFS, RESOURCE_CONFIG, "10.1.0.21")

    result = node.run("on_create.sh")

    assert result.returncode == 0, result.stdout
    assert node.last_line().endswith(" This node is ready.")


def find_python_3_8() -> str | None:
    """The interpreter itself, since a version manager may have put a launcher in front of it."""
    for python in (
        "python3.8",
        *map(str, Path.home().glob(".pyenv/versions/3.8.*/bin/python3.8")),
    ):
        if shutil.which(python) is None:
            continue
        asked = subprocess.run(
            [python, "-c", "import sys; print(sys.executable)"],
            capture_output=True,
            text=True,
            check=False,
        )
        if asked.returncode == 0:
            return asked.stdout.strip()
    return None
