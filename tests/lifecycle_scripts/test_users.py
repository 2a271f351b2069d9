import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from .conftest import PretendNode

UID, GID = os.getuid(), os.getgid()


def alice(**fields: Any) -> dict[str, Any]:
    """A user with the number of whoever runs the tests, who may write to the home then."""
    return {"name": "alice", "uid": UID, "gid": GID, "home": "/fsx/alice", **fields}


def has_users(node: PretendNode, *users: dict[str, Any], **fields: Any) -> None:
    node.has_steps(users={"users": list(users), **fields})


def test_new_user(node: PretendNode) -> None:
    has_users(
        node,
        alice(groups=["research"], ssh_keys=["ssh-ed25519 AAAA", "ssh-rsa BBBB"]),
        groups=[{"name": "research", "gid": 3000}],
    )
    node.file("/etc/skel/.bashrc").write_text("# skeleton\n")

    result = node.run("add_users.py")

    assert (result.returncode, result.stdout) == (0, "")
    assert node.calls("groupadd", "useradd") == [
        "groupadd --gid 3000 research",
        f"groupadd --gid {GID} alice",
        f"useradd --uid {UID} --gid {GID} --groups research --home-dir /fsx/alice "
        "--shell /bin/bash --no-create-home alice",
    ]
    home = node.root / "fsx" / "alice"
    assert home.stat().st_mode & 0o777 == 0o700
    assert (home / ".bashrc").read_text() == "# skeleton\n"
    keys = home / ".ssh" / "authorized_keys"
    assert keys.read_text() == (
        "# begin keys of steps.json\nssh-ed25519 AAAA\nssh-rsa BBBB\n# end keys of steps.json\n"
    )
    assert [path.stat().st_mode & 0o777 for path in (keys.parent, keys)] == [0o700, 0o600]


def test_second_run_changes_nothing(node: PretendNode) -> None:
    has_users(node, alice(groups=["research"], ssh_keys=["ssh-ed25519 AAAA"]))
    node.run("add_users.py")
    first = node.tree()
    node.calls()

    result = node.run("add_users.py")

    assert (result.returncode, result.stdout) == (0, "")
    assert node.tree() == first
    assert node.calls("groupadd", "useradd", "usermod") == [
        "usermod --append --groups research alice"
    ]


def test_keys_of_users_stay_and_ours_change(node: PretendNode) -> None:
    keys = node.file("/fsx/alice/.ssh/authorized_keys")
    keys.write_text("ssh-rsa mine\n")
    for given, inside in ((["a", "b"], "a\nb\n"), (["b"], "b\n")):
        has_users(node, alice(ssh_keys=given))

        assert node.run("add_users.py").returncode == 0

        assert keys.read_text() == (
            f"ssh-rsa mine\n# begin keys of steps.json\n{inside}# end keys of steps.json\n"
        )
    has_users(node, alice())

    assert node.run("add_users.py").returncode == 0

    assert keys.read_text() == "ssh-rsa mine\n"


def test_home_that_another_node_made_is_not_filled_again(node: PretendNode) -> None:
    node.file("/etc/skel/.bashrc").touch()
    (node.root / "fsx" / "alice").mkdir(parents=True)
    has_users(node, alice())

    assert node.run("add_users.py").returncode == 0
    assert not (node.root / "fsx" / "alice" / ".bashrc").exists()


@pytest.fixture
def open_node() -> Iterator[PretendNode]:
    """A node whose folder other users may enter."""
    if UID != 0:
        pytest.skip("only root may become somebody else")
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield PretendNode(Path(folder))


def test_home_without_its_owner_gets_one(open_node: PretendNode) -> None:
    home = open_node.root / "fsx" / "alice"
    home.mkdir(parents=True)
    has_users(open_node, alice(uid=4321, gid=4321, ssh_keys=["a"]))

    assert open_node.run("add_users.py").returncode == 0
    for path in (home, home / ".ssh", home / ".ssh" / "authorized_keys"):
        assert (path.stat().st_uid, path.stat().st_gid) == (4321, 4321)


def test_link_in_a_home_leads_nowhere(open_node: PretendNode) -> None:
    target = open_node.file("/root/.ssh/authorized_keys")
    target.write_text("ssh-rsa root\n")
    target.parent.chmod(0o700)
    home = open_node.root / "fsx" / "mallory"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "authorized_keys").symlink_to(target)
    for path in (home, home / ".ssh"):
        os.chown(path, 4321, 4321)
    mallory = alice(name="mallory", uid=4321, gid=4321, home="/fsx/mallory", ssh_keys=["a"])
    has_users(open_node, mallory)

    result = open_node.run("add_users.py")

    assert result.returncode == 1
    assert result.stdout == f"[Errno 13] Permission denied: '{home}/.ssh/authorized_keys'\n"
    assert target.read_text() == "ssh-rsa root\n"


@pytest.mark.parametrize(
    ("passwd", "group", "message"),
    [
        (
            "",
            "research:x:7:\n",
            "the group 'research' wants the gid 3000, but on this node it has 7",
        ),
        (
            "",
            "docker:x:3000:\n",
            "the group 'research' wants the gid 3000, but on this node 'docker' has it",
        ),
        (
            "bob:x:{uid}:7::/home/bob:/bin/bash\n",
            "",
            "the user 'alice' wants the uid {uid}, but on this node 'bob' has it",
        ),
        (
            "alice:x:7:{gid}::/fsx/alice:/bin/bash\n",
            "",
            "the user 'alice' wants the uid {uid}, but on this node it has 7",
        ),
        (
            "alice:x:{uid}:7::/fsx/alice:/bin/bash\n",
            "",
            "the user 'alice' wants the gid {gid}, but on this node it has 7",
        ),
        (
            "alice:x:{uid}:{gid}::/home/alice:/bin/bash\n",
            "",
            "the user 'alice' wants the home /fsx/alice, but on this node it has /home/alice",
        ),
    ],
)
def test_conflict_is_named(node: PretendNode, passwd: str, group: str, message: str) -> None:
    has_users(node, alice(), groups=[{"name": "research", "gid": 3000}])
    node.note("passwd", passwd.format(uid=UID, gid=GID))
    node.note("group", group)

    result = node.run("add_users.py")

    assert result.returncode == 1
    assert result.stdout == f"steps.json: {message.format(uid=UID, gid=GID)}\n"
    assert node.calls("useradd", "usermod") == []


def test_tool_that_fails_is_named(node: PretendNode) -> None:
    has_users(node, alice(groups=["nobodys"]))
    node.replace("useradd", "echo \"useradd: group 'nobodys' does not exist\" >&2; exit 6")

    result = node.run("add_users.py")

    assert result.returncode == 1
    assert result.stdout.endswith("ended with status 6: useradd: group 'nobodys' does not exist\n")


CLIENT_CONFIG = "etc/ssh/ssh_config.d/hyperpod_constructs.conf"


def has_home(node: PretendNode, home: str) -> Path:
    node.note("mounts", f"{node.root}/fsx a\n{node.root}/home b\n{node.root}/opt/data c\n")
    for folder in ("fsx", "home", "opt/data"):
        (node.root / folder).mkdir(parents=True, exist_ok=True)
    node.note("passwd", f"alice:x:{UID}:{GID}::{home}:/bin/bash\n")
    return node.root / home.lstrip("/")


@pytest.mark.parametrize("home", ["/fsx/alice", "/home/alice"])
def test_key_for_all_nodes(node: PretendNode, home: str) -> None:
    folder = has_home(node, home) / ".ssh"

    result = node.run("share_ssh_keys.py", "alice", "ubuntu")

    assert (result.returncode, result.stdout) == (0, "")
    private = folder / "id_ed25519"
    assert private.read_text().startswith("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    assert private.stat().st_mode & 0o777 == 0o600
    lines = (folder / "authorized_keys").read_text().splitlines()
    assert (lines[0], lines[2:]) == (
        "# begin key of the cluster",
        ["# end key of the cluster"],
    )
    assert lines[1].startswith("ssh-ed25519 ")
    assert lines[1].endswith(" alice")
    assert sorted(path.name for path in folder.iterdir()) == ["authorized_keys", "id_ed25519"]
    assert (node.root / CLIENT_CONFIG).read_text().splitlines()[1:] == [
        "Host ip-* 10.1.0.11 10.1.0.12 10.1.0.21 10.1.0.22",
        "    StrictHostKeyChecking accept-new",
        "    UserKnownHostsFile /dev/null",
        "    LogLevel ERROR",
    ]


def test_second_node_uses_the_key_of_the_first(node: PretendNode) -> None:
    has_home(node, "/fsx/alice")
    node.run("share_ssh_keys.py", "alice")
    first = node.tree()

    assert node.run("share_ssh_keys.py", "alice").returncode == 0

    assert node.tree() == first


def test_of_two_nodes_at_once_one_key_wins(node: PretendNode) -> None:
    folder = has_home(node, "/fsx/alice") / ".ssh"
    real = shutil.which("ssh-keygen")
    # The other node is done while this one still makes its key.
    node.replace(
        "ssh-keygen",
        f'if [[ $1 == -q ]]; then {real} -q -t ed25519 -N "" -C other -f {folder}/id_ed25519; fi\n'
        f'exec {real} "$@"',
    )

    assert node.run("share_ssh_keys.py", "alice").returncode == 0

    lines = (folder / "authorized_keys").read_text().splitlines()
    assert [line.split()[-1] for line in lines[1:2]] == ["other"]


@pytest.mark.parametrize("home", ["/opt/data/alice", "/var/lib/alice"])
def test_home_of_one_node_gets_no_key(node: PretendNode, home: str) -> None:
    has_home(node, home)

    result = node.run("share_ssh_keys.py", "alice", "ubuntu")

    assert (result.returncode, result.stdout) == (
        0,
        "Nobody of alice, ubuntu has a home on a shared file system.\n",
    )
    assert not (node.root / CLIENT_CONFIG).exists()
