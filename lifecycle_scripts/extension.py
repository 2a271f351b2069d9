"""The steps of a node that HyperPod has configured: users, hooks, data of containers, metrics.

What HyperPod has done is left alone: file systems, Slurm, accounting, and the rotation of logs.
"""

from __future__ import annotations

from collections.abc import Iterator

import login_policy
from added_users import read_added
from provisioning_params import NodeType
from sequence import (
    add_users,
    export_metrics,
    has_users,
    login_policy_of,
    mount_buckets,
    refresh_users,
    settings_of,
)
from steps import Steps
from this_node import ThisNode


def extension(node: ThisNode, steps: Steps) -> Iterator[list[str]]:
    """What this node runs."""
    policy = login_policy_of(node, steps)
    yield from mount_buckets(steps)
    yield from add_users(steps, policy)
    yield ["install_prolog_epilog.sh"]
    if node.node_type is NodeType.CONTROLLER:
        yield from extend_controller(steps)
    elif steps.containers:
        yield ["install_docker.sh", steps.containers.data_root or ""]
        yield ["install_enroot.sh", steps.containers.data_root or ""]
        yield ["make_enroot_folders.py"]
    yield from export_metrics(node, steps)
    yield ["run_site_scripts.sh", node.node_type.value, node.group]
    yield from refresh_users(node, steps, has_accounts=bool(steps.accounting))
    if steps.pam_slurm_adopt and node.node_type is NodeType.WORKER:
        yield ["adopt_logins.sh"]
    if has_users(steps) and policy != login_policy.NOBODY:
        yield ["open_logins.py", policy]


def extend_controller(steps: Steps) -> Iterator[list[str]]:
    """slurm.conf is changed only where a step requires it."""
    settings = list(settings_of(steps))
    if steps.constrain_devices:
        yield ["constrain_devices.sh"]
    if settings:
        yield ["configure_slurm.py", *settings]
        yield ["keep_slurm_settings.sh", "running"]
        yield ["reconfigure_slurm.sh"]
    if steps.accounting and (steps.users or read_added()):
        yield ["add_slurm_accounts.py"]
