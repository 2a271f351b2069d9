"""Nobody but the operator logs in before a node is ready, and some never."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from importlib import import_module
from pathlib import Path

import pytest

from .conftest import SCRIPTS, PretendNode
from .pretend_users import KEY, NODE_KEYS, SERVER, UID, alice, has_users

KEYS_OPTION = (
    "AuthorizedKeysFile .ssh/authorized_keys /etc/ssh/hyperpod_keys/%u "
    "/etc/ssh/hyperpod_node_keys/%u"
)
PASSWD = """\
root:x:0:0:root:/root:/bin/bash
sshd:x:101:65534::/run/sshd:/usr/sbin/nologin
sync:x:4:65534:sync:/bin:/bin/sync
ubuntu:x:1000:1000::/home/ubuntu:/bin/bash
ops:x:1500:1500::/home/ops:/bin/bash
alice:x:2001:2001::/fsx/alice:/bin/bash
+::::::
"""
RELOAD = "systemctl try-reload-or-restart ssh"
POLICIES = ("no-login", "with-job", "login")

processes = import_module("processes")
login_server = import_module("login_server")


def options(node: PretendNode) -> list[str]:
    return (node.root / SERVER).read_text().splitlines()[1:]


@pytest.mark.parametrize("policy", POLICIES)
def test_gate_is_closed_before_the_first_user(node: PretendNode, policy: str) -> None:
    node.file("/etc/passwd").write_text(PASSWD)
    ubuntu = {"name": "ubuntu", "uid": 1000, "ssh_keys": [KEY]}
    has_users(node, alice(), ubuntu)

    result = node.run("close_logins.py", policy)

    assert (result.returncode, result.stdout) == (0, "")
    assert options(node) == [KEYS_OPTION, "AllowUsers ops root ubuntu", "DenyUsers alice"]
    assert (node.root / SERVER).stat().st_mode & 0o777 == 0o644
    assert node.calls("systemctl")[:2] == [RELOAD, "systemctl try-restart ssh"]
    assert (node.root / "etc/ssh/sshd_config").read_text() == (
        "Include /etc/ssh/sshd_config.d/*.conf\n"
    )


def test_server_that_reads_drop_ins_is_left_alone(node: PretendNode) -> None:
    text = "# Debian\n\nInclude /etc/ssh/sshd_config.d/*.conf\nUsePAM yes\n"
    node.file("/etc/ssh/sshd_config").write_text(text)
    has_users(node, alice())

    assert node.run("close_logins.py", "login").returncode == 0

    assert (node.root / "etc/ssh/sshd_config").read_text() == text


@pytest.mark.parametrize("policy", ["with-job", "login"])
def test_gate_opens_at_the_end(node: PretendNode, policy: str) -> None:
    has_users(node, alice())
    node.run("close_logins.py", policy)
    node.calls()

    assert node.run("open_logins.py", policy).returncode == 0

    assert options(node) == [KEYS_OPTION]
    assert node.calls("systemctl") == [RELOAD]


@pytest.mark.parametrize("policy", ["with-job", "login"])
def test_second_run_keeps_nobody_out(node: PretendNode, policy: str) -> None:
    has_users(node, alice())
    node.run("close_logins.py", policy)
    node.run("open_logins.py", policy)
    first = node.tree()
    node.calls()

    for step in ("close_logins.py", "open_logins.py"):
        assert node.run(step, policy).returncode == 0
        assert node.tree() == first
    assert node.calls("systemctl") == []


def test_second_run_on_a_controller_changes_nothing(node: PretendNode) -> None:
    has_users(node, alice())
    node.run("close_logins.py", "no-login")
    first = node.tree()

    assert node.run("close_logins.py", "no-login").returncode == 0
    assert node.tree() == first


def test_gate_is_closed_again_for_another_policy(node: PretendNode) -> None:
    has_users(node, alice())
    node.run("close_logins.py", "login")
    node.run("open_logins.py", "login")

    for _ in range(2):
        # The second one is after a run that failed.
        assert node.run("close_logins.py", "with-job").returncode == 0
        assert options(node)[1:] == ["AllowUsers root ubuntu", "DenyUsers alice"]
    assert node.run("close_logins.py", "login").returncode == 0
    assert options(node)[1:] == ["AllowUsers root ubuntu", "DenyUsers alice"]


@pytest.mark.parametrize("step", ["close_logins.py", "open_logins.py"])
def test_server_that_does_not_reload_fails_the_step(node: PretendNode, step: str) -> None:
    has_users(node, alice())
    if step == "open_logins.py":
        node.run("close_logins.py", "login")
    node.replace("systemctl", "echo 'Job for ssh.service failed.' >&2; exit 1")

    result = node.run(step, "login")

    assert result.returncode == 1
    assert result.stdout == f"{RELOAD} ended with status 1: Job for ssh.service failed.\n"
    # The next run does not take it for open.
    node.replace("systemctl", "exit 0")
    assert node.run("close_logins.py", "login").returncode == 0
    assert options(node)[1:] == ["AllowUsers root ubuntu", "DenyUsers alice"]


def test_users_who_were_removed_stay_out(node: PretendNode) -> None:
    has_users(node, alice())
    node.run("add_users.py")
    node.file(f"/{NODE_KEYS}/alice").write_text(KEY)
    has_users(node, alice(name="bob", uid=UID + 1, gid=UID + 1, home="/fsx/bob"))
    for step in (["close_logins.py", "login"], ["add_users.py"], ["open_logins.py", "login"]):
        assert node.run(*step).returncode == 0

    assert options(node)[1:] == ["DenyUsers alice"]
    assert not (node.root / NODE_KEYS / "alice").exists()


def test_many_users_are_several_lines(node: PretendNode) -> None:
    people = [alice(name=f"u{i}", uid=3000 + i, gid=3000, home=f"/fsx/u{i}") for i in range(120)]
    has_users(node, *people)

    assert node.run("close_logins.py", "no-login").returncode == 0

    denied = [line.split()[1:] for line in options(node) if line.startswith("DenyUsers ")]
    assert [len(names) for names in denied] == [50, 50, 20]


def test_cron_is_not_a_way_around_a_job(node: PretendNode) -> None:
    has_users(node, alice())
    for policy, may_use in (("with-job", False), ("login", True), ("no-login", False)):
        node.run("close_logins.py", policy)
        for name in ("cron.allow", "at.allow"):
            file = node.root / "etc" / name
            assert file.exists() != may_use
            assert may_use or file.read_text() == "root\nubuntu\n"
        manager = node.root / "etc/systemd/system/user@.service.d/hyperpod_constructs.conf"
        assert manager.exists() != may_use
        assert may_use or manager.read_text() == (
            "[Service]\nExecCondition=/usr/bin/test %i -le 1000\n"
        )
        assert "systemctl daemon-reload" in node.calls("systemctl")


def test_cron_of_the_image_is_left_alone(node: PretendNode) -> None:
    node.file("/etc/cron.allow").write_text("ops\n")
    for policy in ("with-job", "login"):
        node.run("close_logins.py", policy)
        assert (node.root / "etc/cron.allow").read_text() == "ops\n"


def test_no_user_locks_the_database_of_packages(node: PretendNode) -> None:
    folder = node.file("/var/cache/debconf/config.dat").parent

    assert node.run("close_logins.py", "login").returncode == 0
    assert folder.stat().st_mode & 0o777 == 0o700


def test_lock_that_a_user_has_already_holds_nobody_up(node: PretendNode) -> None:
    database = node.file("/var/cache/debconf/config.dat")
    database.write_text("Name: a\n")
    database.chmod(0o644)
    with database.open() as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        assert node.run("close_logins.py", "login").returncode == 0

        # debconf locks a file that no process has open.
        with database.open() as fresh:
            fcntl.flock(fresh, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert (database.read_text(), database.stat().st_mode & 0o777) == ("Name: a\n", 0o644)
    assert [path.name for path in database.parent.iterdir()] == ["config.dat"]

    inode = database.stat().st_ino
    assert node.run("close_logins.py", "login").returncode == 0
    assert database.stat().st_ino == inode
    # A run that was killed among the files.
    database.parent.chmod(0)
    assert node.run("close_logins.py", "login").returncode == 0
    assert database.stat().st_ino != inode
    assert database.parent.stat().st_mode & 0o777 == 0o700


def test_lock_of_root_is_waited_for(node: PretendNode) -> None:
    """An installation of packages writes the file whose lock it has."""
    database = node.file("/var/cache/debconf/config.dat")
    database.write_text("Name: a\n")
    node.file("/proc/77/cmdline").write_text("dpkg")
    node.file("/proc/77/status").write_text("Name:\tdpkg\nState:\tS\nPPid:\t1\nUid:\t0\t0\t0\t0\n")
    locks = f"1: FLOCK  ADVISORY  WRITE 77 fe:00:{database.stat().st_ino} 0 EOF\n"
    node.file("/proc/locks").write_text(locks)
    with database.open() as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)

        def finish() -> None:
            database.write_text("Name: b\n")
            opened.close()

        threading.Timer(1, finish).start()
        assert node.run("close_logins.py", "login").returncode == 0
    assert database.read_text() == "Name: b\n"


def sleeper(uid: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["/bin/sleep", "60"], user=uid)


@pytest.mark.skipif(os.getuid() != 0, reason="only root may become somebody else")
@pytest.mark.parametrize(("policy", "end"), [("no-login", -signal.SIGKILL), ("login", None)])
def test_processes_of_users_end_on_controllers(
    node: PretendNode, policy: str, end: int | None
) -> None:
    has_users(node, alice(uid=43211, gid=43211))
    node.note("passwd", "alice:x:43211:43211::/fsx/alice:/bin/bash\n")
    (node.root / "proc").symlink_to("/proc")
    with sleeper(43211) as hers, sleeper(43212) as other:
        try:
            node.run("close_logins.py", policy)
            time.sleep(0.1)
            assert (hers.poll(), other.poll()) == (end, None)
        finally:
            hers.kill()
            other.kill()


@pytest.mark.skipif(os.getuid() != 0, reason="only root may become somebody else")
def test_processes_of_removed_users_end(node: PretendNode) -> None:
    has_users(node, alice(uid=43213, gid=43213))
    node.run("add_users.py")
    node.has_steps()
    (node.root / "proc").symlink_to("/proc")
    with sleeper(43213) as hers:
        node.run("add_users.py")
        assert hers.wait(5) == -signal.SIGKILL


def test_operator_is_not_locked(node: PretendNode) -> None:
    node.note("passwd", "ubuntu:x:1000:1000::/home/ubuntu:/bin/bash\n")
    has_users(node, {"name": "ubuntu", "uid": 1000})
    node.run("add_users.py")
    node.has_steps()
    node.calls()

    assert node.run("add_users.py").returncode == 0
    assert node.calls("usermod") == []


TABLE = [
    # pid, parent, user, title, whether it ends
    (10, 1, 0, "sshd: /usr/sbin/sshd -D [listener] 1 of 10-100 startups", False),
    (11, 10, 0, "sshd: ubuntu [priv]", False),
    (12, 11, 1000, "sshd: ubuntu@pts/0", False),
    (13, 10, 0, "sshd: root@notty", False),
    (14, 10, 0, "sshd: bob [priv]", False),
    (15, 14, 2002, "", False),
    (20, 10, 0, "sshd: [accepted]", True),
    (21, 10, 0, "sshd-session: unknown [priv]", True),
    (22, 21, 101, "sshd-auth: unknown [net]", True),
    (23, 10, 0, "sshd: anna@corp [priv]", True),
    (24, 23, 101, "sshd: anna@corp [net]", True),
    (25, 10, 0, "/usr/sbin/sshd -D -R", True),
    (26, 1, 0, "sshd: [accepted]", True),
    (27, 1, 0, "/usr/lib/openssh/sshd-session -D -R", True),
    (30, 1, 0, "/usr/sbin/sshd -D", False),
]


def test_connections_that_wait_for_their_user_end() -> None:
    found = [
        processes.Process(pid, parent, frozenset({user}), "sshd", title)
        for pid, parent, user, title, _ in TABLE
    ]
    other = processes.Process(99, 10, frozenset({0}), "bash", "bash")

    ended = {each.pid for each in login_server._unauthenticated([*found, other])}

    assert ended == {pid for pid, *_, ends in TABLE if ends}


LIST = """
import processes
for each in sorted(processes.processes(), key=lambda each: each.pid):
    print(f"{each.pid}{each.title}")
"""


def test_memory_of_a_user_process_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel reads the title there, and waits as long as the process holds its memory up."""
    monkeypatch.setenv("HYPERPOD_NODE_ROOT", str(tmp_path))
    for pid, users in ((7, "2001 0 0 0"), (8, "2001 2001 2001 2001"), (9, "0 0 0 0")):
        folder = tmp_path / f"proc/{pid}"
        folder.mkdir(parents=True)
        (folder / "status").write_text(f"Name:\tsshd\nState:\tS\nPPid:\t1\nUid:\t{users}\n")
        os.mkfifo(folder / "cmdline")
    (tmp_path / "proc/9/cmdline").unlink()
    (tmp_path / "proc/9/cmdline").write_bytes(b"sshd:\0[listener]\0")

    listed = subprocess.run(
        [sys.executable, "-c", LIST],
        cwd=SCRIPTS,
        capture_output=True,
        text=True,
        timeout=10,
        check=True,
    ).stdout

    assert listed == "7\n8\n9sshd: [listener]\n"


def test_processes_that_do_not_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HYPERPOD_NODE_ROOT", str(tmp_path))
    monkeypatch.setattr(processes, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(processes.os, "kill", lambda *_: None)
    for pid, state in ((7, "D"), (8, "Z"), (9, "R")):
        folder = tmp_path / f"proc/{pid}"
        folder.mkdir(parents=True)
        user = 5 if pid == 9 else 2001
        lines = f"Name:\tx\nState:\t{state}\nPPid:\t1\nUid:\t{user}\t{user}\t{user}\t{user}\n"
        (folder / "status").write_text(lines)
        (folder / "cmdline").write_bytes(b"x\0y\0")

    assert processes.end_processes_of({2001}) == 1
