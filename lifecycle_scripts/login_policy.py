"""Which users log in to a node once its scripts have ended, and whether they do already."""

from __future__ import annotations

from node_files import node_path, write_file

NOBODY = "no-login"
WITH_A_JOB = "with-job"
EVERYBODY = "login"

PATH = "/var/lib/hyperpod_constructs/logins"


def is_in_force(policy: str) -> bool:
    """Whether an earlier run has ended with this policy, so that nobody has to be kept out."""
    path = node_path(PATH)
    return path.is_file() and path.read_text(encoding="utf-8") == f"{policy}\n"


def put_in_force(policy: str) -> None:
    """Records that logins follow this policy."""
    if not is_in_force(policy):
        write_file(node_path(PATH), f"{policy}\n", mode=0o600)


def suspend() -> None:
    """Records that logins follow no policy yet."""
    path = node_path(PATH)
    if path.exists():
        path.unlink()
