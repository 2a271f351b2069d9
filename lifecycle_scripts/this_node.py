"""What this node is in its cluster."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

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

    @classmethod
    def find(cls, config: ResourceConfig, form: ProvisioningParams) -> ThisNode:
        """Finds this node in the cluster by its own addresses."""
        own = own_addresses()
        group = config.group_of(own)
        node_type = form.node_type(group)
        controllers = config.controller_addresses(form.controller_group)
        return cls(
            node_type=node_type,
            group=group,
            cluster_name=config.cluster_name,
            controllers=controllers,
            is_primary=controllers[0] in own,
        )


def own_addresses() -> list[str]:
    """The addresses of this node's network interfaces."""
    return subprocess.run(
        ["hostname", "--all-ip-addresses"],  # noqa: S607 - it lies elsewhere on every Linux
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout.split()
