"""Waits until a service of this node answers. Arguments: address, service."""

from __future__ import annotations

import subprocess
import sys
from http.client import HTTPException
from urllib.request import urlopen

from command import patiently, run_step
from lifecycle_error import LifecycleError


def main() -> None:
    """Asks again and again; the end of the journal, which is not shipped, comes before an error."""
    address, service = sys.argv[1:]
    try:
        patiently(lambda: ask(address, service))
    except LifecycleError:
        journal = ["journalctl", "--no-pager", "--lines", "20", "--unit", service]
        subprocess.run(journal, check=False)  # noqa: S603 - arguments stay arguments
        raise


def ask(address: str, service: str) -> str:
    """What the service answers."""
    try:
        with urlopen(address, timeout=5) as answer:  # noqa: S310 - of the caller, on this node
            return str(answer.read(100))
    except (OSError, HTTPException) as error:
        raise LifecycleError(f"{service} is not ready") from error


if __name__ == "__main__":
    run_step(main)
