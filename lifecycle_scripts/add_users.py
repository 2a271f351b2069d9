"""Adds the Linux groups and users of steps.json, with their homes and the keys they log in with."""

from __future__ import annotations

from pathlib import Path

from accounts import find_group, find_user
from command import output_of, run_step
from home_folder import acting_as, authorize_keys, make_home
from lifecycle_error import LifecycleError
from node_files import node_path
from steps import FILE_NAME, Steps, User

KEYS_SOURCE = "keys of steps.json"


def main() -> None:
    """Adds what is missing; what is there but different is an error, never changed."""
    steps = Steps.read(Path(__file__).resolve().parent)
    for group in steps.groups:
        add_group(group.name, group.gid)
    for user in steps.users:
        if find_group(str(user.gid)) is None:
            add_group(user.name, user.gid)
        add_user(user)
        home = node_path(user.home)
        make_home(home, user.uid, user.gid)
        with acting_as(user.uid, user.gid):
            authorize_keys(home, KEYS_SOURCE, user.ssh_keys)


def add_group(name: str, gid: int) -> None:
    """Adds a group unless it is there."""
    by_name, by_gid = find_group(name), find_group(str(gid))
    if by_name == by_gid == (name, gid):
        return
    if by_name:
        raise LifecycleError(
            f"{FILE_NAME}: the group '{name}' wants the gid {gid}, "
            f"but on this node it has {by_name[1]}"
        )
    if by_gid:
        raise LifecycleError(
            f"{FILE_NAME}: the group '{name}' wants the gid {gid}, "
            f"but on this node '{by_gid[0]}' has it"
        )
    output_of("groupadd", "--gid", str(gid), name)


def add_user(user: User) -> None:
    """Adds a user unless it is there."""
    by_name, by_uid = find_user(user.name), find_user(str(user.uid))
    groups = ",".join(user.groups)
    if by_name is None and by_uid is None:
        output_of(
            "useradd",
            *("--uid", str(user.uid), "--gid", str(user.gid), "--groups", groups),
            *("--home-dir", user.home, "--shell", user.shell, "--no-create-home", user.name),
        )
        return
    if by_name is None and by_uid:
        raise LifecycleError(
            f"{FILE_NAME}: the user '{user.name}' wants the uid {user.uid}, "
            f"but on this node '{by_uid.name}' has it"
        )
    for what, wanted, present in (
        ("uid", user.uid, by_name and by_name.uid),
        ("gid", user.gid, by_name and by_name.gid),
        ("home", user.home, by_name and by_name.home),
        ("shell", user.shell, by_name and by_name.shell),
    ):
        if wanted != present:
            raise LifecycleError(
                f"{FILE_NAME}: the user '{user.name}' wants the {what} {wanted}, "
                f"but on this node it has {present}"
            )
    if groups:
        output_of("usermod", "--append", "--groups", groups, user.name)


if __name__ == "__main__":
    run_step(main)
