"""Processes of this node, and how root ends those that it does not want."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from node_files import node_path
from patterns import OPERATOR_ID

ROUNDS = 20
PAUSE_SECONDS = 0.1


@dataclass(frozen=True)
class Process:
    """A process as the kernel lists it. The title may be what the process says of itself.

    Those of users have no title: it lies in the memory of the process, for which a user can let
    root wait.
    """

    pid: int
    parent: int
    users: frozenset[int]
    name: str
    title: str

    @property
    def is_of_user(self) -> bool:
        """Whether it has rights of a user that is neither of the system nor the operator."""
        return max(self.users) > OPERATOR_ID


def processes() -> Iterator[Process]:
    """All processes. Those that end meanwhile are left out."""
    for folder in node_path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            status = (folder / "status").read_text(errors="replace")
            fields = dict(re.findall(r"^(\w+):[ \t]*(.*)$", status, re.MULTILINE))
            if fields["State"][:1] not in "ZX":
                found = Process(
                    pid=int(folder.name),
                    parent=int(fields["PPid"]),
                    users=frozenset(map(int, fields["Uid"].split())),
                    name=fields["Name"],
                    title="",
                )
                yield found if found.is_of_user else replace(found, title=_title(folder))


def _title(folder: Path) -> str:
    text = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
    return text.decode(errors="replace").strip()


def end_processes(chosen: Callable[[list[Process]], list[Process]]) -> int:
    """Ends the chosen processes and those that they start meanwhile; returns how many were left."""
    left: list[Process] = []
    for _ in range(ROUNDS):
        left = chosen(list(processes()))
        # A stopped process starts no other one.
        for what in (signal.SIGSTOP, signal.SIGKILL):
            for process in left:
                with suppress(ProcessLookupError):
                    os.kill(process.pid, what)
        if not left:
            break
        time.sleep(PAUSE_SECONDS)
    return len(left)


def end_processes_of(uids: set[int]) -> int:
    """Ends all processes of users; returns how many were left."""
    return end_processes(lambda found: [each for each in found if each.users & uids])
