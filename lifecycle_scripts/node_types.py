"""What the groups of a cluster without a form are in Slurm: `node_types.json`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import patterns
from json_object import JsonObject
from lifecycle_error import LifecycleError
from provisioning_params import NodeType

FILE_NAME = "node_types.json"


@dataclass(frozen=True)
class NodeTypes:
    """The groups of the request, whose topology HyperPod does not give to nodes."""

    path: Path
    controller_group: str
    login_groups: list[str]
    worker_groups: list[str]

    @classmethod
    def read(cls, folder: Path) -> NodeTypes:
        """Reads the file of a folder."""
        path = folder / FILE_NAME
        fields = JsonObject.read(path)
        fields.refuse_all_but("controller_group", "login_groups", "worker_groups")
        return cls(
            path,
            controller_group=fields.text("controller_group", patterns.CLUSTER_NAME),
            login_groups=fields.texts("login_groups", patterns.CLUSTER_NAME),
            worker_groups=fields.texts("worker_groups", patterns.CLUSTER_NAME),
        )

    def node_type(self, group: str) -> NodeType:
        """What the nodes of a group are."""
        if group == self.controller_group:
            return NodeType.CONTROLLER
        if group in self.login_groups:
            return NodeType.LOGIN
        if group in self.worker_groups:
            return NodeType.WORKER
        raise LifecycleError(f"{self.path}: the group of this node, '{group}', is not named")
