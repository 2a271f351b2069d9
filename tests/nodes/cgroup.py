"""A control group for each host, so that systemd on one never sees processes of another."""

import os
import time
from contextlib import suppress
from pathlib import Path

RUN = "HYPERPOD_NODES"
"""The variable with the number of the process that started this run: runs do not share groups."""
_NAME = "hyperpod-nodes-runs"


def make(name: str) -> list[Path]:
    """A group in each hierarchy that systemd may use."""
    groups = [folder / name for folder in _folders_of_run()]
    for group in groups:
        group.mkdir(parents=True, exist_ok=True)
    return groups


def enter(groups: list[Path]) -> None:
    """Moves this process."""
    for group in groups:
        (group / "cgroup.procs").write_text(str(os.getpid()))


def remove(name: str = "", limit: float = 0) -> None:
    """Removes a group, or all of the run; within the limit, waits for what still runs in them."""
    end = time.monotonic() + limit
    groups = [folder / name for folder in _folders_of_run()]
    while groups := [group for group in groups if not _is_removed(group)]:
        if time.monotonic() >= end:
            break
        time.sleep(0.05)


def remove_ended() -> None:
    """Removes the groups of runs that have ended."""
    for base in _bases():
        for folder in (base / _NAME).glob("*/"):
            if not Path("/proc", folder.name).exists():
                _is_removed(folder)


def _is_removed(group: Path) -> bool:
    for folder, _, _ in os.walk(group, topdown=False):
        with suppress(OSError):
            Path(folder).rmdir()
    return not group.exists()


def _folders_of_run() -> list[Path]:
    return [base / _NAME / os.environ[RUN] for base in _bases()]


def _bases() -> list[Path]:
    root = Path("/sys/fs/cgroup")
    if (root / "cgroup.procs").exists():
        return [root]
    return [base for base in (root / "systemd", root / "unified") if base.exists()]
