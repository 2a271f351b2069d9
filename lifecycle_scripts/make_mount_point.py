"""Makes the folder where a bucket is mounted, now and at every boot. Argument: path."""

from __future__ import annotations

import os
import stat
import sys

from command import run_step
from guarded_path import open_folder
from lifecycle_error import LifecycleError


def main() -> None:
    """No user can replace the folder or one above it by a link to a folder of the system."""
    parent, name = os.path.split(sys.argv[1])
    with open_folder(parent, make=True) as folder:
        folder.require_trust()
        try:
            mode = os.stat(name, dir_fd=folder.descriptor, follow_symlinks=False).st_mode
        except FileNotFoundError:
            folder.make_folder(name, 0o755).close()
        except OSError as error:
            # A bucket whose program has ended; the service mounts it anew.
            print(f"{sys.argv[1]}: {error.strerror}")  # noqa: T201
        else:
            if not stat.S_ISDIR(mode):
                raise LifecycleError(f"{sys.argv[1]} is a link or a file, not a folder")


if __name__ == "__main__":
    run_step(main)
