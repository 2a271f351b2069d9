"""Users and groups that this node knows, from its own files or from a directory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from command import output_of
from node_files import node_path

_SOME_ARE_MISSING = 2


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


@dataclass(frozen=True)
class Group:
    """A group as the node knows it. Users whose primary group it is are not among its members."""

    name: str
    gid: int
    members: frozenset[str]


def find_user(name_or_uid: str) -> Account | None:
    """The user of a name or a number."""
    return next(_users([name_or_uid]), None)


def find_users(names: Iterable[str]) -> dict[str, Account]:
    """The users of names, looked up at once; missing users are left out."""
    return {user.name: user for user in _users(names)}


def find_group(name_or_gid: str) -> Group | None:
    """The group of a name or a number."""
    return next(find_groups([name_or_gid]), None)


def find_groups(names_or_gids: Iterable[str]) -> Iterator[Group]:
    """The groups of names and numbers, looked up at once; missing groups are left out."""
    for name, _, gid, members in _entries("group", names_or_gids):
        yield Group(name, int(gid), frozenset(members.split(",")) - {""})


def _users(names_or_uids: Iterable[str]) -> Iterator[Account]:
    for name, _, uid, gid, _, home, shell in _entries("passwd", names_or_uids):
        yield Account(name, int(uid), int(gid), home, shell)


def _entries(database: str, keys: Iterable[str]) -> Iterator[list[str]]:
    asked = list(keys)
    # Without a key, it would list the whole database.
    if asked:
        found = output_of("getent", database, *asked, accepted=(0, _SOME_ARE_MISSING))
        yield from (line.split(":") for line in found.splitlines())
