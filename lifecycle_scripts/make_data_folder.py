"""Makes a folder of root on a disk that users can write. Arguments: path, mode."""

from __future__ import annotations

import os
import secrets
import sys

from command import run_step
from guarded_path import Folder, UnsafePathError, open_folder

OWN_ATTEMPTS = 10


def main() -> None:
    """No link is followed. What a user has put there is renamed."""
    root = os.environ.get("HYPERPOD_NODE_ROOT", "")
    parent, name = os.path.split(sys.argv[1][len(root) :])
    mode = int(sys.argv[2], 8)
    with open_folder(parent) as disk:
        disk.keep_names()
        for _ in range(OWN_ATTEMPTS):
            if is_of_root(disk, name):
                return
            try:
                disk.make_folder(name, mode).close()
            except UnsafePathError as error:
                print(error)  # noqa: T201
    raise UnsafePathError(f"{sys.argv[1]} is created by users again and again")


def is_of_root(disk: Folder, name: str) -> bool:
    """Whether root has the folder. Any other entry of this name is renamed."""
    if not disk.has(name):
        return False
    try:
        with disk.folder(name) as folder:
            if folder.status.st_uid == os.geteuid():
                return True
    except UnsafePathError as error:
        print(error)  # noqa: T201
    other = f"{name}.moved.{secrets.token_hex(4)}"
    print(f"{disk.path}/{name} is not a folder of root; it is renamed to {other}")  # noqa: T201
    os.rename(name, other, src_dir_fd=disk.descriptor, dst_dir_fd=disk.descriptor)
    return False


if __name__ == "__main__":
    run_step(main)
