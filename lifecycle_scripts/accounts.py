"""Users and groups that this node knows, from its own files or from a directory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from command import output_of
from lifecycle_error import LifecycleError
from node_files import node_path


@dataclass(frozen=True)
class Account:
    """A user as the node knows it."""

    name: str
    uid: int
    gid: int
    home: str
    shell: str

    @property
    def home_path(self) -> Path:
        """The home folder."""
        return node_path(self.home)


def find_user(name_or_uid: str) -> Account | None:
    """The user of a name or a number."""
    fields = _entry("passwd", name_or_uid)
    if not fields:
        return None
    return Account(fields[0], int(fields[2]), int(fields[3]), fields[5], fields[6])


def find_group(name_or_gid: str) -> tuple[str, int] | None:
    """Name and number of the group of a name or a number."""
    fields = _entry("group", name_or_gid)
    return (fields[0], int(fields[2])) if fields else None


def _entry(database: str, key: str) -> list[str]:
    try:
        return output_of("getent", database, key).strip().split(":")
    except LifecycleError as error:
        if "ended with status 2:" in str(error):
            return []
        raise
