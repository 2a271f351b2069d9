"""Keeps users out of this node until `open_logins.py`. Argument: who logs in afterwards.

Where an earlier run has ended with the same argument, users stay welcome. Where nobody logs in,
this is final, and processes of users end.
"""

from __future__ import annotations

import sys
from pathlib import Path

import job_schedulers
import login_policy
from accounts import find_users
from added_users import read_added
from command import run_step
from login_server import close_logins, open_logins
from package_database import keep_from_users
from patterns import OPERATOR
from processes import end_processes_of
from steps import Steps


def main() -> None:
    """Runs before the first user is added."""
    policy = sys.argv[1]
    names = {user.name for user in Steps.read(Path(__file__).resolve().parent).users}
    removed = read_added().keys() - names
    if login_policy.is_in_force(policy):
        open_logins(removed)
    else:
        login_policy.suspend()
        close_logins(names | removed)
    keep_from_users()
    if policy == login_policy.EVERYBODY:
        job_schedulers.accept_users()
    else:
        job_schedulers.refuse_users()
    if policy == login_policy.NOBODY:
        end_processes_of_users(names | removed)


def end_processes_of_users(names: set[str]) -> None:
    """Ends what users have started while they could log in."""
    found = find_users(names - {OPERATOR})
    left = end_processes_of({user.uid for user in found.values()})
    if left:
        print(f"{left} processes of users do not end")  # noqa: T201


if __name__ == "__main__":
    run_step(main)
