"""Other programs, and steps that are Python programs themselves."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Collection

from lifecycle_error import LifecycleError


def run_step(main: Callable[[], None]) -> None:
    """Ends a step; its last line is the reason if it fails."""
    try:
        main()
    except (LifecycleError, OSError) as error:
        sys.exit(str(error))


def output_of(*command: str, stdin: str | None = None, accepted: Collection[int] = (0,)) -> str:
    """What a program prints; an error says how it was called, but not what it was fed."""
    try:
        result = subprocess.run(  # noqa: S603 - arguments stay arguments, since there is no shell
            command,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise LifecycleError(f"{command[0]} cannot be run: {error.strerror}") from error
    if result.returncode not in accepted:
        reason = " ".join(result.stderr.split()) or "it printed no error"
        raise LifecycleError(f"{' '.join(command)} ended with status {result.returncode}: {reason}")
    return result.stdout


def wait_limit() -> int:
    """For how many seconds a step waits for what is not there yet."""
    return int(os.environ.get("HYPERPOD_WAIT_SECONDS") or 600)


def patiently(attempt: Callable[[], str], seconds: int | None = None) -> str:
    """Tries again while an attempt fails; tells every new reason once."""
    limit = wait_limit() if seconds is None else min(seconds, wait_limit())
    end = time.monotonic() + limit
    told = ""
    while True:
        try:
            return attempt()
        except LifecycleError as error:
            if time.monotonic() >= end:
                raise LifecycleError(f"{error} (tried for {limit} s)") from error
            if str(error) != told:
                told = str(error)
                print(told, flush=True)  # noqa: T201 - what a step prints is its log
        time.sleep(1)
