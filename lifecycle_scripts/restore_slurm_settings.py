"""Puts the settings of these scripts back where slurm.conf was written without them.

systemd runs this after slurm.conf has changed, and before slurmctld starts.
"""

from __future__ import annotations

import time

from command import output_of, run_step
from configure_slurm import configure, stored
from lifecycle_error import LifecycleError
from slurm_conf import SlurmConf

ROUNDS = 10
PAUSE_SECONDS = 1.0


def main() -> None:
    """Looks again after each change, since HyperPod may still be writing."""
    run_step(restore)


def restore() -> None:
    """Slurm reads its configuration anew where something had to be put back."""
    has_changed = False
    for _ in range(ROUNDS):
        if not SlurmConf().all("SlurmctldHost") or not configure(stored()):
            break
        has_changed = True
        time.sleep(PAUSE_SECONDS)
    if has_changed and is_running():
        print("slurm.conf lacked settings of the lifecycle scripts, which are there again")  # noqa: T201
        output_of("scontrol", "reconfigure")


def is_running() -> bool:
    """Whether slurmctld runs, which else reads everything when it starts."""
    try:
        output_of("systemctl", "is-active", "--quiet", "slurmctld")
    except LifecycleError:
        return False
    return True
