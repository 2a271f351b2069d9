"""What these scripts have granted to users of this node, so that it can be revoked."""

from __future__ import annotations

import json

from node_files import node_path, write_file

PATH = "/var/lib/hyperpod_constructs/users.json"


def read_added() -> dict[str, list[str]]:
    """The groups of each user that an earlier run has added."""
    path = node_path(PATH)
    if not path.exists():
        return {}
    added: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
    return added


def write_added(added: dict[str, list[str]]) -> None:
    """Records the groups of each user."""
    text = json.dumps(added, indent=2, sort_keys=True) + "\n"
    path = node_path(PATH)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_file(path, text, mode=0o600)
