"""The lifecycle script of EKS nodes, run with commands that only write down how they are called."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import hyperpod_constructs as hp

SCRIPT = hp.EksControlPlane.NODE_SCRIPTS / "on_create.sh"
PRETEND = """#!/bin/bash
echo "${0##*/}${*:+ $*}" >> "$NOTES/calls"
case ${0##*/} in
    findmnt) grep --line-regexp --quiet "${*: -1}" "$NOTES/mounts" ;;
    mount) [[ ! -e $NOTES/refuses ]] && echo "${*: -1}" >> "$NOTES/mounts" ;;
    systemctl) [[ $1 != is-active ]] || grep --line-regexp --quiet "${*: -1}" "$NOTES/active" ;;
esac
"""
REAL = ("bash", "cat", "cp", "dirname", "grep", "mkdir", "tee")


class Node:
    """A node below a folder."""

    def __init__(self, folder: Path) -> None:
        self.root, self.notes, commands = folder / "root", folder / "notes", folder / "commands"
        for each in (self.root / "etc", self.notes, commands):
            each.mkdir(parents=True)
        for name in ("findmnt", "mount", "sleep", "systemctl"):
            (commands / name).write_text(PRETEND)
            (commands / name).chmod(0o755)
        for name in REAL:
            (commands / name).symlink_to(shutil.which(name) or name)
        for name in ("calls", "mounts", "active"):
            (self.notes / name).touch()
        self.fstab = self.root / "etc" / "fstab"
        self.environment = {"PATH": str(commands), "NOTES": str(self.notes)}

    def mounts(self, path: str) -> None:
        with (self.notes / "mounts").open("a") as file:
            file.write(f"{self.root}{path}\n")

    def runs(self, *services: str) -> None:
        (self.notes / "active").write_text("".join(f"{each}\n" for each in services))

    def file(self, path: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        return file

    def create(self) -> str:
        result = subprocess.run(
            [shutil.which("bash") or "bash", str(SCRIPT)],
            env={**self.environment, "HYPERPOD_NODE_ROOT": str(self.root)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        return result.stdout

    def calls(self, *commands: str) -> list[str]:
        lines = (self.notes / "calls").read_text().replace(str(self.root), "").splitlines()
        return [line for line in lines if line.partition(" ")[0] in commands]


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path)


def test_the_script_can_be_run() -> None:
    assert os.access(SCRIPT, os.X_OK)


def test_data_moves_to_the_volume_with_what_is_there(node: Node) -> None:
    node.mounts("/opt/sagemaker")
    node.runs("containerd")
    node.file("var/lib/containerd/images/pause").write_text("layer")

    node.create()

    assert (node.root / "opt/sagemaker/containerd/images/pause").read_text() == "layer"
    assert node.calls("mount", "systemctl") == [
        "systemctl is-active --quiet containerd",
        "systemctl stop containerd",
        "mount --bind /opt/sagemaker/containerd /var/lib/containerd",
        "systemctl start containerd",
        "systemctl is-active --quiet kubelet",
        "mount --bind /opt/sagemaker/kubelet /var/lib/kubelet",
    ]


def test_the_mounts_are_there_after_a_reboot(node: Node) -> None:
    node.mounts("/opt/sagemaker")

    node.create()

    entries = [line.replace(str(node.root), "") for line in node.fstab.read_text().splitlines()]
    assert entries == [
        f"/opt/sagemaker/{name} /var/lib/{name} none "
        "bind,nofail,x-systemd.requires-mounts-for=/opt/sagemaker 0 0"
        for name in ("containerd", "kubelet")
    ]


def test_a_node_without_a_volume_stays_as_it_is(node: Node) -> None:
    assert "has no additional volume" in node.create()
    assert node.calls("mount", "systemctl") == []
    assert not node.fstab.exists()
    assert len(node.calls("sleep")) == 11


def test_a_second_run_changes_nothing(node: Node) -> None:
    node.mounts("/opt/sagemaker")
    node.create()
    before = node.fstab.read_text()

    assert "is already on another volume" in node.create()
    assert node.fstab.read_text() == before


def test_a_link_of_the_ami_is_kept(node: Node) -> None:
    node.mounts("/opt/sagemaker")
    node.file("var/lib/containerd").symlink_to(node.root / "opt")

    node.create()

    assert node.calls("mount") == ["mount --bind /opt/sagemaker/kubelet /var/lib/kubelet"]


def test_a_mount_that_fails_fails_the_node(node: Node) -> None:
    node.mounts("/opt/sagemaker")
    (node.notes / "refuses").touch()

    with pytest.raises(AssertionError):
        node.create()


def test_the_log_is_where_hyperpod_reads_it(node: Node) -> None:
    printed = node.create()

    assert (node.root / "var/log/provision/provisioning.log").read_text() == printed
