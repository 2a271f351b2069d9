"""Checks that a file system gives back what is written to it. Argument: mount point."""

from __future__ import annotations

import os
import secrets
import stat
import sys

from command import run_step
from guarded_path import open_folder
from lifecycle_error import LifecycleError


def main() -> None:
    """Writes and reads by one descriptor: a user who swaps the file has swapped a name only."""
    name, word = f".write-check.{secrets.token_hex(8)}", secrets.token_hex(16).encode()
    with open_folder(sys.argv[1]) as mount_point:
        keep_names(mount_point.descriptor)
        descriptor = mount_point.write_new(name, word, 0o600)
        try:
            os.unlink(name, dir_fd=mount_point.descriptor)
            os.lseek(descriptor, 0, os.SEEK_SET)
            is_same = os.read(descriptor, len(word) + 1) == word
        finally:
            os.close(descriptor)
    if not is_same:
        raise LifecycleError(f"{sys.argv[1]} does not give back what was written to it")


def keep_names(descriptor: int) -> None:
    """Where everybody may write, the sticky bit keeps users from renaming each other's folders."""
    mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        print(f"{sys.argv[1]} has the mode {mode:04o}; it gets the sticky bit")  # noqa: T201
        try:
            os.fchmod(descriptor, mode | stat.S_ISVTX)
        except OSError as error:
            print(f"{sys.argv[1]} does not get it: {error.strerror}")  # noqa: T201


if __name__ == "__main__":
    run_step(main)
