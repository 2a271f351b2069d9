"""Adds settings to slurm.conf by a file that it includes. Arguments: KEY=VALUE, ?= or +=.

A key with `?=` is left alone where the platform sets it. With `+=` the value is one more of a list.
"""

from __future__ import annotations

import sys

from command import run_step
from slurm_conf import SlurmConf


def main() -> None:
    """Leaves out what the platform's slurm.conf says itself, since Slurm complains of doubles."""
    conf = SlurmConf()
    wanted = list(sys.argv[1:])
    if conf.mentions_gpus():
        wanted.append("GresTypes?=gpu")
        if any(setting.startswith("AccountingStorageType=") for setting in wanted):
            wanted.append("AccountingStorageTRES+=gres/gpu")
    if conf.lacks_topology():
        wanted.append("TopologyPlugin=topology/default")
    settings = {}
    for setting in wanted:
        key, _, value = setting.partition("=")
        name = key.rstrip("?+")
        present = conf.get(name)
        if key.endswith("+") and present is not None:
            words = present.split(",")
            value = present if value in words else f"{present},{value}"
        if present is None:
            settings[name] = value
        elif present == value:
            continue
        elif key.endswith("?"):
            print(f"slurm.conf has {name}={present} already; {value} is not used")  # noqa: T201
        else:
            print(f"slurm.conf has {name}={present}, which {value} overrides")  # noqa: T201
            settings[name] = value
    conf.include(settings)


if __name__ == "__main__":
    run_step(main)
