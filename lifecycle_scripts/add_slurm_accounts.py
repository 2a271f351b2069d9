"""Makes the users of steps.json known to Slurm's accounting: accounts, members, administrators."""

from __future__ import annotations

from pathlib import Path

from command import output_of, run_step
from steps import Steps

ROOT_ACCOUNT = "root"


def main() -> None:
    """Adds missing accounts and users. Users without `slurm_admin` lose the administrator level."""
    users = Steps.read(Path(__file__).resolve().parent).users
    accounts = {account for (account,) in listed("account", "Account")}
    members = set(listed("association", "User", "Account"))
    administrators = {
        name for name, level in listed("user", "User", "AdminLevel") if level[:5] == "admin"
    }
    for user in users:
        # A Slurm user without an account cannot be, not even an administrator.
        if not user.slurm_admin and user.name.lower() in administrators:
            set_level(user.name, "None")
        account = user.slurm_account or (ROOT_ACCOUNT if user.slurm_admin else None)
        if account is None:
            continue
        if account.lower() not in accounts:
            change("add", "account", f"Name={account}", f"Description={account}")
            accounts.add(account.lower())
        if (user.name.lower(), account.lower()) not in members:
            change("add", "user", f"Name={user.name}", f"Account={account}")
        if user.slurm_admin and user.name.lower() not in administrators:
            set_level(user.name, "Administrator")


def set_level(name: str, level: str) -> None:
    """Without `where`, sacctmgr would parse the names `where` and `set` as keywords."""
    change("modify", "user", "where", f"Name={name}", "set", f"AdminLevel={level}")


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
