"""The database of debconf, which every installation of packages locks.

Whoever has opened a file of it can lock it, then and later, and so stop the installation of packages.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import stat
import time
from pathlib import Path

from command import wait_limit
from node_files import node_path

FOLDER = "/var/cache/debconf"
NOBODY = 0
ROOT_ALONE = 0o700
_PAUSE_SECONDS = 1.0


def keep_from_users() -> None:
    """Lets root alone open the files, and replaces those that users may have open.

    The permissions of root, which needs none, come last: a run that was killed begins anew.
    """
    folder = node_path(FOLDER)
    if not folder.is_dir() or stat.S_IMODE(folder.stat().st_mode) == ROOT_ALONE:
        return
    folder.chmod(NOBODY)
    for file in sorted(folder.iterdir()):
        if file.is_file() and not file.is_symlink():
            _replace(file)
    folder.chmod(ROOT_ALONE)


def _replace(file: Path) -> None:
    """Waits for an installation that runs, and for no user."""
    end = time.monotonic() + min(wait_limit(), 60)
    with file.open("rb") as opened:
        while True:
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if not _is_locked_by_root(file) or time.monotonic() >= end:
                    break
            time.sleep(_PAUSE_SECONDS)
        status = file.stat()
        copy = file.with_name(f".{file.name}.new")
        shutil.copy2(file, copy)
        os.chown(copy, status.st_uid, status.st_gid)
        copy.replace(file)


def _is_locked_by_root(file: Path) -> bool:
    """Whether a process of root has the lock, by the list of the kernel."""
    inode = file.stat().st_ino
    locks = node_path("/proc/locks")
    text = locks.read_text(encoding="utf-8") if locks.exists() else ""
    holders = re.findall(rf" (\d+) [0-9a-f]+:[0-9a-f]+:{inode} ", text)
    return any(_owner(pid) == 0 for pid in holders)


def _owner(pid: str) -> int | None:
    path = node_path(f"/proc/{pid}/status")
    try:
        found = re.search(r"^Uid:\s+(\d+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return None
    return int(found[1]) if found else None
