"""Prepares this node: finds out what it is, then runs the steps for it in their order."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

from extension import extension
from lifecycle_error import LifecycleError
from node_types import NodeTypes
from provisioning_params import ProvisioningParams
from resource_config import ResourceConfig
from sequence import sequence
from steps import Steps
from this_node import ThisNode

FOLDER = Path(__file__).resolve().parent
SLURM_PATH = "/opt/slurm/bin:/opt/slurm/sbin"

log = logging.getLogger("lifecycle")


def main() -> None:
    """Runs everything; a LifecycleError becomes the last line and status 1."""
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(message)s")
    try:
        prepare_node()
    except LifecycleError as error:
        sys.exit(f"FAILED: {error}")


def prepare_node() -> None:
    """Makes this node a part of the Slurm cluster, or extends one that HyperPod has configured."""
    config = ResourceConfig.read()
    is_extension = sys.argv[1:] == ["extension"]
    form = None if is_extension else ProvisioningParams.read(FOLDER)
    steps = Steps.read(FOLDER)
    node = ThisNode.find(config, form or NodeTypes.read(FOLDER))
    log.info("This node is a %s of the group '%s'.", node.node_type.value, node.group)
    log.info("The scripts are those of %s", FOLDER)
    for script, *arguments in sequence(node, form, steps) if form else extension(node, steps):
        run_step(script, arguments)
    log.info("This node is ready.")


def run_step(script: str, arguments: list[str]) -> None:
    """Runs a script of this folder; the last line it prints is the reason if it fails.

    S3 keeps no file modes, so the scripts are not executable on a node: what runs them is named.
    """
    log.info("Step: %s", " ".join([script, *arguments]))
    interpreter = [sys.executable, "-u"] if script.endswith(".py") else ["bash"]
    reason = "it printed nothing"
    with subprocess.Popen(  # noqa: S603 - arguments stay arguments, since there is no shell
        [*interpreter, str(FOLDER / script), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PATH": f"{os.environ.get('PATH', os.defpath)}:{SLURM_PATH}"},
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            reason = line.strip() or reason
            log.info("%s", line.rstrip())
    if process.returncode != 0:
        raise LifecycleError(f"{script} ended with status {process.returncode}: {reason}")


if __name__ == "__main__":
    main()
