import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from .conftest import PretendNode
from .pretend_users import GID, KEY, KEYGEN, KEYS, NODE_KEYS, UID, alice, has_users, owned


@pytest.fixture
def node() -> Iterator[PretendNode]:
    """A node whose folder other users may enter."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield PretendNode(Path(folder))


def test_new_user(node: PretendNode) -> None:
    has_users(
        node,
        alice(groups=["research"], ssh_keys=[KEY, "ssh-rsa BBBB"]),
        groups=[{"name": "research", "gid": 3000}],
    )
    node.file("/etc/skel/.bashrc").write_text("# skeleton\n")

    result = node.run("add_users.py")

    assert (result.returncode, result.stdout) == (0, "")
    assert node.calls("groupadd", "useradd") == [
        "groupadd --gid 3000 -- research",
        f"groupadd --gid {GID} -- alice",
        f"useradd --uid {UID} --gid {GID} --groups research --home-dir /fsx/alice "
        "--shell /bin/bash --no-create-home --key SUB_UID_COUNT=0 --key SUB_GID_COUNT=0 -- alice",
    ]
    home = node.root / "fsx" / "alice"
    assert home.stat().st_mode & 0o777 == 0o700
    assert (home / ".bashrc").read_text() == "# skeleton\n"
    assert {path.stat().st_uid for path in (home, home / ".bashrc")} == {UID}
    assert [path.name for path in (node.root / "fsx").iterdir()] == ["alice"]


def test_keys_lie_where_no_user_can_write(node: PretendNode) -> None:
    has_users(node, alice(ssh_keys=[KEY, "ssh-rsa BBBB"]))

    assert node.run("add_users.py").returncode == 0

    keys = node.root / KEYS / "alice"
    assert keys.read_text() == f"{KEY}\nssh-rsa BBBB\n"
    assert keys.stat().st_mode & 0o777 == 0o644
    assert not (node.root / "fsx/alice/.ssh").exists()


def test_second_run_changes_nothing(node: PretendNode) -> None:
    research = {"name": "research", "gid": 3000}
    has_users(node, alice(groups=["research"], ssh_keys=[KEY]), groups=[research])
    node.run("add_users.py")
    first = node.tree()
    node.calls()

    result = node.run("add_users.py")

    assert (result.returncode, result.stdout) == (0, "")
    assert node.tree() == first
    assert node.calls("groupadd", "useradd", "usermod", "systemctl") == []

    node.note("group", f"research:x:3000:\nalice:x:{GID}:\n")
    node.run("add_users.py")
    assert node.calls("usermod") == ["usermod --append --groups research -- alice"]


def test_how_often_a_second_run_looks_users_up(node: PretendNode) -> None:
    """It does not depend on the number of users."""
    looks = []
    for count in (2, 20):
        names = [f"user{index}" for index in range(count)]
        has_users(
            node,
            *({"name": each, "uid": UID, "gid": GID, "home": f"/fsx/{each}"} for each in names),
        )
        node.note(
            "passwd", "".join(f"{each}:x:{UID}:{GID}::/fsx/{each}:/bin/bash\n" for each in names)
        )
        node.note("mounts", f"{node.root}/fsx fs-1\n")
        node.replace("ssh-keygen", KEYGEN)
        node.run("add_users.py")
        node.run("share_ssh_keys.py", *names)
        node.calls()
        node.run("close_logins.py", "no-login")
        node.run("add_users.py")
        node.run("share_ssh_keys.py", *names)
        looks.append(len(node.calls("getent", "findmnt")))
    assert looks == [looks[0], looks[0]]


def test_key_that_is_taken_away_is_gone_at_once(node: PretendNode) -> None:
    has_users(node, alice(ssh_keys=[KEY, "ssh-rsa BBBB"]))
    node.run("add_users.py")
    has_users(node, alice(ssh_keys=["ssh-rsa BBBB"]))

    assert node.run("add_users.py").returncode == 0
    assert (node.root / KEYS / "alice").read_text() == "ssh-rsa BBBB\n"


def test_block_of_older_scripts_only_gets_shorter(node: PretendNode) -> None:
    """Nodes that have not been replaced yet read it, and no other place."""
    home = owned(node.root / "fsx/alice")
    keys = owned(home / ".ssh") / "authorized_keys"
    for given, inside in (([KEY, "ssh-rsa BBBB", "ssh-rsa NEW"], [KEY, "ssh-rsa BBBB"]), ([], [])):
        keys.write_text(
            f"ssh-rsa mine\n# begin keys of steps.json\n{KEY}\nssh-rsa BBBB\n"
            "# end keys of steps.json\nssh-rsa other\n"
        )
        os.chown(keys, UID, GID)
        has_users(node, alice(ssh_keys=given))

        assert node.run("add_users.py").returncode == 0

        found = keys.read_text().splitlines()
        assert [line for line in found if line in (KEY, "ssh-rsa BBBB")] == inside
        assert {"ssh-rsa mine", "ssh-rsa other"} <= set(found)
        assert "ssh-rsa NEW" not in found


def test_user_and_group_that_are_taken_away(node: PretendNode) -> None:
    has_users(node, alice(groups=["docker", "research"], ssh_keys=[KEY]))
    node.note("group", "docker:x:998:\nresearch:x:3000:\n")
    assert node.run("add_users.py").returncode == 0
    has_users(node, alice(groups=["research"]))
    node.calls()
    assert node.run("add_users.py").returncode == 0
    assert node.calls("gpasswd") == ["gpasswd --delete alice docker"]

    node.has_steps(users={"groups": [{"name": "research", "gid": 3000}]})
    result = node.run("add_users.py")

    assert (result.returncode, result.stdout) == (
        0,
        "user alice: is no longer in steps.json, and is locked\n",
    )
    assert node.calls("gpasswd", "usermod")[-2:] == [
        "gpasswd --delete alice research",
        "usermod --expiredate 1 --shell /usr/sbin/nologin -- alice",
    ]
    assert not (node.root / KEYS / "alice").exists()


def test_user_of_a_controller_is_known_and_does_not_log_in(node: PretendNode) -> None:
    ubuntu = {"name": "ubuntu", "uid": 1000, "ssh_keys": [KEY], "groups": ["sudo"]}
    has_users(node, alice(groups=["docker", "video"], ssh_keys=[KEY]), ubuntu)
    node.note("group", "video:x:44:\nsudo:x:27:\n")
    node.note("passwd", "ubuntu:x:1000:1000::/home/ubuntu:/bin/bash\n")

    node.run("add_users.py", "no-login")

    assert [call for call in node.calls("useradd", "usermod") if "docker" in call] == []
    assert not (node.root / KEYS / "alice").exists()


def test_group_that_a_later_step_brings(node: PretendNode) -> None:
    has_users(node, alice(groups=["docker"]))

    assert node.run("add_users.py").returncode == 0
    assert node.calls("groupadd")[-1] == "groupadd --system -- docker"


def test_home_that_another_node_made_is_not_filled_again(node: PretendNode) -> None:
    node.file("/etc/skel/.bashrc").touch()
    owned(node.root / "fsx/alice")
    has_users(node, alice())

    assert node.run("add_users.py").returncode == 0
    assert not (node.root / "fsx" / "alice" / ".bashrc").exists()


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
    node.replace("ssh-keygen", KEYGEN)
    node.file("/etc/ssh/ssh_host_ed25519_key.pub").write_text("ssh-ed25519 HOST root@node\n")
    return node.root / home.lstrip("/")


@pytest.mark.parametrize("home", ["/fsx/alice", "/home/alice"])
def test_key_for_all_nodes(node: PretendNode, home: str) -> None:
    folder = has_home(node, home) / ".ssh/hyperpod"

    result = node.run("share_ssh_keys.py", "alice", "ubuntu")

    assert (result.returncode, result.stdout) == (0, "")
    private = folder / "id_ed25519"
    assert private.read_text().startswith("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    assert (private.stat().st_mode & 0o777, private.stat().st_uid) == (0o600, UID)
    public = (folder / "id_ed25519.pub").read_text()
    assert public.startswith("ssh-ed25519 ")
    assert public.endswith(" alice\n")
    assert (node.root / NODE_KEYS / "alice").read_text() == public
    assert [path.name for path in folder.parent.iterdir()] == ["hyperpod"]
    known_hosts = f"{home.rpartition('/')[0]}/aws/hyperpod/training/host_keys/known_hosts"
    assert (node.root / CLIENT_CONFIG).read_text().splitlines()[1:] == [
        "Host ip-10-1-* 10.1.*",
        "    IdentityFile ~/.ssh/hyperpod/id_ed25519",
        "    IdentityFile ~/.ssh/id_rsa",
        "    IdentityFile ~/.ssh/id_ecdsa",
        "    IdentityFile ~/.ssh/id_ed25519",
        "    StrictHostKeyChecking accept-new",
        f"    GlobalKnownHostsFile /etc/ssh/ssh_known_hosts {known_hosts}",
        "    LogLevel ERROR",
    ]


def test_second_node_uses_the_key_of_the_first(node: PretendNode) -> None:
    has_home(node, "/fsx/alice")
    node.run("share_ssh_keys.py", "alice")
    first = node.tree()

    assert node.run("share_ssh_keys.py", "alice").returncode == 0

    assert node.tree() == first


def test_of_two_nodes_at_once_one_key_wins(node: PretendNode) -> None:
    folder = has_home(node, "/fsx/alice") / ".ssh/hyperpod"
    # The other node is done while this one still makes its key.
    node.replace(
        "ssh-keygen",
        f"mkdir {folder}; echo ssh-ed25519 AAAA other > {folder}/id_ed25519.pub\n{KEYGEN}",
    )

    assert node.run("share_ssh_keys.py", "alice").returncode == 0

    assert (node.root / NODE_KEYS / "alice").read_text().split()[-1] == "other"


@pytest.mark.parametrize("home", ["/opt/data/alice", "/var/lib/alice"])
def test_home_of_one_node_gets_no_key(node: PretendNode, home: str) -> None:
    has_home(node, home)

    result = node.run("share_ssh_keys.py", "alice", "ubuntu")

    assert (result.returncode, result.stdout) == (
        0,
        "Nobody of alice, ubuntu has a home on a shared file system.\n",
    )
    assert not (node.root / CLIENT_CONFIG).exists()
