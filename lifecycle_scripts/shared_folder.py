"""Which folders all nodes see."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from command import output_of

SHARED_MOUNT_POINTS = ("/fsx", "/home")


def mount_point_of(folder: Path) -> Path:
    """Where the file system of a folder is mounted, whether or not the folder exists."""
    # Unlike `resolve`, it accepts a link to itself, which a user can create.
    path = Path(os.path.realpath(folder))
    mounted = _mount_points()
    return next(each for each in (path, *path.parents) if str(each) in mounted)


@lru_cache(maxsize=1)
def _mount_points() -> frozenset[str]:
    """Where file systems are mounted while this step runs."""
    return frozenset(output_of("findmnt", "--noheadings", "--raw", "--output", "TARGET").split())
