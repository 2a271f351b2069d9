"""What this node is in its cluster."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass

from command import wait_limit
from node_types import NodeTypes
from provisioning_params import NodeType, ProvisioningParams
from resource_config import ResourceConfig


@dataclass(frozen=True)
class ThisNode:
    """This node, and whom it has to know."""

    node_type: NodeType
    group: str
    cluster_name: str
    controllers: list[str]
    is_primary: bool
    address: str
    instance_type: str | None = None

    @classmethod
    def find(cls, config: ResourceConfig, form: ProvisioningParams | NodeTypes) -> ThisNode:
        """Finds this node in the cluster by its own addresses, once it has one of them."""
        own = wait_for_address(config)
        group = config.group_of(own)
        node_type = form.node_type(group)
        controllers = config.controller_addresses(form.controller_group)
        return cls(
            node_type=node_type,
            group=group,
            cluster_name=config.cluster_name,
            controllers=controllers,
            is_primary=controllers[0] in own,
            address=next(address for address in config.addresses[group] if address in own),
            instance_type=config.instance_types.get(group),
        )


def wait_for_address(config: ResourceConfig) -> list[str]:
    """The addresses of this node; network interfaces may get theirs after the scripts start."""
    end = time.monotonic() + wait_limit()
    known = {address for group in config.addresses.values() for address in group}
    while known.isdisjoint(own := own_addresses()) and time.monotonic() < end:
        time.sleep(1)
    return own


def own_addresses() -> list[str]:
    """The addresses of this node's network interfaces."""
    return subprocess.run(
        ["hostname", "--all-ip-addresses"],  # noqa: S607 - it lies elsewhere on every Linux
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout.split()
