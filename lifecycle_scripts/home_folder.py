"""Home folders, which several nodes may make at once and whose owners are not to be trusted."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from node_files import node_path, write_file

SKELETON = "/etc/skel"


def make_home(home: Path, uid: int, gid: int) -> None:
    """Makes a home folder unless it is there; of several nodes only the first one fills it."""
    home.parent.mkdir(parents=True, exist_ok=True)
    try:
        home.mkdir(mode=0o700)
    except FileExistsError:
        is_new = False
    else:
        is_new = True
    # Another node, or a killed run, may have stopped between these two.
    if home.stat().st_uid == 0:
        os.chown(home, uid, gid)
    if is_new and node_path(SKELETON).is_dir():
        with acting_as(uid, gid):
            for file in node_path(SKELETON).iterdir():
                if file.is_file():
                    shutil.copyfile(file, home / file.name)


def authorize_keys(home: Path, source: str, keys: list[str]) -> None:
    """Makes these the keys that a source has put into authorized_keys; the others stay."""
    folder = home / ".ssh"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / "authorized_keys"
    before = path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else ""
    begin, end = f"# begin {source}", f"# end {source}"
    others, inside = [], False
    for line in before.splitlines():
        if line == begin:
            inside = True
        if not inside:
            others.append(line)
        if line == end:
            inside = False
    lines = [*others, begin, *keys, end] if keys else others
    after = "".join(f"{line}\n" for line in lines)
    if after != before:
        write_file(path, after, mode=0o600)


@contextmanager
def acting_as(uid: int, gid: int) -> Iterator[None]:
    """Has the rights of a user only, so that a link in a home leads to nothing of root's."""
    groups, own_gid, own_uid = os.getgroups(), os.getegid(), os.geteuid()
    if own_uid == 0:
        os.setgroups([gid])
    os.setegid(gid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(own_uid)
        os.setegid(own_gid)
        if own_uid == 0:
            os.setgroups(groups)
