"""Prepares this node: finds out what it is, then runs the steps for its type in their order."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from lifecycle_error import LifecycleError
from provisioning_params import NodeType, ProvisioningParams
from resource_config import ResourceConfig

FOLDER = Path(__file__).resolve().parent

log = logging.getLogger("lifecycle")


def main() -> None:
    """Runs everything; a LifecycleError becomes the last line and status 1."""
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(message)s")
    try:
        prepare_node()
    except LifecycleError as error:
        sys.exit(f"FAILED: {error}")


def prepare_node() -> None:
    """Makes this node a part of the Slurm cluster."""
    config = ResourceConfig.read()
    form = ProvisioningParams.read(FOLDER)
    group = config.group_of(own_addresses())
    node_type = form.node_type(group)
    controllers = config.controller_addresses(form.controller_group)
    log.info("This node is a %s of the group '%s'.", node_type.value, group)
    for script, *arguments in steps(form, node_type, controllers):
        run_step(script, arguments)
    log.info("This node is ready.")


def steps(
    form: ProvisioningParams, node_type: NodeType, controllers: list[str]
) -> Iterator[list[str]]:
    """The sequence of a node: each step is a script of this folder and its arguments."""
    if form.fsx_dns_name and form.fsx_mountname:
        yield ["mount_lustre.sh", form.fsx_dns_name, form.fsx_mountname]
    if form.fsx_openzfs_dns_name:
        yield ["mount_openzfs.sh", form.fsx_openzfs_dns_name]
    if node_type is NodeType.CONTROLLER:
        yield ["start_slurmctld.sh"]
    else:
        yield ["start_slurmd.sh", *controllers]


def own_addresses() -> list[str]:
    """The addresses of this node's network interfaces."""
    return subprocess.run(
        ["hostname", "--all-ip-addresses"],  # noqa: S607 - it lies elsewhere on every Linux
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout.split()


def run_step(script: str, arguments: list[str]) -> None:
    """Runs a script of this folder; the last line it prints is the reason if it fails.

    S3 keeps no file modes, so the scripts are not executable on a node: bash is called by name.
    """
    log.info("Step: %s", " ".join([script, *arguments]))
    reason = "it printed nothing"
    with subprocess.Popen(  # noqa: S603 - arguments stay arguments, since there is no shell
        ["bash", str(FOLDER / script), *arguments],  # noqa: S607 - as for hostname
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
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
