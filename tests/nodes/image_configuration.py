"""What the image of API-driven clusters does on a node before scripts extend it: accounting and Slurm run.

SHIM: HyperPod does this itself, with more than Slurm: containers, keys, and the home of `ubuntu`.
"""

from collections.abc import Sequence

from .cluster import wait_until
from .hyperpod import Node, Platform

ACCOUNTING = """
systemctl start mariadb
mariadb -e "CREATE DATABASE IF NOT EXISTS slurm_acct_db;
    CREATE USER IF NOT EXISTS slurm@localhost IDENTIFIED BY 'of-the-image';
    GRANT ALL ON slurm_acct_db.* TO slurm@localhost"
cd /opt/slurm/etc
export SLURM_DB_USER=slurm SLURM_DB_PASSWORD=of-the-image
install --owner slurm --mode 600 /dev/null slurmdbd.conf
envsubst < slurmdbd.conf.template > slurmdbd.conf
printf 'AccountingStorage%s\\n' Type=accounting_storage/slurmdbd Host={address} > accounting.conf
systemctl enable --now slurmdbd
"""
SLURMD = """
mkdir --parents /opt/slurm/etc/default
echo 'SLURMD_OPTIONS="--conf-server {address}"' > /opt/slurm/etc/default/slurmd
systemctl enable --now slurmd
"""


def start_slurm(platform: Platform, nodes: Sequence[Node]) -> None:
    """Starts Slurm on new nodes; the controllers know them first."""
    (controller, *_) = platform.controllers()
    address = controller.host.address
    platform.write_slurm_conf()
    if controller in nodes:
        controller.host.run(ACCOUNTING.format(address=address))
        answers(controller, "sacctmgr show cluster")
        controller.host.run("systemctl enable --now slurmctld")
    else:
        controller.host.run("scontrol reconfigure")
    answers(controller, "scontrol ping")
    for node in nodes:
        if node is not controller:
            node.host.run(SLURMD.format(address=address))


def answers(node: Node, command: str) -> None:
    """Waits until a daemon answers."""
    wait_until(lambda: node.host.run(f"{command} > /dev/null && echo yes", check=False) == "yes\n")
