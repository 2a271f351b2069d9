"""Files of the node, written whole: a reader never sees one half-written."""

from __future__ import annotations

import os
import pwd
import socket
from pathlib import Path


def node_path(path: str) -> Path:
    """A path of the node, below the folder that stands in for its root in tests."""
    return Path(os.environ.get("HYPERPOD_NODE_ROOT", "") + path)


def write_file(path: Path, text: str, mode: int | None = None, owner: str | None = None) -> None:
    """Replaces a file at once; without another word its mode and owner stay what they are."""
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    present = path.stat() if path.exists() else None
    # Two nodes may write to one shared folder, and a killed run must leave no more than one.
    temporary = path.with_name(f".{path.name}.{socket.gethostname()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        if owner:
            account = pwd.getpwnam(owner)
            os.fchown(descriptor, account.pw_uid, account.pw_gid)
        elif present:
            os.fchown(descriptor, present.st_uid, present.st_gid)
        os.fchmod(descriptor, mode or (present.st_mode & 0o7777 if present else 0o644))
        file.flush()
        os.fsync(descriptor)
    temporary.replace(path)
