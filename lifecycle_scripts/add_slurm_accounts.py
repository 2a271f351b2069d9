"""Makes the users of steps.json known to Slurm's accounting: accounts, members, administrators."""

from __future__ import annotations

from pathlib import Path

from accounts import find_user
from added_users import read_added
from command import output_of, run_step
from patterns import OPERATOR
from steps import Steps

ROOT_ACCOUNT = ROOT_USER = "root"


def main() -> None:
    """Adds missing accounts and users. Users without `slurm_admin` lose the administrator level.

    Users without an account, and `ubuntu`, are in that of root, so that they can be given limits.
    """
    steps = Steps.read(Path(__file__).resolve().parent)
    users = steps.users
    accounts = {account for (account,) in listed("account", "Account")}
    members = set(listed("association", "User", "Account"))
    known = {name for name, _ in members}
    administrators = {
        name for name, level in listed("user", "User", "AdminLevel") if level[:5] == "admin"
    }
    others = administrators - {ROOT_USER} - {user.name.lower() for user in users}
    for name in sorted(others):
        if was_removed(name, is_local_only=steps.directory_service is None):
            set_level(name, "None")
    for user in users:
        if not user.slurm_admin and user.name.lower() in administrators:
            set_level(user.name, "None")
        account = user.slurm_account or ROOT_ACCOUNT
        if account.lower() not in accounts:
            change("add", "account", f"Name={account}", f"Description={account}")
            accounts.add(account.lower())
        if (user.name.lower(), account.lower()) not in members:
            change("add", "user", f"Name={user.name}", f"Account={account}")
            if (user.name.lower(), ROOT_ACCOUNT) in members:
                # Jobs would go on in the former account.
                set_user(user.name, "DefaultAccount", account)
        if user.slurm_admin and user.name.lower() not in administrators:
            set_level(user.name, "Administrator")
    if OPERATOR not in known | {user.name for user in users} and find_user(OPERATOR):
        change("add", "user", f"Name={OPERATOR}", f"Account={ROOT_ACCOUNT}")


def was_removed(name: str, *, is_local_only: bool) -> bool:
    """Whether an administrator is a user who was removed from steps.json, also before this node.

    A user whom the node does not know can be one of a directory that does not answer.
    """
    return name in read_added() or (is_local_only and find_user(name) is None)


def set_level(name: str, level: str) -> None:
    """Makes a user an administrator of Slurm, or none."""
    set_user(name, "AdminLevel", level)


def set_user(name: str, field: str, value: str) -> None:
    """Without `where`, sacctmgr would parse the names `where` and `set` as keywords."""
    change("modify", "user", "where", f"Name={name}", "set", f"{field}={value}")


def listed(entity: str, *fields: str) -> list[tuple[str, ...]]:
    """Rows of what slurmdbd knows."""
    output = output_of(
        "sacctmgr", "--noheader", "--parsable2", "list", entity, f"format={','.join(fields)}"
    )
    return [tuple(line.lower().split("|")) for line in output.splitlines()]


def change(*arguments: str) -> None:
    """Changes what slurmdbd knows, and says how."""
    print("sacctmgr", *arguments)  # noqa: T201 - what a step prints is its log
    output_of("sacctmgr", "--immediate", *arguments)


if __name__ == "__main__":
    run_step(main)
