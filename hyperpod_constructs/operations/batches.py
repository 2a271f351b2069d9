"""Requests on many nodes: reboot, replace and add them, a batch at a time.

Sources: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_BatchRebootClusterNodes.html,
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_BatchReplaceClusterNodes.html and
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_BatchAddClusterNodes.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from .live_cluster import LiveCluster, Node

_MOST_NODES = 25
_MOST_ADDED = 50


@dataclass(frozen=True)
class Batch:
    """What one request did.

    Attributes:
        accepted: IDs of the nodes that the service accepted.
        refused: Why the service refused nodes or groups, by ID or name.
    """

    accepted: Sequence[str]
    refused: Mapping[str, str]


def on_nodes(cluster: LiveCluster, operation: str, nodes: Sequence[Node]) -> Iterator[Batch]:
    """Calls an operation, such as `batch_reboot_cluster_nodes`, for batches of nodes.

    Raises:
        OperationError: If a request fails. Earlier batches were accepted.
    """
    for first in range(0, len(nodes), _MOST_NODES):
        ids = [node.instance_id for node in nodes[first : first + _MOST_NODES]]
        answer = cluster.call(operation, NodeIds=ids)
        refused = {each["NodeId"]: _reason(each) for each in answer.get("Failed", ())}
        yield Batch(answer.get("Successful", ()), refused)


def add_nodes(cluster: LiveCluster, group: str, count: int) -> Iterator[Batch]:
    """Adds nodes to a group of a cluster with continuous provisioning.

    Raises:
        OperationError: If a request fails. Earlier batches were accepted.
    """
    while count > 0:
        added = min(count, _MOST_ADDED)
        entry = {"InstanceGroupName": group, "IncrementTargetCountBy": added}
        answer = cluster.call(
            "batch_add_cluster_nodes", ClientToken=str(uuid4()), NodesToAdd=[entry]
        )
        refused = {each["InstanceGroupName"]: _reason(each) for each in answer.get("Failed", ())}
        yield Batch([each["NodeLogicalId"] for each in answer.get("Successful", ())], refused)
        count -= added


def _reason(failure: Mapping[str, Any]) -> str:
    return ": ".join(failure[key] for key in ("ErrorCode", "Message") if failure.get(key))
