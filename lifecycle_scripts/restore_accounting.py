"""Fills the accounting database of a controller that has replaced another one with its records.

Arguments: bucket, prefix and Region of the backups, database. A database with tables stays as it is.
"""

from __future__ import annotations

import gzip
import re
import shutil
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

from accounting_dump import require_sound
from accounting_store import SUFFIX, Place, State, folder
from command import patiently, run_step
from lifecycle_error import LifecycleError
from local_database import ask, empty, is_of_tables_alone, pipe, start_import, tables
from slurm_conf import SlurmConf

DENIED = "AccessDenied"
LAST_JOB = "SELECT MAX(id_job) FROM `TABLE`;"


def main() -> None:
    """Runs before slurmdbd starts. A run that was killed meanwhile begins anew."""
    bucket, prefix, region, database = sys.argv[1:]
    place, state = Place(bucket, prefix, region), State.read()
    if state and state.key:
        return
    first_job_id = None
    if state:
        empty(database)
    if not tables(database):
        State().write()
        first_job_id = restore_latest(place, database)
    moment = time.strftime("%Y-%m-%dT%H-%M-%SZ", time.gmtime())
    key = f"{prefix}/{moment}-{socket.gethostname()}{SUFFIX}"
    State(key=key, first_job_id=first_job_id).write()


def restore_latest(place: Place, database: str) -> int | None:
    """Restores the latest backup that is sound.

    Returns:
        The number of the next job, if there are records.
    """
    cluster = SlurmConf().get("ClusterName") or ""
    for key in keys(place):
        empty(database)
        path = folder() / "restored.sql.gz"
        try:
            patiently(lambda: place.get(key, path))  # noqa: B023 - called at once
            require_sound(path, cluster)
            fill(database, path)
        except (LifecycleError, OSError) as error:
            say(f"The backup {place.uri(key)} is not restored, and stays: {error}")
            empty(database)
            continue
        finally:
            path.unlink(missing_ok=True)
        say(f"Slurm accounting has the records of {place.uri(key)}")
        return next_job_id(database, cluster)
    say("Slurm accounting begins without records")
    return None


def keys(place: Place) -> list[str]:
    """The backups that there are; none where the bucket says nothing, since a cluster may be new."""

    def listed() -> str:
        try:
            return "\n".join(place.listed())
        except LifecycleError as error:
            if DENIED in str(error):
                return f"{DENIED} {error}"
            raise

    try:
        found = patiently(listed)
    except LifecycleError as error:
        found = f"{DENIED} {error}"
    if found.startswith(DENIED):
        say(f"Backups of Slurm accounting cannot be listed: {found.removeprefix(DENIED).strip()}")
        return []
    return found.splitlines()


def fill(database: str, path: Path) -> None:
    """Runs the statements of a dump with the rights of slurmdbd, which has this database alone."""
    options = folder() / "client.cnf"
    conf = (SlurmConf().folder / "slurmdbd.conf").read_text(encoding="utf-8")
    found = dict(re.findall(r"^(StorageUser|StoragePass)=(.*)$", conf, re.MULTILINE))
    options.touch(mode=0o600)
    options.write_text(
        f"[client]\nuser={found['StorageUser']}\npassword={found['StoragePass']}\n",
        encoding="utf-8",
    )
    try:
        with start_import(database, options) as client, gzip.open(path) as dump:
            with suppress(BrokenPipeError):
                shutil.copyfileobj(dump, pipe(client.stdin))
            with suppress(BrokenPipeError):
                pipe(client.stdin).close()
            reason = pipe(client.stderr).read().decode(errors="replace")
        if client.returncode:
            raise LifecycleError(f"it cannot be read: {' '.join(reason.split())}")
        if not is_of_tables_alone(database):
            raise LifecycleError("it has more than tables")
    finally:
        options.unlink()


def next_job_id(database: str, cluster: str) -> int | None:
    """A new controller would use the numbers of restored jobs again, and `sacct` hide those."""
    table = f"{cluster.lower()}_job_table"
    if table not in tables(database):
        return None
    found = ask(f"USE `{database}`; {LAST_JOB.replace('TABLE', table)}").strip()
    return int(found) + 1 if found.isdigit() else None


def say(text: str) -> None:
    """Tells what happened to records."""
    print(text, flush=True)  # noqa: T201 - what a step prints is its log


if __name__ == "__main__":
    run_step(main)
