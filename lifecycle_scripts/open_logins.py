"""Lets users log in to this node, which is ready. Argument: who logs in."""

from __future__ import annotations

import sys
from pathlib import Path

import login_policy
from added_users import read_added
from command import run_step
from login_server import open_logins
from steps import Steps


def main() -> None:
    """Runs last. A node whose scripts have failed stays closed."""
    names = {user.name for user in Steps.read(Path(__file__).resolve().parent).users}
    open_logins(read_added().keys() - names)
    login_policy.put_in_force(sys.argv[1])


if __name__ == "__main__":
    run_step(main)
