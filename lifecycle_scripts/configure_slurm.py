"""Adds settings to slurm.conf by a file that it includes. Arguments: KEY=VALUE, ?= or +=.

A key with `?=` is left alone where the platform sets it. With `+=` the value is one more of a list.
"""

from __future__ import annotations

import json
import sys

from command import run_step
from node_files import node_path, write_file
from slurm_conf import SlurmConf
from topology import fault_of, remove_empty_yaml

REPEATABLE = ("Prolog", "Epilog")
"""Slurm runs the programs of all lines, also those of HyperPod."""

STORED = "/var/lib/hyperpod_constructs/slurm_settings.json"


def main() -> None:
    """Stores the settings, so that they return when the platform writes slurm.conf anew."""
    wanted = sys.argv[1:]
    path = node_path(STORED)
    text = json.dumps(wanted, indent=2) + "\n"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_file(path, text, mode=0o600)
    configure(wanted)


def stored() -> list[str]:
    """The settings of the last run."""
    settings: list[str] = json.loads(node_path(STORED).read_text(encoding="utf-8"))
    return settings


def configure(given: list[str]) -> bool:
    """Leaves out what the platform's slurm.conf says itself, since Slurm complains of doubles.

    Returns:
        Whether a file has changed.
    """
    conf = SlurmConf()
    has_changed = remove_empty_yaml(conf.path)
    wanted = list(given)
    if conf.mentions_gpus():
        wanted.append("GresTypes?=gpu")
        if any(setting.startswith("AccountingStorageType=") for setting in wanted):
            wanted.append("AccountingStorageTRES+=gres/gpu")
    if fault := fault_of(conf.get("TopologyPlugin") or "", conf.path):
        print(f"{fault}, so Slurm uses its default topology")  # noqa: T201
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
        elif name in REPEATABLE:
            print(f"slurm.conf has {name}={present}; {value} runs, too")  # noqa: T201
            settings[name] = value
        elif key.endswith("?"):
            print(f"slurm.conf has {name}={present} already; {value} is not used")  # noqa: T201
        else:
            print(f"slurm.conf has {name}={present}, which {value} overrides")  # noqa: T201
            settings[name] = value
    return conf.include(settings) or has_changed


if __name__ == "__main__":
    run_step(main)
