"""Creates the folders in which Enroot stores the images of the users of steps.json."""

from __future__ import annotations

import os
import re
import secrets
import stat
from pathlib import Path

from command import run_step
from guarded_path import Folder, UnsafePathError, open_folder
from node_files import node_path
from steps import Steps, User

CONFIG = "/etc/enroot/enroot.conf"


def main() -> None:
    """Creates the folders before other users can. Users of a directory create their own."""
    config = node_path(CONFIG)
    text = config.read_text(encoding="utf-8") if config.exists() else ""
    found = re.search(r"^ENROOT_TEMP_PATH (\S+)$", text, re.MULTILINE)
    if found is None:
        print("Enroot uses the data folder of the image; no folders are created.")  # noqa: T201
        return
    root = os.environ.get("HYPERPOD_NODE_ROOT", "")
    with open_folder(found[1][len(root) :]) as base:
        for user in Steps.read(Path(__file__).resolve().parent).users:
            make_or_report(base, user)
        # Users of a directory create their own, and cannot rename those of others.
        os.fchmod(base.descriptor, 0o1777)  # nosec B103


def make_or_report(base: Folder, user: User) -> None:
    """Creates the folder of a user. Who is faster than root concerns this user only."""
    name = f"user-{user.uid}"
    try:
        if not is_own(base, name, user.uid):
            base.make_folder(name, 0o700, user.uid, user.gid).close()
    except (UnsafePathError, OSError) as error:
        print(f"user {user.name}: there is no folder for images: {error}")  # noqa: T201


def is_own(base: Folder, name: str, uid: int) -> bool:
    """Whether the folder of a user exists. Any other entry of this name is renamed."""
    if not base.has(name):
        return False
    try:
        with base.folder(name) as folder:
            status = folder.status
    except UnsafePathError:
        status = None
    if status and (status.st_uid, stat.S_IMODE(status.st_mode)) == (uid, 0o700):
        return True
    print(f"{base.path}/{name} is not a private folder of the user {uid}; it is renamed")  # noqa: T201
    other = f"{name}.moved.{secrets.token_hex(4)}"
    os.rename(name, other, src_dir_fd=base.descriptor, dst_dir_fd=base.descriptor)
    return False


if __name__ == "__main__":
    run_step(main)
