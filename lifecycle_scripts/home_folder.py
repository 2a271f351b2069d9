"""Home folders, which several nodes may make at once and whose owners are not to be trusted."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from guarded_path import Folder, UnsafePathError, open_folder, read_small_file
from node_files import node_path
from user_process import UserError, as_user

SKELETON = "/etc/skel"
OLD_KEYS = "keys of steps.json"

_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def make_home(home: str, uid: int, gid: int) -> None:
    """Makes a home folder with the files of /etc/skel unless it is there.

    Raises:
        UserError: What is there is not a home of this user.
    """
    parent, name = os.path.split(home)
    try:
        with open_folder(parent, make=True) as folder:
            if not folder.has(name):
                _make(folder, name, uid, gid)
            with folder.folder(name) as found:
                _require_owner(found, uid)
    except UnsafePathError as error:
        raise UserError(str(error)) from error


def retire_keys(home: str, uid: int, gid: int, keys: list[str]) -> None:
    """Takes keys that are no longer in steps.json out of the block that older scripts wrote.

    Nodes of this version read keys elsewhere. Older nodes of the cluster still read the block.
    """
    as_user(uid, gid, lambda: _retire(node_path(home) / ".ssh/authorized_keys", keys))


def _make(parent: Folder, name: str, uid: int, gid: int) -> None:
    with parent.new_folder() as home:
        skeleton = node_path(SKELETON)
        for file in sorted(skeleton.iterdir()) if skeleton.is_dir() else ():
            if file.is_file():
                os.close(home.write_new(file.name, file.read_bytes(), 0o644, uid, gid))
        os.fchmod(home.descriptor, 0o700)
        os.fchown(home.descriptor, uid, gid)
    # Another node may have been faster.
    with suppress(UnsafePathError):
        parent.put(home, name)


def _require_owner(home: Folder, uid: int) -> None:
    status = home.status
    if status.st_uid != uid:
        raise UserError(f"{home.path} belongs to the user {status.st_uid}")
    if status.st_mode & _WRITABLE_BY_OTHERS:
        mode = stat.S_IMODE(status.st_mode)
        raise UserError(f"{home.path} has the mode {mode:04o}, so that others can write to it")


def _retire(path: Path, keys: list[str]) -> str:
    """Runs with the rights of the user only."""
    try:
        before = read_small_file(str(path)).decode(errors="surrogateescape")
    except FileNotFoundError:
        return ""
    begin, end = f"# begin {OLD_KEYS}", f"# end {OLD_KEYS}"
    others: list[str] = []
    inside: list[str] = []
    within = False
    for line in before.split("\n"):
        if line == begin:
            within = True
        elif line == end:
            within = False
        elif within:
            inside.append(line)
        else:
            others.append(line)
    kept = [line for line in inside if line in keys]
    if len(kept) == len(inside):
        return ""
    if kept:
        at = len(others) - 1 if others[-1:] == [""] else len(others)
        others[at:at] = [begin, *kept, end]
    temporary = path.with_name(".authorized_keys.new")
    with suppress(FileNotFoundError):
        temporary.unlink()
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write("\n".join(others))
    temporary.replace(path)
    return ""
