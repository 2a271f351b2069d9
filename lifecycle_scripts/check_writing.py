"""Verifies that a file system returns what is written to it. Argument: mount point."""

from __future__ import annotations

import os
import secrets
import stat
import sys

from command import run_step
from guarded_path import open_folder
from lifecycle_error import LifecycleError


def main() -> None:
    """Writes and reads with one descriptor, so that a user cannot replace the file in between."""
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
        raise LifecycleError(f"{sys.argv[1]} does not return what was written to it")


def keep_names(descriptor: int) -> None:
    """Sets the sticky bit on a root that all users can write, so that they cannot rename folders of others."""
    mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        print(f"{sys.argv[1]} has the mode {mode:04o}; setting the sticky bit")  # noqa: T201
        try:
            os.fchmod(descriptor, mode | stat.S_ISVTX)
        except OSError as error:
            print(f"{sys.argv[1]}: the sticky bit cannot be set: {error.strerror}")  # noqa: T201


if __name__ == "__main__":
    run_step(main)
