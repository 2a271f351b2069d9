"""Whom sshd of this node accepts: nobody but accounts of the image before the scripts have ended.

sshd rejects whom `DenyUsers` names, and everybody whom `AllowUsers` does not name, with and without
PAM. Session Manager does not use sshd.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator

from command import output_of
from login_keys import KEYS, NODE_KEYS
from node_files import node_path, write_file
from patterns import OPERATOR
from processes import PAUSE_SECONDS, Process, end_processes

_SERVER = "/etc/ssh/sshd_config"
_DROP_INS = "/etc/ssh/sshd_config.d"
_FIRST = f"{_DROP_INS}/00-hyperpod_constructs.conf"
_NAMES_PER_LINE = 50
_NO_SHELLS = ("/false", "/nologin", "/sync")


def close_logins(users: Iterable[str]) -> None:
    """Lets only accounts of the image log in, and none of the given users.

    Raises:
        LifecycleError: sshd does not accept its configuration.
    """
    denied = list(users)
    _write_options([*_lines("AllowUsers", _accounts_of_the_image(denied)), *_denial(denied)])
    # Also after a run that was killed before sshd had read the file. A broken file fails here,
    # where sshd goes on. Only a new sshd is certain to have read it; sessions outlive the former one.
    _reload()
    output_of("systemctl", "try-restart", "ssh")
    # A connection that waits for its user to exist still follows the former configuration. The
    # second time finds those that were accepted just before.
    for pause in (PAUSE_SECONDS, 0):
        end_processes(_unauthenticated)
        time.sleep(pause)


def open_logins(removed: Iterable[str]) -> None:
    """Lets everybody log in but users who were removed.

    Raises:
        LifecycleError: sshd does not accept its configuration.
    """
    if _write_options(_denial(removed)):
        _reload()


def _write_options(options: list[str]) -> bool:
    lines = [
        "# Written anew whenever the lifecycle scripts run.",
        f"AuthorizedKeysFile .ssh/authorized_keys {KEYS}/%u {NODE_KEYS}/%u",
        *options,
    ]
    path = node_path(_FIRST)
    text = "\n".join([*lines, ""])
    is_new = not path.is_file() or path.read_text(encoding="utf-8") != text
    if is_new:
        write_file(path, text, mode=0o644)
    return _include_drop_ins() or is_new


def _denial(names: Iterable[str]) -> list[str]:
    return list(_lines("DenyUsers", sorted(name for name in names if name != OPERATOR)))


def _lines(option: str, names: list[str]) -> Iterator[str]:
    for first in range(0, len(names), _NAMES_PER_LINE):
        yield f"{option} {' '.join(names[first : first + _NAMES_PER_LINE])}"


def _accounts_of_the_image(users: list[str]) -> list[str]:
    """Accounts with a shell, except those that these scripts have added or will add."""
    path = node_path("/etc/passwd")
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    names = {
        name
        for name, shell in re.findall(r"^([\w.-]+):.*:(.*)$", text, re.MULTILINE)
        if not shell.endswith(_NO_SHELLS)
    }
    return sorted({"root", OPERATOR} | names - set(users))


def _include_drop_ins() -> bool:
    """Includes the drop-ins first, since sshd uses the first value of an option."""
    path = node_path(_SERVER)
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    if re.search(rf"^\s*Include\s+{re.escape(_DROP_INS)}/\*\.conf", before, re.MULTILINE):
        return False
    write_file(path, f"Include {_DROP_INS}/*.conf\n{before}")
    return True


def _reload() -> None:
    output_of("systemctl", "try-reload-or-restart", "ssh")


def _unauthenticated(found: list[Process]) -> list[Process]:
    """Connections without a session, which runs as its user, or has user and terminal as its title."""
    server = [
        each
        for each in found
        if each.name.startswith("sshd")
        and "[listener]" not in each.title
        and (each.parent != 1 or each.title.endswith(("]", " -R")))
    ]
    sessions = [
        each
        for each in server
        if each.is_of_user or ("@" in each.title and not each.title.endswith("]"))
    ]
    kept = {each.pid for each in sessions} | {each.parent for each in sessions}
    return [each for each in server if each.pid not in kept]
