"""Applies changes of users to a node that runs: users, groups, keys, and Slurm accounts.

Nothing else changes, and a document that is missing, older or wrong changes nothing.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import login_policy
from accounts import find_users
from add_users import NO_SHELL
from added_users import read_added
from command import output_of
from lifecycle_error import LifecycleError
from node_files import node_path, write_file
from patterns import OPERATOR
from steps import FILE_NAME, Refresh, Steps
from users_document import applied_version, fetch, latest_version, store_version

FOLDER = Path(__file__).resolve().parent
APPLIED = FOLDER / "applied"
"""Scripts that run again bring users of their own, and a folder without this file."""
METRICS = "/var/lib/prometheus/node-exporter"
MOST_REMOVED = 3
"""Of few users so many can be removed at once, else a tenth."""


def main(policy: str, role: str) -> None:
    """Says what happened, to the journal and to the exporter of the node."""
    try:
        refresh(policy, is_primary=role == "primary")
    except (LifecycleError, OSError, ValueError, KeyError, TypeError) as error:
        export(succeeded=False)
        sys.exit(f"Users are unchanged: {error}")
    export(succeeded=True)


def refresh(policy: str, *, is_primary: bool) -> None:
    """Applies the latest version unless this node has done that."""
    place = Steps.read(FOLDER).refresh
    if place is None:
        raise LifecycleError(f"{FILE_NAME} has no refresh")
    if policy != login_policy.NOBODY and not login_policy.is_in_force(policy):
        print("The lifecycle scripts of this node have not ended.")  # noqa: T201
        return
    version, applied = latest_version(place), applied_version()
    if version == applied and APPLIED.exists():
        return
    if applied and version.moment < applied.moment:
        raise LifecycleError(
            f"s3://{place.bucket}/{place.key} of {version.written} is older than what this node has"
        )
    replace_users(place, json.dumps(fetch(place, version)), policy, is_primary=is_primary)
    store_version(version)
    write_file(APPLIED, "")


def replace_users(place: Refresh, text: str, policy: str, *, is_primary: bool) -> None:
    """Runs the steps for users with others. If one fails, the next run starts from the same users."""
    path = FOLDER / FILE_NAME
    before = path.read_text(encoding="utf-8")
    write_file(path, json.dumps({**json.loads(before), "users": json.loads(text)}), mode=0o600)
    try:
        steps = Steps.read(FOLDER)
        require_few_removals({user.name for user in steps.users}, place)
        for command in commands(steps, policy, is_primary=is_primary):
            print(output_of(sys.executable, "-B", *command), end="", flush=True)  # noqa: T201
    except LifecycleError:
        write_file(path, before, mode=0o600)
        raise
    print(f"{len(steps.users)} users are those of s3://{place.bucket}/{place.key}")  # noqa: T201


def require_few_removals(names: set[str], place: Refresh) -> None:
    """Many users that are gone at once are a slip; nodes that are created later have none of them."""
    known = read_added().keys() - {OPERATOR}
    gone = find_users(known - names)
    removed = {name for name, account in gone.items() if account.shell != NO_SHELL}
    if len(removed) > max(MOST_REMOVED, len(known) // 10):
        raise LifecycleError(
            f"s3://{place.bucket}/{place.key} lacks {len(removed)} of {len(known)} users; patch the "
            "nodes to remove so many at once"
        )


def commands(steps: Steps, policy: str, *, is_primary: bool) -> list[list[str]]:
    """The steps for users, which leave the processes of removed users alone."""
    may_login = policy != login_policy.NOBODY
    names = [user.name for user in steps.users if user.name != OPERATOR]
    found = [["add_users.py", "keep-processes", *([] if may_login else ["no-login"])]]
    if may_login and steps.ssh_between_nodes and names:
        found.append(["share_ssh_keys.py", *names])
    if may_login:
        found.append(["open_logins.py", policy])
    if is_primary:
        found.append(["add_slurm_accounts.py"])
    return [[str(FOLDER / script), *arguments] for script, *arguments in found]


def export(*, succeeded: bool) -> None:
    """Writes what the exporter of the node shows, where it is installed."""
    folder = node_path(METRICS)
    if folder.is_dir():
        write_file(
            folder / "hyperpod_users.prom",
            "# HELP hyperpod_users_refresh_success Whether changes of users were applied.\n"
            "# TYPE hyperpod_users_refresh_success gauge\n"
            f"hyperpod_users_refresh_success {int(succeeded)}\n"
            "# HELP hyperpod_users_refresh_time_seconds When the node looked for changes of users.\n"
            "# TYPE hyperpod_users_refresh_time_seconds gauge\n"
            f"hyperpod_users_refresh_time_seconds {int(time.time())}\n",
            mode=0o644,
        )
