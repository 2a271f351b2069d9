"""Which folders all nodes see."""

from __future__ import annotations

from pathlib import Path

from command import output_of

SHARED_MOUNT_POINTS = ("/fsx", "/home")


def mount_point_of(folder: Path) -> Path:
    """Where the file system of a folder is mounted, whether or not the folder exists."""
    while not folder.exists():
        folder = folder.parent
    found = output_of("findmnt", "--noheadings", "--output", "TARGET", "--target", str(folder))
    return Path(found.split()[-1])
