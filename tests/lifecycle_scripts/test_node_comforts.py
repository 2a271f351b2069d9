"""What users of AWS's scripts expect of a node: the home of `ubuntu`, a greeting, packages that stay."""

import os
from pathlib import Path

import pytest

from .conftest import FORM, LUSTRE, OPENZFS, PretendNode
from .every_step import steps_of

HOME = "/fsx/ubuntu"
HELD = "lustre-client-modules-aws nvidia-driver-550 libnvidia-compute-550"


@pytest.fixture
def worker(node: PretendNode) -> PretendNode:
    """A worker with a shared file system and `ubuntu`, who is this process."""
    node.note("passwd", f"ubuntu:x:{os.getuid()}:{os.getgid()}::/home/ubuntu:/bin/bash\n")
    node.note("mounts", f"{node.root}/fsx fs-1\n")
    (node.root / "fsx").mkdir()
    node.file("/etc/ssh/ssh_host_ed25519_key.pub").write_text("ssh-ed25519 AAAA root@node\n")
    return node


def test_home_of_the_operator(worker: PretendNode) -> None:
    result = worker.run("share_operator_home.py", "ssh")

    assert (result.returncode, result.stdout) == (0, "")
    home = worker.root / HOME[1:]
    key = (home / ".ssh/hyperpod/id_ed25519.pub").read_text()
    assert (home / ".ssh/authorized_keys").read_text() == key
    assert worker.calls("usermod") == [f"usermod --home {HOME} -- ubuntu"]
    before = worker.tree()

    worker.note("passwd", f"ubuntu:x:{os.getuid()}:{os.getgid()}::{HOME}:/bin/bash\n")
    assert worker.run("share_operator_home.py", "ssh").returncode == 0
    assert worker.tree() == before
    assert worker.calls("usermod") == []


def test_planted_home_of_the_operator(worker: PretendNode) -> None:
    planted = worker.root / HOME[1:]
    planted.mkdir()
    planted.chmod(0o777)

    result = worker.run("share_operator_home.py", "ssh")

    assert result.returncode == 0
    assert "user ubuntu: the home stays at /home/ubuntu: " in result.stdout
    assert list(planted.iterdir()) == []
    assert worker.calls("usermod") == []


@pytest.mark.parametrize("mode", [0o775, 0o777])
def test_home_below_a_folder_of_others_is_not_the_operators(worker: PretendNode, mode: int) -> None:
    assert worker.run("share_operator_home.py").returncode == 0
    worker.calls()
    (worker.root / HOME[1:]).parent.chmod(mode)

    result = worker.run("share_operator_home.py", "ssh")

    assert result.returncode == 0
    assert "user ubuntu: the home stays at /home/ubuntu: " in result.stdout
    assert worker.calls("usermod") == []


@pytest.mark.parametrize(
    ("node_type", "form", "steps", "arguments"),
    [
        ("login", LUSTRE, {"ubuntu_home": True}, []),
        ("worker", LUSTRE, {"ubuntu_home": True, "ssh_between_nodes": True}, ["ssh"]),
        ("controller", LUSTRE, {"ubuntu_home": True}, None),
        ("worker", LUSTRE | OPENZFS, {"ubuntu_home": True}, None),
        ("worker", {}, {"ubuntu_home": True}, None),
        ("worker", LUSTRE, {}, None),
        (
            "worker",
            LUSTRE,
            {"ubuntu_home": True, "users": {"users": [{"name": "ubuntu", "uid": 1000}]}},
            None,
        ),
    ],
)
def test_operator_home_is_not_that_of_controllers(
    tmp_path: Path,
    node_type: str,
    form: dict[str, str],
    steps: dict[str, object],
    arguments: list[str] | None,
) -> None:
    """Nor where homes are shared anyway, or the file of users has `ubuntu`."""
    found = steps_of(tmp_path, node_type, FORM | form, steps)

    shared = [step[1:] for step in found if step[0] == "share_operator_home.py"]
    assert shared == ([] if arguments is None else [arguments])


@pytest.mark.parametrize("node_type", ["controller", "login", "worker"])
def test_shell_says_what_the_node_is(node: PretendNode, node_type: str) -> None:
    assert node.run("describe_node.sh", node_type, "group-1", "training").returncode == 0

    text = (node.root / "etc/profile.d/zz-hyperpod.sh").read_text()
    assert f"This is a {node_type} of the HyperPod cluster 'training', group 'group-1'. " in text


PACKAGES = """
ii  lustre-client-modules-aws
ii  nvidia-driver-550
ii  nvidia-container-toolkit
un  nvidia-driver-535
ii  libnvidia-compute-550
ii  libnvidia-container1
"""


@pytest.mark.parametrize(
    ("refusals", "said"),
    [(0, f"Held: {HELD}\n"), (99, "Packages are not held: E: Could not get lock\n")],
)
def test_held_packages(node: PretendNode, refusals: int, said: str) -> None:
    """A lock that others hold does not stop the node."""
    node.replace("dpkg-query", f"cat << 'END'{PACKAGES}END\nexit 1")
    node.replace(
        "apt-mark",
        f'echo "apt-mark $*" >> "$NOTES/calls"\n'
        f'if (({refusals})); then echo "E: Could not get lock" >&2; exit 1; fi',
    )

    result = node.run("hold_packages.sh", HYPERPOD_WAIT_SECONDS="0")

    assert (result.returncode, result.stdout) == (0, said)
    assert node.calls("apt-mark") == [f"apt-mark hold {HELD}"]


def test_nothing_to_hold(node: PretendNode) -> None:
    node.replace("dpkg-query", "exit 1")

    result = node.run("hold_packages.sh")

    assert (result.returncode, result.stdout) == (0, "")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "ConstrainDevices=yes\n"),
        ("CgroupPlugin=autodetect\n", "CgroupPlugin=autodetect\nConstrainDevices=yes\n"),
        ("ConstrainDevices=no\nCgroupPlugin=x\n", "CgroupPlugin=x\nConstrainDevices=yes\n"),
        ("constraindevices=YES\n", "constraindevices=YES\n"),
    ],
)
def test_devices_of_jobs(node: PretendNode, before: str | None, after: str) -> None:
    conf = node.slurm_conf.with_name("cgroup.conf")
    if before is not None:
        conf.write_text(before)

    for _ in range(2):
        assert node.run("constrain_devices.sh").returncode == 0
        assert conf.read_text() == after


def test_devices_need_control_groups(tmp_path: Path) -> None:
    found = steps_of(tmp_path, "controller", FORM, {"constrain_devices": True})

    names = [step[0] for step in found]
    assert names.index("constrain_devices.sh") < names.index("start_slurmctld.sh")
    (settings,) = (step for step in found if step[0] == "configure_slurm.py")
    assert {"TaskPlugin=task/cgroup,task/affinity", "ProctrackType=proctrack/cgroup"} <= {*settings}
    assert "TaskPlugin" not in str(steps_of(tmp_path, "controller", FORM, {}))
