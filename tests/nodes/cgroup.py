"""A control group for each host, so that systemd on one never sees processes of another."""

import os
import time
from contextlib import suppress
from pathlib import Path

_NAME = "hyperpod-nodes"


def make(name: str) -> list[Path]:
    """A group in each hierarchy that systemd may use."""
    groups = [base / _NAME / name for base in _bases()]
    for group in groups:
        group.mkdir(parents=True, exist_ok=True)
    return groups


def enter(groups: list[Path]) -> None:
    """Moves this process."""
    for group in groups:
        (group / "cgroup.procs").write_text(str(os.getpid()))


def remove(name: str = "", limit: float = 0) -> None:
    """Removes a group, or all of them; within the limit, waits for what still runs in them."""
    end = time.monotonic() + limit
    groups = [base / _NAME / name for base in _bases()]
    while groups := [group for group in groups if not _is_removed(group)]:
        if time.monotonic() >= end:
            break
        time.sleep(0.05)


def _is_removed(group: Path) -> bool:
    for folder, _, _ in os.walk(group, topdown=False):
        with suppress(OSError):
            Path(folder).rmdir()
    return not group.exists()


def _bases() -> list[Path]:
    root = Path("/sys/fs/cgroup")
    if (root / "cgroup.procs").exists():
        return [root]
    return [base for base in (root / "systemd", root / "unified") if base.exists()]
