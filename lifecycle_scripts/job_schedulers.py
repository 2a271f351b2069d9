"""Ways to start processes outside of the jobs of Slurm: cron, at, and services of users."""

from __future__ import annotations

from command import output_of
from node_files import node_path, write_file
from patterns import OPERATOR, OPERATOR_ID

MAY_SCHEDULE = ("/etc/cron.allow", "/etc/at.allow")
# A user can turn on lingering, with which systemd starts services of the user without a session.
USER_MANAGER = "/etc/systemd/system/user@.service.d/hyperpod_constructs.conf"
_NAMES = f"root\n{OPERATOR}\n"
_CONDITION = f"[Service]\nExecCondition=/usr/bin/test %i -le {OPERATOR_ID}\n"


def refuse_users() -> None:
    """Only root and the operator schedule. Files that the image has are left alone."""
    for path in map(node_path, MAY_SCHEDULE):
        if not path.exists():
            write_file(path, _NAMES, mode=0o644)
    _set_condition(_CONDITION)


def accept_users() -> None:
    """Users schedule as the image allows it."""
    for path in map(node_path, MAY_SCHEDULE):
        if path.is_file() and path.read_text(encoding="utf-8") == _NAMES:
            path.unlink()
    _set_condition("")


def _set_condition(text: str) -> None:
    path = node_path(USER_MANAGER)
    present = path.read_text(encoding="utf-8") if path.is_file() else ""
    if present == text:
        return
    if text:
        write_file(path, text, mode=0o644)
    else:
        path.unlink()
    output_of("systemctl", "daemon-reload")
