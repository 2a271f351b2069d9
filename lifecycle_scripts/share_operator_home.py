"""Moves the home of `ubuntu` to the shared file system. Argument: `ssh` for a key for other nodes.

Controllers keep the home of their own: root of any node can write to the shared one.
"""

from __future__ import annotations

import sys
from pathlib import Path

from accounts import find_user
from command import output_of, run_step
from guarded_path import open_folder, read_small_file
from home_folder import make_home
from lifecycle_error import LifecycleError
from node_files import node_path
from patterns import OPERATOR
from share_ssh_keys import FOLDER, read_or_make, trust_nodes
from user_process import UserError, as_user

MOUNT_POINT = "/fsx"
HOME = f"{MOUNT_POINT}/{OPERATOR}"
AUTHORIZED = ".ssh/authorized_keys"


def main() -> None:
    """Keeps the current home if the shared folder belongs to another user."""
    user = find_user(OPERATOR)
    if user is None:
        return
    try:
        # Who could rename it would have the next session of `ubuntu` read other files.
        with open_folder(MOUNT_POINT) as above:
            above.require_trust()
        make_home(HOME, user.uid, user.gid)
        if "ssh" in sys.argv[1:]:
            as_user(user.uid, user.gid, lambda: authorize_key(node_path(HOME)))
            trust_nodes({MOUNT_POINT})
        if user.home != HOME:
            output_of("usermod", "--home", HOME, "--", OPERATOR)
    except (UserError, LifecycleError, OSError) as error:
        print(f"user {OPERATOR}: the home stays at {user.home}: {error}")  # noqa: T201


def authorize_key(home: Path) -> str:
    """Runs with the rights of `ubuntu` only. Several nodes may do the same."""
    authorized = home / AUTHORIZED
    public = read_or_make(home / FOLDER, OPERATOR).strip()
    present = read_small_file(str(authorized)).decode() if authorized.exists() else ""
    if public not in present.split("\n"):
        with authorized.open("a", encoding="utf-8") as file:
            file.write(f"{public}\n")
    return ""


if __name__ == "__main__":
    run_step(main)
