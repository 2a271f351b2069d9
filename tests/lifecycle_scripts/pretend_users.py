"""Users of a pretend node."""

import os
from pathlib import Path
from typing import Any

from .conftest import PretendNode

UID = GID = os.getuid() or 4321
KEY = "ssh-ed25519 AAAA"
KEYS = "etc/ssh/hyperpod_keys"
SERVER = "etc/ssh/sshd_config.d/00-hyperpod_constructs.conf"
NODE_KEYS = "etc/ssh/hyperpod_node_keys"
# The real one wants an entry of its user in this machine's passwd.
KEYGEN = """
echo "-----BEGIN OPENSSH PRIVATE KEY-----" > "$9"
chmod 0600 "$9"
echo "ssh-ed25519 AAAA $7" > "$9.pub"
"""


def alice(**fields: Any) -> dict[str, Any]:
    """A user whose process may write to the home, even if root runs the tests."""
    return {"name": "alice", "uid": UID, "gid": GID, "home": "/fsx/alice", **fields}


def has_users(node: PretendNode, *users: dict[str, Any], **fields: Any) -> None:
    node.has_steps(users={"users": list(users), **fields})


def owned(path: Path, uid: int = UID, mode: int = 0o700) -> Path:
    """A folder of a user."""
    path.mkdir(parents=True)
    os.chown(path, uid, uid)
    path.chmod(mode)
    return path
