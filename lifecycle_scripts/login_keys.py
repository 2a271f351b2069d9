"""Which users can log in to this node, and with which keys. Only root can write these files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from command import output_of
from lifecycle_error import LifecycleError
from node_files import node_path, write_file

KEYS = "/etc/ssh/hyperpod_keys"
NODE_KEYS = "/etc/ssh/hyperpod_node_keys"

_SERVER = "/etc/ssh/sshd_config"
_DROP_INS = "/etc/ssh/sshd_config.d"
_FIRST = f"{_DROP_INS}/00-hyperpod_constructs.conf"
_NAMES_PER_LINE = 50


def write_keys(folder: str, keys: Mapping[str, Iterable[str]]) -> None:
    """Replaces the keys in a folder, with one file for each user."""
    path = node_path(folder)
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o755)
    for name, lines in keys.items():
        text = "".join(f"{line}\n" for line in lines)
        file = path / name
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            write_file(file, text, mode=0o644)
    for file in path.iterdir():
        if file.name not in keys:
            file.unlink()


def configure_server(denied: list[str]) -> None:
    """Configures sshd to read the keys and to reject users that cannot log in to this node."""
    lines = [
        "# Written anew whenever the lifecycle scripts run.",
        f"AuthorizedKeysFile .ssh/authorized_keys {KEYS}/%u {NODE_KEYS}/%u",
    ]
    lines += [
        f"DenyUsers {' '.join(denied[first : first + _NAMES_PER_LINE])}"
        for first in range(0, len(denied), _NAMES_PER_LINE)
    ]
    path = node_path(_FIRST)
    text = "\n".join([*lines, ""])
    is_new = not path.is_file() or path.read_text(encoding="utf-8") != text
    if is_new:
        write_file(path, text, mode=0o644)
    if _include_drop_ins() or is_new:
        try:
            output_of("systemctl", "try-reload-or-restart", "ssh")
        except LifecycleError as error:
            print(f"sshd did not reload its configuration: {error}")  # noqa: T201


def _include_drop_ins() -> bool:
    """Includes the drop-ins first, since sshd uses the first value of an option."""
    path = node_path(_SERVER)
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    if re.search(rf"^\s*Include\s+{re.escape(_DROP_INS)}/\*\.conf", before, re.MULTILINE):
        return False
    write_file(path, f"Include {_DROP_INS}/*.conf\n{before}")
    return True
