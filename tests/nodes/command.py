"""Commands of this machine, which hosts do not see."""

import subprocess

PATIENCE = 300
"""Seconds after which something has failed, also on a machine with much else to do."""


def run(*command: str, text: str | None = None) -> None:
    """Runs a command that has to succeed; what it prints is shown."""
    subprocess.run(command, input=text, text=True, check=True)
