"""What the instance groups are in Slurm, for the default scripts of API-driven clusters.

HyperPod does not give the topology of the request to nodes.
"""

import json

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.instance_group import NodeType
from hyperpod_constructs.model.orchestrator import ApiDrivenSlurm

NODE_TYPES_NAME = "node_types.json"
"""File name of the node types, stored with the scripts."""


def node_types(values: ClusterValues) -> str | None:
    """The content of the file; None if the scripts read the form, or are custom scripts."""
    if values.steps is None or not isinstance(values.orchestrator, ApiDrivenSlurm):
        return None
    names: dict[str | None, list[str]] = {kind: [] for kind in NodeType}
    for group in values.instance_groups:
        names.setdefault(group.node_type, []).append(group.name)
    controllers = names[NodeType.CONTROLLER]
    content = {
        "controller_group": controllers[0] if controllers else "",
        "login_groups": names[NodeType.LOGIN],
        "worker_groups": names[NodeType.WORKER],
    }
    return json.dumps(content, indent=2) + "\n"
