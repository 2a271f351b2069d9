"""Waits until a service of this node answers. Arguments: address, service."""

from __future__ import annotations

import signal
import subprocess
import sys
from http.client import HTTPException
from urllib.request import urlopen

from command import patiently, run_step
from lifecycle_error import LifecycleError

ANSWER_SECONDS = 5


def main() -> None:
    """Asks again and again; the end of the journal, which is not shipped, comes before an error."""
    address, service = sys.argv[1:]
    signal.signal(signal.SIGALRM, give_up)
    try:
        patiently(lambda: ask(address, service))
    except LifecycleError:
        journal = ["journalctl", "--no-pager", "--lines", "20", "--unit", service]
        subprocess.run(journal, check=False)  # noqa: S603 - arguments stay arguments
        raise


def ask(address: str, service: str) -> str:
    """What the service answers. Whoever is at its port instead could answer byte by byte for hours."""
    signal.alarm(ANSWER_SECONDS)
    try:
        with urlopen(address) as answer:  # noqa: S310 - of the caller, on this node
            return str(answer.read(100))
    except (OSError, HTTPException) as error:
        raise LifecycleError(f"{service} is not ready") from error
    finally:
        signal.alarm(0)


def give_up(*_: object) -> None:
    """Ends an attempt."""
    raise TimeoutError


if __name__ == "__main__":
    run_step(main)
