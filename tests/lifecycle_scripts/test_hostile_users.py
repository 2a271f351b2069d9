"""What users do to their own files, and to names that are not theirs, while root prepares a node."""

import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from .conftest import PretendNode
from .pretend_users import KEY, KEYGEN, KEYS, NODE_KEYS, alice, has_users, owned

MALLORY, BOB = 4321, 4322

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="only root may become somebody else")


@pytest.fixture
def node() -> Iterator[PretendNode]:
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield PretendNode(Path(folder))


def users(node: PretendNode, mallory: str = "/fsx/mallory", bob: str = "/fsx/bob") -> None:
    """Two users, the second of whom shall not feel what the first one does."""
    node.note("mounts", f"{node.root}/fsx a\n")
    (node.root / "fsx").mkdir(exist_ok=True)
    has_users(
        node,
        alice(name="mallory", uid=MALLORY, gid=MALLORY, home=mallory, ssh_keys=[KEY]),
        alice(name="bob", uid=BOB, gid=BOB, home=bob, ssh_keys=[KEY]),
    )


def system_folder(node: PretendNode) -> Path:
    folder = node.file("/etc/secret/shadow").parent
    (folder / "shadow").write_text("root:secret\n")
    return folder


def owners(folder: Path) -> set[int]:
    return {path.lstat().st_uid for path in (folder, *folder.iterdir())}


@pytest.mark.parametrize("target", ["etc/secret", "etc/secret/shadow"])
@pytest.mark.parametrize("mode", [0o1777, 0o777, 0o755])
def test_home_that_is_a_link_is_not_followed(node: PretendNode, mode: int, target: str) -> None:
    folder = system_folder(node)
    users(node)
    (node.root / "fsx").chmod(mode)
    (node.root / "fsx/mallory").symlink_to(node.root / target)

    result = node.run("add_users.py")

    assert result.returncode == 0
    assert owners(folder) == {0}
    assert f"user mallory: {'/fsx/mallory'} is a link or a file, not a folder" in result.stdout
    assert (node.root / KEYS / "bob").exists() == (mode != 0o777)
    assert not (node.root / KEYS / "mallory").exists()


def test_link_above_a_home_is_not_followed(node: PretendNode) -> None:
    folder = node.file("/etc/cron.d/x").parent
    owned(node.root / "fsx/team", MALLORY)
    (node.root / "fsx/team/homes").symlink_to(folder)
    users(node, bob="/fsx/team/homes/bob")

    result = node.run("add_users.py")

    assert result.returncode == 0
    assert not (folder / "bob").exists()
    assert "user bob: /fsx/team/homes is a link or a file, not a folder" in result.stdout


def test_home_is_not_made_where_a_user_can_replace_it(node: PretendNode) -> None:
    owned(node.root / "fsx/team", MALLORY, 0o777)
    users(node, bob="/fsx/team/bob")

    result = node.run("add_users.py")

    assert result.returncode == 0
    assert f"user bob: /fsx/team belongs to the user {MALLORY}" in result.stdout
    assert list((node.root / "fsx/team").iterdir()) == []


def test_swap_between_look_and_use(node: PretendNode, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user who replaces a folder right after root has looked at it."""
    guarded_path = import_module("guarded_path")
    folder = system_folder(node)
    monkeypatch.setenv("HYPERPOD_NODE_ROOT", str(node.root))
    users(node)
    look = os.stat
    (node.root / "fsx").chmod(0o1777)

    def swap(path: Any, **arguments: Any) -> Any:
        try:
            return look(path, **arguments)
        finally:
            if path == "mallory":
                (node.root / "fsx/mallory").symlink_to(folder)

    monkeypatch.setattr(guarded_path.os, "stat", swap)
    home_folder = import_module("home_folder")
    with pytest.raises(import_module("user_process").UserError, match="is a link"):
        home_folder.make_home("/fsx/mallory", MALLORY, MALLORY)
    assert owners(folder) == {0}


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        (0o777, f"/fsx/bob belongs to the user {MALLORY}"),
        (0o755, f"/fsx/bob belongs to the user {MALLORY}"),
    ],
)
def test_home_that_another_user_has_made(node: PretendNode, mode: int, reason: str) -> None:
    users(node)
    (node.root / "fsx").chmod(0o1777)
    (owned(node.root / "fsx/bob", MALLORY, mode) / ".bashrc").write_text("evil\n")

    result = node.run("add_users.py")

    assert result.returncode == 0
    assert f"user bob: {reason}; no keys are installed for this user\n" in result.stdout
    assert (node.root / "fsx/bob").stat().st_uid == MALLORY
    assert not (node.root / KEYS / "bob").exists()
    assert (node.root / KEYS / "mallory").exists()


def test_home_that_others_can_write(node: PretendNode) -> None:
    users(node)
    owned(node.root / "fsx/bob", BOB, 0o777)

    result = node.run("add_users.py")

    assert "user bob: /fsx/bob has the mode 0777, so that others can write to it" in result.stdout
    assert not (node.root / KEYS / "bob").exists()


def test_home_of_root_is_not_given_away(node: PretendNode) -> None:
    users(node)
    (node.root / "fsx/bob").mkdir()

    result = node.run("add_users.py")

    assert (result.returncode, (node.root / "fsx/bob").stat().st_uid) == (0, 0)
    assert "user bob: /fsx/bob belongs to the user 0" in result.stdout


def own_files(node: PretendNode) -> Path:
    folder = owned(owned(node.root / "fsx/mallory", MALLORY) / ".ssh", MALLORY)
    (folder / "hyperpod").mkdir()
    return folder


def fifo(path: Path) -> None:
    os.mkfifo(path)
    os.chown(path, MALLORY, MALLORY)


def key_with_a_passphrase(folder: Path) -> None:
    command = [
        "ssh-keygen",
        "-q",
        "-t",
        "ed25519",
        "-N",
        "secret",
        "-f",
        str(folder / "id_ed25519"),
    ]
    subprocess.run(command, check=True)


def endless_keys(folder: Path) -> None:
    (folder / "authorized_keys").symlink_to("/dev/zero")


def endless_key(folder: Path) -> None:
    (folder / "hyperpod/id_ed25519.pub").symlink_to("/dev/zero")


def link_for_folder(folder: Path) -> None:
    folder.rename(folder.with_name("old"))
    folder.symlink_to("/root/.ssh")


TRICKS: dict[str, Callable[[Path], object]] = {
    "FIFO for keys": lambda folder: fifo(folder / "authorized_keys"),
    "endless keys": endless_keys,
    "folder for keys": lambda folder: (folder / "authorized_keys").mkdir(),
    "large keys": lambda folder: (folder / "authorized_keys").write_bytes(b"x" * (2 << 20)),
    "binary keys": lambda folder: (folder / "authorized_keys").write_bytes(b"\xff\x00\n"),
    "no rights": lambda folder: folder.chmod(0),
    "own key with a passphrase": key_with_a_passphrase,
    "FIFO for the own key": lambda folder: fifo(folder / "id_ed25519"),
    "FIFO for the cluster's key": lambda folder: fifo(folder / "hyperpod/id_ed25519.pub"),
    "endless key": endless_key,
    "two keys": lambda folder: (folder / "hyperpod/id_ed25519.pub").write_text(f"{KEY}\n{KEY}\n"),
    "options": lambda folder: (folder / "hyperpod/id_ed25519.pub").write_text(f'command="x" {KEY}'),
    "file for .ssh": lambda folder: (
        folder.rename(folder.with_name("old")),
        folder.write_text(""),
    ),
    "link for .ssh": link_for_folder,
}


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("step", ["add_users.py", "share_ssh_keys.py"])
def test_own_files_stop_nobody(node: PretendNode, step: str, trick: str) -> None:
    users(node)
    TRICKS[trick](own_files(node))
    node.replace("ssh-keygen", KEYGEN)
    if step == "share_ssh_keys.py":
        node.note(
            "passwd",
            f"mallory:x:{MALLORY}:{MALLORY}::/fsx/mallory:/bin/bash\n"
            f"bob:x:{BOB}:{BOB}::/fsx/bob:/bin/bash\n",
        )

    result = node.run(step, *(["mallory", "bob"] if step == "share_ssh_keys.py" else []))

    assert result.returncode == 0, result.stdout
    folder = KEYS if step == "add_users.py" else NODE_KEYS
    assert (node.root / folder / "bob").exists()


@pytest.mark.parametrize("signal", ["STOP", "KILL"])
def test_process_that_its_user_stops(signal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    user_process = import_module("user_process")
    monkeypatch.setattr(user_process, "SECONDS", 1)
    # A worker of the tests has more files open than a process of a user may have.
    limits = [each for each in user_process._LIMITS if each[0] != resource.RLIMIT_NOFILE]
    monkeypatch.setattr(user_process, "_LIMITS", limits)

    def work() -> str:
        subprocess.run(["/bin/sh", "-c", f"kill -{signal} $PPID"], check=False)
        return "done"

    with pytest.raises(user_process.UserError, match="no answer within"):
        user_process.as_user(MALLORY, MALLORY, work)


def test_process_of_a_user_does_not_become_root_again() -> None:
    user_process = import_module("user_process")

    def work() -> str:
        for become in (os.setuid, os.seteuid, os.setgid):
            try:
                become(0)
            except PermissionError:
                continue
            return "root"
        return f"{os.getresuid()} {os.getresgid()} {os.getgroups()}"

    assert user_process.as_user(MALLORY, BOB, work) == (f"{(MALLORY,) * 3} {(BOB,) * 3} {[BOB]}")


def test_home_whose_mount_cannot_be_found(node: PretendNode) -> None:
    users(node)
    node.note("passwd", f"bob:x:{BOB}:{BOB}::/fsx/bob:/bin/bash\n")
    node.replace("findmnt", "echo 'findmnt: no such file' >&2; exit 1")

    result = node.run("share_ssh_keys.py", "bob")

    assert result.returncode == 0
    assert result.stdout.startswith("user bob: findmnt ")


def test_endless_answer_ends() -> None:
    user_process = import_module("user_process")
    assert len(user_process.as_user(MALLORY, MALLORY, lambda: "x" * (1 << 24))) < 1 << 17


def test_process_of_a_user_has_nothing_of_root(monkeypatch: pytest.MonkeyPatch) -> None:
    user_process = import_module("user_process")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "secret")
    # The process of the tests is larger than a step.
    limits = [each for each in user_process._LIMITS if each[0] != resource.RLIMIT_AS]
    monkeypatch.setattr(user_process, "_LIMITS", limits)
    script = "env | grep -c AWS; readlink /proc/$$/fd/*"
    # What a user reads of a program: its environment, its terminal, its open files.
    with Path("/etc/hostname").open() as file:
        os.set_inheritable(file.fileno(), True)

        def work() -> str:
            command = ["/bin/bash", "-c", script]
            done = subprocess.run(command, close_fds=False, check=False, stdout=subprocess.PIPE)
            return f"{done.stdout.decode()} {os.getsid(0)} {os.getpid()}"

        answer = user_process.as_user(MALLORY, MALLORY, work).split()

    assert answer[0] == "0"
    assert answer.count("/dev/null") == 2
    assert "/etc/hostname" not in answer
    assert answer[-1] == answer[-2]


def test_process_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits in the kernel for a file system of its user, and cannot be killed."""
    user_process = import_module("user_process")
    monkeypatch.setattr(user_process, "SECONDS", 0.2)
    monkeypatch.setattr(user_process, "SECONDS_TO_END", 0.2)
    limits = [each for each in user_process._LIMITS if each[0] != resource.RLIMIT_CPU]
    monkeypatch.setattr(user_process, "_LIMITS", limits)
    killed: list[int] = []

    def sleep() -> str:
        time.sleep(30)
        return ""

    with monkeypatch.context() as context:
        for name in ("kill", "killpg"):
            context.setattr(user_process.os, name, lambda pid, _: killed.append(pid))
        begin = time.monotonic()
        with pytest.raises(user_process.UserError, match="no answer within"):
            user_process.as_user(MALLORY, MALLORY, sleep)
        assert time.monotonic() - begin < 5
    os.kill(killed[0], signal.SIGKILL)
    os.waitpid(killed[0], 0)


def test_log_of_a_step_ends_without_its_processes(node: PretendNode) -> None:
    """A process that cannot be killed does not hold the pipe that the log is read from."""
    program = node.scripts / "x.py"
    program.write_text(
        "import os, time, user_process\n"
        "user_process._end = lambda child: None\n"
        "user_process.SECONDS = 1\n"
        f"try: user_process.as_user({MALLORY}, {MALLORY}, lambda: str(time.sleep(8)))\n"
        "except user_process.UserError as error: print(error)\n"
    )
    begin = time.monotonic()
    assert node.run("x.py").stdout == "no answer within 1 s\n"
    assert time.monotonic() - begin < 5


def test_home_that_is_a_link_to_itself(node: PretendNode) -> None:
    users(node)
    node.note(
        "passwd",
        f"mallory:x:{MALLORY}:{MALLORY}::/fsx/mallory:/bin/bash\n"
        f"bob:x:{BOB}:{BOB}::/fsx/bob:/bin/bash\n",
    )
    node.replace("ssh-keygen", KEYGEN)
    node.note("mounts", f"{node.root}/fsx fs-1\n")
    home = node.file("/fsx/mallory")
    home.symlink_to(home)

    assert node.run("share_ssh_keys.py", "mallory", "bob").returncode == 0
    assert (node.root / NODE_KEYS / "bob").exists()
