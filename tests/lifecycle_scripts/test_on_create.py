import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.clusters.documented import FORM_WITH_LOGIN
from tests.clusters.documented import RESOURCE_CONFIG as DOCUMENTED_RESOURCE_CONFIG

from .conftest import (
    DROP_IN,
    FORM,
    INCLUDED,
    LUSTRE,
    NEVER,
    OPENZFS,
    OPTIONS,
    RESOURCE_CONFIG,
    PretendNode,
)
from .every_step import DIRECTORY

START_SLURMCTLD = [
    "systemctl is-enabled --quiet slurmd",
    "systemctl enable slurmctld",
    "systemctl restart slurmctld",
    "hostname --short",
    "scontrol ping",
]
START_SLURMD = [
    "systemctl enable slurmd",
    'timeout 0.2 bash -c exec 3<> "/dev/tcp/$0/$1" 10.1.0.11 6817',
    "systemctl restart slurmd",
    "scontrol show slurmd",
    "systemctl start --no-block hyperpod-slurmd-registration",
]
GREETING = "etc/profile.d/zz-hyperpod.sh"
CONTROLLER = {
    *(INCLUDED, NEVER, GREETING, "var/lib/hyperpod_constructs/slurm_settings.json"),
    *(
        f"etc/systemd/system/{name}"
        for name in (
            *("hyperpod-slurm-settings.path", "hyperpod-slurm-settings.service"),
            "slurmctld.service.d/settings.conf",
        )
    ),
    *(
        f"usr/local/lib/hyperpod_constructs/slurm_settings/{name}.py"
        for name in (
            *("command", "configure_slurm", "lifecycle_error", "node_files"),
            *("restore_slurm_settings", "slurm_conf", "topology"),
        )
    ),
}
COMPUTE = {
    *(DROP_IN, OPTIONS, GREETING, "usr/local/lib/hyperpod_constructs/register_again.sh"),
    "etc/systemd/system/hyperpod-slurmd-registration.service",
    "etc/systemd/system/hyperpod-slurmd-registration.timer",
    "etc/systemd/system/slurmd.service.d/registration.conf",
}


class Node(NamedTuple):
    node_type: str
    group: str
    addresses: str
    start: list[str]
    written: set[str]


each_node_type = pytest.mark.parametrize(
    "kind",
    [
        Node("controller", "controller", "10.1.0.11", START_SLURMCTLD, CONTROLLER),
        Node("login", "login", "10.1.0.12", START_SLURMD, COMPUTE),
        Node("worker", "gpu", "172.17.0.1 10.1.0.22", START_SLURMD, COMPUTE),
    ],
    ids=lambda kind: kind.node_type,
)


@each_node_type
def test_node_without_file_systems(node: PretendNode, kind: Node) -> None:
    node.is_given(FORM, RESOURCE_CONFIG, kind.addresses)
    before = set(node.tree())

    result = node.run("on_create.sh")

    assert result.returncode == 0, result.stdout
    calls = [call for call in node.calls() if not call.startswith("dpkg-query ")]
    assert calls == ["hostname --all-ip-addresses", *kind.start]
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
    assert node.calls("mount", "timeout", "systemctl", "hostname", "scontrol")[1:] == kind.start


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
            "{form}: slurm_configurations.slurm_database_endpoint is missing, but has to be a text",
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

    result = node.run("on_create.sh", HYPERPOD_WAIT_SECONDS="0")

    assert result.returncode == 1
    expected = message.format(
        form=node.scripts / "provisioning_params.json", config=node.resource_config
    )
    assert node.log.read_text() == f"FAILED: {expected}\n"
    assert node.tree() == before
    assert node.calls("mount", "systemctl") == []


def test_address_that_comes_late(node: PretendNode) -> None:
    node.note("addresses", "")
    node.replace(
        "hostname",
        'echo "hostname $*" >> "$NOTES/calls"; cat "$NOTES/addresses"; echo 10.1.0.21 > "$NOTES/addresses"',
    )

    assert node.run("on_create.sh").returncode == 0
    assert node.calls("hostname") == ["hostname --all-ip-addresses"] * 2


def test_form_that_does_not_match_its_cluster(node: PretendNode) -> None:
    node.is_given(FORM_WITH_LOGIN, DOCUMENTED_RESOURCE_CONFIG, "10.1.0.12")

    assert node.run("on_create.sh").returncode == 1
    assert node.last_line().endswith("the group of this node, 'login', is not named")


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


@pytest.mark.parametrize("address", ["10.1.0.11", "10.1.0.21"])
def test_runs_on_python_3_8(node: PretendNode, address: str) -> None:
    python = find_python_3_8()
    if python is None:
        pytest.skip("python3.8, the oldest that a node has, is not installed here")
    node.use_python(python)
    node.is_given(FORM | LUSTRE | OPENZFS, RESOURCE_CONFIG, address)
    alice = {"name": "alice", "uid": 4321, "home": "/fsx/alice"}
    node.note("is-active", "slurmdbd\n")
    node.note("secret", '{"password": "geheim"}')
    node.has_steps(
        accounting={},
        users={"users": [{**alice, "slurm_account": "llm", "ssh_keys": ["ssh-rsa AAAA"]}]},
        ssh_between_nodes=True,
        containers={},
        metrics={"node": True, "slurm": True},
        directory_service=DIRECTORY,
    )
    (node.root / "opt/sagemaker").mkdir(parents=True)
    node.file("/usr/local/lib/slurm/spank_pyxis.so").touch()
    node.note("mounts", f"{node.root}/opt/sagemaker /dev/nvme1n1\n")

    result = node.run("on_create.sh")

    assert result.returncode == 0, result.stdout
    assert node.last_line().endswith(" This node is ready.")
    assert (node.root / "etc/ssh/hyperpod_keys/alice").exists() == (address != "10.1.0.11")


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


def test_fault_of_steps_json_is_one_clear_line(node: PretendNode) -> None:
    node.has_steps(acounting={})

    assert node.run("on_create.sh").returncode == 1
    assert node.log.read_text().startswith(
        f"FAILED: {node.scripts / 'steps.json'}: acounting is not known here, only accounting,"
    )


def test_python_step_that_fails_is_the_last_line(node: PretendNode) -> None:
    node.has_steps(users={"users": [{"name": "alice", "uid": 2001}]})
    node.note("passwd", "bob:x:2001:2001::/home/bob:/bin/bash\n")
    node.note("group", "bob:x:2001:\nalice:x:2002:\n")

    assert node.run("on_create.sh").returncode == 1
    assert node.last_line() == (
        "FAILED: add_users.py ended with status 1: steps.json: the user 'alice' wants the uid "
        "2001, but on this node 'bob' has it"
    )


def test_slurm_is_found_where_hyperpod_has_it(node: PretendNode) -> None:
    node.file_of_site("10-path.sh", 'echo "$PATH"')

    result = node.run("on_create.sh")

    assert f"{node.commands}:/opt/slurm/bin:/opt/slurm/sbin\n" in result.stdout


FULL_DISK = """
set -euo pipefail
mkdir --parents "$ROOT/var/log/provision"
mount -t tmpfs -o size=80k tmpfs "$ROOT/var/log/provision"
cat > "$SITE" << 'END'
head --bytes 1M /dev/zero > "$HYPERPOD_NODE_ROOT/var/log/provision/big" && exit
# More than the last page of the log has room for.
printf "%s\n" {1..1000}
exit 1
END
status=0
"$RUN" "$SCRIPT" || status=$?
tail --lines 1 "$ROOT/var/log/provision/provisioning.log"
exit "$status"
"""


def test_full_disk_leaves_room_for_the_reason(node: PretendNode) -> None:
    unshare, bash = shutil.which("unshare"), shutil.which("bash")
    apart = [unshare or "", "--user", "--map-root-user", "--mount"]
    if unshare is None or subprocess.run([*apart, "true"], check=False).returncode:
        pytest.skip("a disk of its own takes the right to mount one")
    site = node.file_of_site("10-fill.sh", "")

    result = subprocess.run(
        [*apart, str(bash), "-c", FULL_DISK],
        env={
            **node.environment(),
            "PATH": os.environ["PATH"],
            "ROOT": str(node.root),
            "SITE": str(site),
            "RUN": str(node.launcher()),
            "SCRIPT": str(node.scripts / "on_create.sh"),
        },
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    reason = "site/10-fill.sh ended with status 1; its own words stand above"
    assert result.returncode == 1, result.stderr
    assert result.stdout.splitlines()[-1] == (
        f"FAILED: run_site_scripts.sh ended with status 1: {reason}"
    )
