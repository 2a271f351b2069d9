"""Verifies that a file system returns what is written to it. Argument: mount point."""

from __future__ import annotations

import errno
import os
import secrets
import sys

from command import run_step
from guarded_path import open_folder
from lifecycle_error import LifecycleError

# Users fill a shared file system, which is no reason to replace nodes.
FULL = (errno.ENOSPC, errno.EDQUOT)


def main() -> None:
    """Writes and reads with one descriptor, so that a user cannot replace the file in between."""
    name, word = f".write-check.{secrets.token_hex(8)}", secrets.token_hex(16).encode()
    with open_folder(sys.argv[1]) as mount_point:
        mount_point.keep_names()
        try:
            descriptor = mount_point.write_new(name, word, 0o600)
        except PermissionError as error:
            raise LifecycleError(
                f"{sys.argv[1]}: root of this node cannot write: {error.strerror}; if it is FSx for "
                "OpenZFS, add the option no_root_squash to the NFS exports of its volume"
            ) from error
        except OSError as error:
            if error.errno not in FULL:
                raise
            print(f"{sys.argv[1]} is full: {error.strerror}; writing is not verified")  # noqa: T201
            return
        try:
            os.unlink(name, dir_fd=mount_point.descriptor)
            os.lseek(descriptor, 0, os.SEEK_SET)
            is_same = os.read(descriptor, len(word) + 1) == word
        finally:
            os.close(descriptor)
    if not is_same:
        raise LifecycleError(f"{sys.argv[1]} does not return what was written to it")


if __name__ == "__main__":
    run_step(main)
