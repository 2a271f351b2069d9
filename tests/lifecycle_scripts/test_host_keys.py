"""Host keys that nodes write for each other, where no user can write."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from .conftest import FORM, RESOURCE_CONFIG, PretendNode
from .pretend_users import GID, KEYGEN, UID, owned

CONFIG = "etc/ssh/ssh_config.d/hyperpod_constructs.conf"
FOLDER = "fsx/aws/hyperpod/training/host_keys"
MALLORY = 4444


@pytest.fixture
def sharing() -> Iterator[PretendNode]:
    """A node whose folder other users may enter."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield with_home(PretendNode(Path(folder)))


def with_home(node: PretendNode) -> PretendNode:
    node.note("mounts", f"{node.root}/fsx a\n")
    (node.root / "fsx").mkdir(parents=True)
    node.note("passwd", f"alice:x:{UID}:{GID}::/fsx/alice:/bin/bash\n")
    node.replace("ssh-keygen", KEYGEN)
    return node


def has_host_key(node: PretendNode, key: str, kind: str = "ed25519") -> None:
    text = f"ssh-{kind} {key} root@node\n"
    node.file(f"/etc/ssh/ssh_host_{kind}_key.pub").write_text(text)


def is_at(node: PretendNode, address: str) -> None:
    node.is_given(FORM, RESOURCE_CONFIG, f"172.17.0.1 {address}")


def shares(node: PretendNode) -> str:
    result = node.run("share_ssh_keys.py", "alice")
    assert result.returncode == 0
    return result.stdout


def known(node: PretendNode) -> list[str]:
    return (node.root / FOLDER / "known_hosts").read_text().splitlines()


def test_each_node_adds_its_keys(sharing: PretendNode) -> None:
    has_host_key(sharing, "ONE")
    has_host_key(sharing, "RSA", "rsa")
    is_at(sharing, "10.1.0.21")
    assert shares(sharing) == ""
    (sharing.root / "etc/ssh/ssh_host_rsa_key.pub").unlink()
    has_host_key(sharing, "TWO")
    is_at(sharing, "10.1.0.22")
    assert shares(sharing) == ""

    assert known(sharing) == [
        "10.1.0.21,ip-10-1-0-21,ip-10-1-0-21.* ssh-ed25519 ONE",
        "10.1.0.21,ip-10-1-0-21,ip-10-1-0-21.* ssh-rsa RSA",
        "10.1.0.22,ip-10-1-0-22,ip-10-1-0-22.* ssh-ed25519 TWO",
    ]
    folder = sharing.root / FOLDER
    assert folder.stat().st_mode & 0o777 == 0o755
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o644}
    assert sorted(path.name for path in folder.iterdir()) == [
        "10.1.0.21",
        "10.1.0.22",
        "known_hosts",
    ]


def test_replaced_node_has_the_key_of_today(sharing: PretendNode) -> None:
    is_at(sharing, "10.1.0.21")
    has_host_key(sharing, "OLD")
    shares(sharing)
    has_host_key(sharing, "NEW")
    shares(sharing)

    assert known(sharing) == ["10.1.0.21,ip-10-1-0-21,ip-10-1-0-21.* ssh-ed25519 NEW"]


def test_second_run_changes_nothing(sharing: PretendNode) -> None:
    is_at(sharing, "10.1.0.21")
    has_host_key(sharing, "ONE")
    shares(sharing)
    first = sharing.tree()

    shares(sharing)

    assert sharing.tree() == first


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives folders to users")
@pytest.mark.parametrize("planted", ["fsx/aws", "fsx/aws/hyperpod/training", FOLDER])
def test_folder_that_a_user_has_planted(sharing: PretendNode, planted: str) -> None:
    is_at(sharing, "10.1.0.21")
    has_host_key(sharing, "ONE")
    owned(sharing.root / planted, MALLORY, 0o755)

    assert shares(sharing).startswith("Host keys of nodes are not verified: ")

    assert "UserKnownHostsFile /dev/null" in (sharing.root / CONFIG).read_text()
    assert not list((sharing.root / "fsx").rglob("known_hosts"))


def test_link_that_a_user_has_planted(sharing: PretendNode, tmp_path: Path) -> None:
    is_at(sharing, "10.1.0.21")
    has_host_key(sharing, "ONE")
    (sharing.root / "fsx/aws").symlink_to(tmp_path)

    assert "is a link" in shares(sharing)


def test_key_with_another_line(sharing: PretendNode) -> None:
    is_at(sharing, "10.1.0.21")
    has_host_key(sharing, "ONE\n* ssh-ed25519 OTHER")
    shares(sharing)

    assert known(sharing) == ["10.1.0.21,ip-10-1-0-21,ip-10-1-0-21.* ssh-ed25519 ONE"]


def test_node_without_host_keys(sharing: PretendNode) -> None:
    is_at(sharing, "10.1.0.21")

    assert "there is no file" in shares(sharing)
