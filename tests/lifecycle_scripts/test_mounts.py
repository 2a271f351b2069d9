import errno
import os
import sys
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from .conftest import PretendNode

DNS = "fs-1.fsx.example.com"
BOOT = "_netdev,x-systemd.automount,x-systemd.requires=network-online.target 0 0"


class Mount(NamedTuple):
    command: tuple[str, ...]
    kind: str
    options: str
    source: str
    mount_point: str


LUSTRE = Mount(
    command=("mount_lustre.sh", DNS, "abcdefgh"),
    kind="lustre",
    options="noatime,flock,nosuid,nodev",
    source=f"{DNS}@tcp:/abcdefgh",
    mount_point="fsx",
)
OPENZFS = Mount(
    command=("mount_openzfs.sh", DNS),
    kind="nfs",
    options="noatime,nfsvers=4.2,nconnect=16,nosuid,nodev",
    source=f"{DNS}:/fsx",
    mount_point="home",
)
both = pytest.mark.parametrize("mount", [LUSTRE, OPENZFS], ids=["lustre", "openzfs"])


@both
def test_fresh_mount(node: PretendNode, mount: Mount) -> None:
    target = node.root / mount.mount_point

    result = node.run(*mount.command)

    assert (result.returncode, result.stdout) == (0, "")
    assert node.calls("mount", "sleep") == [
        f"mount --types {mount.kind} --options {mount.options} {mount.source} {target}"
    ]
    assert node.fstab.read_text() == (
        "# static file systems\nLABEL=root / ext4 defaults 0 1\n"
        f"{mount.source} {target} {mount.kind} {mount.options},{BOOT}\n"
    )
    assert list(target.iterdir()) == []


@both
def test_second_run_changes_nothing(node: PretendNode, mount: Mount) -> None:
    assert node.run(*mount.command).returncode == 0
    first = node.tree()
    node.calls()

    assert node.run(*mount.command).returncode == 0

    assert node.tree() == first
    assert node.calls("mount") == []


@both
def test_target_that_refuses_twice(node: PretendNode, mount: Mount) -> None:
    node.note("mount-refusals", "\n\n")

    result = node.run(*mount.command)

    refusal = (
        f"{mount.source} cannot be mounted at {node.root / mount.mount_point}: "
        "mount: connection refused"
    )
    assert (result.returncode, result.stdout.splitlines()) == (0, [refusal, refusal])
    assert [call.split(" --")[0] for call in node.calls("mount", "sleep")] == [
        "mount",
        "sleep 5",
        "mount",
        "sleep 5",
        "mount",
    ]


@both
def test_target_that_never_answers(node: PretendNode, mount: Mount) -> None:
    node.note("mount-refusals", "\n" * 100)
    before = node.tree()

    result = node.run(*mount.command, HYPERPOD_WAIT_SECONDS="0")

    assert result.returncode == 1
    assert result.stdout == (
        f"{mount.source} cannot be mounted at {node.root / mount.mount_point}: "
        "mount: connection refused (tried for 0 s)\n"
    )
    assert node.tree() == before


def test_error_of_several_lines_becomes_one(node: PretendNode) -> None:
    node.replace("mount", "printf 'mount.lustre: failed\\nIs the MGS running?\\n' >&2; exit 5")

    result = node.run(*LUSTRE.command, HYPERPOD_WAIT_SECONDS="0")

    assert result.stdout.endswith("mount.lustre: failed Is the MGS running? (tried for 0 s)\n")
    assert result.stdout.count("\n") == 1


@pytest.mark.parametrize("occupant", ["10.2.0.6@tcp:/abcdefgh", "10.2.0.5@tcp:/other", "/dev/sdb"])
def test_mount_point_that_is_taken(node: PretendNode, occupant: str) -> None:
    node.note("mounts", f"{node.root}/fsx {occupant}\n")
    before = node.tree()

    result = node.run(*LUSTRE.command)

    assert result.returncode == 1
    assert result.stdout == (
        f"{node.root}/fsx is taken by {occupant}, so {LUSTRE.source} cannot be mounted there\n"
    )
    assert node.calls("mount") == []
    assert node.tree() == before


def test_mount_known_by_name_needs_no_dns(node: PretendNode) -> None:
    node.replace("getent", "exit 2")
    node.note("mounts", f"{node.root}/home {DNS}:/fsx\n")

    assert node.run(*OPENZFS.command).returncode == 0
    assert node.calls("mount") == []


def test_mount_that_cannot_be_written(node: PretendNode) -> None:
    node.replace("findmnt", f"rmdir {node.root}/home; echo {DNS}:/fsx")
    (node.commands / "rmdir").symlink_to("/bin/rmdir")
    before = node.tree()

    result = node.run(*OPENZFS.command)

    assert (result.returncode, result.stdout) == (
        1,
        "/home cannot be opened: No such file or directory\n",
    )
    assert node.tree() == before


@pytest.mark.parametrize(("read", "status"), [(b"", 1), (None, 0)])
def test_mount_that_loses_what_is_written(
    node: PretendNode, monkeypatch: pytest.MonkeyPatch, read: bytes | None, status: int
) -> None:
    check_writing = import_module("check_writing")
    (node.root / "home").mkdir()
    monkeypatch.setenv("HYPERPOD_NODE_ROOT", str(node.root))
    monkeypatch.setattr(check_writing.sys, "argv", ["check_writing.py", "/home"])
    if read is not None:
        monkeypatch.setattr(check_writing.os, "read", lambda *_: read)
    if status:
        with pytest.raises(Exception, match="/home does not return"):
            check_writing.main()
    else:
        check_writing.main()


def test_file_that_a_user_swaps_is_not_written(
    node: PretendNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name of the file leads elsewhere as soon as it is there."""
    check_writing = import_module("check_writing")
    guarded_path = import_module("guarded_path")
    target = node.file("/etc/secret")
    target.write_text("secret")
    (node.root / "fsx").mkdir()
    monkeypatch.setenv("HYPERPOD_NODE_ROOT", str(node.root))
    monkeypatch.setattr(check_writing.sys, "argv", ["check_writing.py", "/fsx"])
    make = guarded_path.os.open

    def swap(path: str, *arguments: Any, **named: Any) -> int:
        descriptor: int = make(path, *arguments, **named)
        if ".write-check" in path:
            (node.root / "fsx" / path).unlink()
            (node.root / "fsx" / path).symlink_to(target)
        return descriptor

    monkeypatch.setattr(guarded_path.os, "open", swap)
    check_writing.main()

    assert target.read_text() == "secret"
    assert list((node.root / "fsx").iterdir()) == []


@pytest.mark.parametrize(("before", "after"), [(0o777, 0o1777), (0o755, 0o755), (0o1777, 0o1777)])
def test_file_system_open_to_all_keeps_its_names(
    node: PretendNode, before: int, after: int
) -> None:
    (node.root / "home").mkdir()
    (node.root / "home").chmod(before)

    assert node.run(*OPENZFS.command).returncode == 0
    assert (node.root / "home").stat().st_mode & 0o7777 == after


def test_kernel_without_lustre_is_not_waited_for(node: PretendNode) -> None:
    node.replace("modprobe", 'echo "modprobe: FATAL: Module $1 not found" >&2; exit 1')

    result = node.run(*LUSTRE.command)

    assert (result.returncode, result.stdout) == (
        1,
        "modprobe: FATAL: Module lustre not found\n",
    )
    assert node.calls() == []


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        ("", ""),
        ("# {root}/home a\n  # {root}/home\n", "# {root}/home a\n  # {root}/home\n"),
        ("old:/fsx {root}/home nfs defaults 0 0\nLABEL=a /a ext4\n", "LABEL=a /a ext4\n"),
        ("x {root}/home/data ext4 defaults 0 0\n", "x {root}/home/data ext4 defaults 0 0\n"),
    ],
)
def test_fstab_has_one_line_a_mount_point(node: PretendNode, before: str, kept: str) -> None:
    node.fstab.write_text(before.format(root=node.root))

    assert node.run(*OPENZFS.command).returncode == 0

    line = f"{DNS}:/fsx {node.root}/home nfs {OPENZFS.options},{BOOT}\n"
    assert node.fstab.read_text() == kept.format(root=node.root) + line


@pytest.mark.parametrize(
    ("number", "passes"), [(errno.ENOSPC, True), (errno.EDQUOT, True), (errno.EIO, False)]
)
def test_file_system_that_users_have_filled(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    number: int,
    passes: bool,
) -> None:
    check_writing = import_module("check_writing")
    monkeypatch.setenv("HYPERPOD_NODE_ROOT", str(tmp_path))
    (tmp_path / "fsx").mkdir()
    monkeypatch.setattr(sys, "argv", ["check_writing.py", "/fsx"])

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(import_module("guarded_path").os, "write", refuse)
    with nullcontext() if passes else pytest.raises(OSError, match="error"):
        check_writing.main()

    reason = f"/fsx is full: {os.strerror(number)}; writing is not verified\n"
    assert capsys.readouterr().out == (reason if passes else "")
    assert list((tmp_path / "fsx").iterdir()) == []


def test_root_that_the_file_system_squashes(
    node: PretendNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_writing = import_module("check_writing")
    monkeypatch.setenv("HYPERPOD_NODE_ROOT", str(node.root))
    monkeypatch.setattr(sys, "argv", ["check_writing.py", "/home"])
    node.file("/home/x")
    opened = os.open

    def squashed(path: Any, flags: int, *mode: int, **folder: int) -> int:
        if flags & os.O_CREAT:
            raise PermissionError(errno.EACCES, "Permission denied")
        return opened(path, flags, *mode, **folder)

    monkeypatch.setattr(os, "open", squashed)

    with pytest.raises(check_writing.LifecycleError) as raised:
        check_writing.main()
    assert str(raised.value) == (
        "/home: root of this node cannot write: Permission denied; if it is FSx for OpenZFS, add "
        "the option no_root_squash to the NFS exports of its volume"
    )
