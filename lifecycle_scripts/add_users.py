"""Adds the Linux groups and users of steps.json, with their homes and the keys they log in with.

With the argument `no-login`, users are known here, as Slurm needs it, but neither log in nor have
groups with the rights of root. With `keep-processes`, those of removed users go on.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from accounts import Account, find_group, find_groups, find_user, find_users
from added_users import read_added, write_added
from command import output_of, run_step
from home_folder import make_home, retire_keys
from lifecycle_error import LifecycleError
from login_keys import KEYS, NODE_KEYS, keep_keys, write_keys
from patterns import IMAGE_GROUPS, OPERATOR, ROOT_GROUPS
from processes import end_processes_of
from steps import FILE_NAME, Steps, User
from user_process import UserError

NO_SHELL = "/usr/sbin/nologin"


def main() -> None:
    """Adds what is missing; what is there but different is an error, never changed."""
    may_login = "no-login" not in sys.argv[1:]
    steps = Steps.read(Path(__file__).resolve().parent)
    given = read_added()
    groups = {user.name: groups_of(user, may_login=may_login) for user in steps.users}
    for group in steps.groups:
        add_group(group.name, group.gid)
    add_primary_groups(steps.users)
    present = find_users(groups)
    members = members_of({group for names in groups.values() for group in names})
    for user in steps.users:
        account = present.get(user.name)
        missing = [name for name in groups[user.name] if user.name not in members[name]]
        if account is None:
            add_user(user, groups[user.name])
        else:
            keep_user(user, account, missing, was_removed=user.name in given)
    take_away(given, groups, ends_processes="keep-processes" not in sys.argv[1:])
    write_added({**{name: [] for name in given}, **groups})
    keys = {user.name: user.ssh_keys for user in steps.users if has_home(user)}
    denied = [] if may_login else [name for name in groups if name != OPERATOR]
    write_keys(KEYS, {name: lines for name, lines in keys.items() if name not in denied})
    sharing = groups if may_login and steps.ssh_between_nodes else {}
    keep_keys(NODE_KEYS, sharing)


def groups_of(user: User, *, may_login: bool) -> list[str]:
    """Groups of a user on this node."""
    if may_login or user.name == OPERATOR:
        return user.groups
    return [group for group in user.groups if group not in ROOT_GROUPS]


def has_home(user: User) -> bool:
    """Creates the home of a user. Keys are installed only for a home that belongs to the user."""
    try:
        make_home(user.home, user.uid, user.gid)
    except (UserError, OSError) as error:
        print(f"user {user.name}: {error}; no keys are installed for this user")  # noqa: T201
        return False
    try:
        retire_keys(user.home, user.uid, user.gid, user.ssh_keys)
    except (UserError, OSError) as error:
        print(f"user {user.name}: authorized_keys is unchanged: {error}")  # noqa: T201
    return True


def add_group(name: str, gid: int) -> None:
    """Adds a group unless it is there."""
    by_name, by_gid = find_group(name), find_group(str(gid))
    if by_name and by_gid and by_name.gid == gid and by_gid.name == name:
        return
    if by_name:
        raise LifecycleError(
            f"{FILE_NAME}: the group '{name}' wants the gid {gid}, "
            f"but on this node it has {by_name.gid}"
        )
    if by_gid:
        raise LifecycleError(
            f"{FILE_NAME}: the group '{name}' wants the gid {gid}, "
            f"but on this node '{by_gid.name}' has it"
        )
    output_of("groupadd", "--gid", str(gid), "--", name)


def add_primary_groups(users: list[User]) -> None:
    """Adds the groups of users that have one of their own."""
    present = {group.gid for group in find_groups(str(user.gid) for user in users)}
    for user in users:
        if user.gid not in present:
            add_group(user.name, user.gid)
            present.add(user.gid)


def members_of(names: set[str]) -> dict[str, frozenset[str]]:
    """Members of groups. A group of the image is added if it is missing."""
    found = {group.name: group.members for group in find_groups(sorted(names))}
    for name in sorted(names - found.keys()):
        # The group of a program that the image lacks, or that a later step installs.
        if name in IMAGE_GROUPS:
            output_of("groupadd", "--system", "--", name)
    return {name: found.get(name, frozenset()) for name in names}


def add_user(user: User, groups: list[str]) -> None:
    """Adds a user, without subordinate IDs."""
    if by_uid := find_user(str(user.uid)):
        raise LifecycleError(
            f"{FILE_NAME}: the user '{user.name}' wants the uid {user.uid}, "
            f"but on this node '{by_uid.name}' has it"
        )
    output_of(
        "useradd",
        *("--uid", str(user.uid), "--gid", str(user.gid), "--groups", ",".join(groups)),
        *("--home-dir", user.home, "--shell", user.shell, "--no-create-home"),
        *("--key", "SUB_UID_COUNT=0", "--key", "SUB_GID_COUNT=0", "--", user.name),
    )


def keep_user(user: User, present: Account, missing: list[str], *, was_removed: bool) -> None:
    """Adds a user who exists to the groups that it is not in, and restores the login if it was removed."""
    if was_removed and present.shell == NO_SHELL != user.shell:
        output_of("usermod", "--expiredate", "", "--shell", user.shell, "--", user.name)
        present = replace(present, shell=user.shell)
    require_same(user, present)
    if missing:
        output_of("usermod", "--append", "--groups", ",".join(missing), "--", user.name)


def require_same(user: User, present: Account) -> None:
    """An existing user with other attributes is an error."""
    for what in ("uid", "gid", "home", "shell"):
        wanted, found = getattr(user, what), getattr(present, what)
        if wanted != found:
            raise LifecycleError(
                f"{FILE_NAME}: the user '{user.name}' wants the {what} {wanted}, "
                f"but on this node it has {found}"
            )


def take_away(
    given: dict[str, list[str]], wanted: dict[str, list[str]], *, ends_processes: bool
) -> None:
    """Revokes what an earlier run granted. Removed users keep their files and IDs."""
    removed = find_users(given.keys() - wanted.keys() - {OPERATOR})
    for name, groups in given.items():
        for group in groups:
            if group not in wanted.get(name, ()):
                output_of("gpasswd", "--delete", name, group)
        present = removed.get(name)
        if present is None:
            continue
        if present.shell != NO_SHELL:
            print(f"user {name}: is no longer in {FILE_NAME}, and is locked")  # noqa: T201
            output_of("usermod", "--expiredate", "1", "--shell", NO_SHELL, "--", name)
        if ends_processes and end_processes_of({present.uid}):
            print(f"user {name}: a process does not end")  # noqa: T201


if __name__ == "__main__":
    run_step(main)
