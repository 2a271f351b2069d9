"""Writes the accounting database to S3, if it has changed: every few minutes, and when the node stops.

A systemd service runs this program. `place.json` in the same folder specifies the bucket and prefix.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

from accounting_dump import LAST_LINE, first_line
from accounting_store import Place, State, folder
from lifecycle_error import LifecycleError
from local_database import pipe, start_dump, tables
from node_files import node_path, write_file

METRICS = "/var/lib/prometheus/node-exporter"
_PART = 1 << 20


def main() -> None:
    """Says what happened, to the journal and to the exporter of the node."""
    given = json.loads(Path(__file__).with_name("place.json").read_text(encoding="utf-8"))
    try:
        with (folder() / "lock").open("w") as one_at_a_time:
            fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
            place = Place(given["bucket"], given["prefix"], given["region"])
            back_up(place, given["database"], given["cluster"])
    except (LifecycleError, OSError, ValueError) as error:
        export(succeeded=False)
        sys.exit(f"Slurm accounting is not backed up: {error}")
    export(succeeded=True)


def back_up(place: Place, database: str, cluster: str) -> None:
    """Leaves the last backup where there is nothing new, or nothing at all."""
    state = State.read()
    if state is None or state.key is None:
        raise LifecycleError("the lifecycle scripts of this node have not ended")
    if f"{cluster.lower()}_job_table" not in tables(database):
        raise LifecycleError(f"{database} has no table of the jobs of {cluster}")
    path = folder() / "dump.sql.gz"
    try:
        digest = dump(database, cluster, path)
        if digest == state.digest:
            print("Nothing has changed since the last backup")  # noqa: T201
            return
        size = path.stat().st_size
        place.put(state.key, path)
    finally:
        path.unlink(missing_ok=True)
    replace(state, digest=digest).write()
    print(f"{size} bytes are in {place.uri(state.key)}")  # noqa: T201


def dump(database: str, cluster: str, path: Path) -> str:
    """Writes all records to a file.

    Returns:
        The SHA-256 of what is in it.

    Raises:
        LifecycleError: The end is missing.
    """
    digest, end = hashlib.sha256(), b""
    path.touch(mode=0o600)
    with start_dump(database) as program, gzip.open(path, "wb", compresslevel=1) as file:
        file.write(first_line(cluster).encode())
        while part := pipe(program.stdout).read(_PART):
            file.write(part)
            digest.update(part)
            end = (end + part)[-200:]
        reason = pipe(program.stderr).read().decode(errors="replace")
    if program.returncode or LAST_LINE not in end:
        raise LifecycleError(f"the dump is not complete: {' '.join(reason.split())}")
    return digest.hexdigest()


def export(*, succeeded: bool) -> None:
    """Writes what the exporter of the node shows, where it is installed."""
    place = node_path(METRICS)
    if place.is_dir():
        write_file(
            place / "hyperpod_accounting.prom",
            "# HELP hyperpod_accounting_backup_success Whether the last backup was written.\n"
            "# TYPE hyperpod_accounting_backup_success gauge\n"
            f"hyperpod_accounting_backup_success {int(succeeded)}\n"
            "# HELP hyperpod_accounting_backup_time_seconds When the last backup was tried.\n"
            "# TYPE hyperpod_accounting_backup_time_seconds gauge\n"
            f"hyperpod_accounting_backup_time_seconds {int(time.time())}\n",
            mode=0o644,
        )
