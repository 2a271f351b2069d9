"""Puts the settings of these scripts back where slurm.conf was written without them.

systemd runs this after slurm.conf has changed, and before slurmctld starts.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor, wait

from command import output_of, run_step
from configure_slurm import configure, stored
from lifecycle_error import LifecycleError
from slurm_conf import SlurmConf

ROUNDS = 10
PAUSE_SECONDS = 1.0


def main() -> None:
    """Restores the settings, or says why it cannot."""
    run_step(restore)


def restore() -> None:
    """Slurm reads its configuration anew where something had to be put back."""
    has_changed = put_back()
    while has_changed and is_running():
        print("slurm.conf lacked settings of the lifecycle scripts, which are there again")  # noqa: T201
        has_changed = reconfigure()


def put_back() -> bool:
    """Looks again after each change, since HyperPod may still be writing."""
    has_changed = False
    for _ in range(ROUNDS):
        if not look():
            break
        has_changed = True
        time.sleep(PAUSE_SECONDS)
    return has_changed


def look() -> bool:
    """Puts back what is missing; whether anything was. The template of the image is left alone."""
    return bool(SlurmConf().all("SlurmctldHost")) and configure(stored())


def reconfigure() -> bool:
    """Has Slurm read its files, and looks at them meanwhile: systemd does not watch while this runs.

    Returns:
        Whether something was missing again.
    """
    has_changed = False
    with ThreadPoolExecutor(max_workers=1) as executor:
        reading = executor.submit(output_of, "scontrol", "reconfigure")
        while not reading.done():
            wait([reading], timeout=PAUSE_SECONDS)
            has_changed |= look()
    reading.result()
    return has_changed


def is_running() -> bool:
    """Whether slurmctld runs, which else reads everything when it starts."""
    try:
        output_of("systemctl", "is-active", "--quiet", "slurmctld")
    except LifecycleError:
        return False
    return True
