"""The lifecycle scripts with which nodes were configured.

The URI of the scripts that this library uploads ends with a digest of their content, so that a change of
the scripts changes the URI. Running nodes keep theirs until they are replaced or patched.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterNodeDetails.html
"""

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from .live_cluster import LiveCluster, Node

_DIGEST = re.compile(r"[0-9a-f]{16}")
_AT_ONCE = 8


class NodeScripts(NamedTuple):
    """The lifecycle scripts of a node.

    Attributes:
        uri: Where they are in S3. Empty if the node has none.
        is_current: Whether the group has the same ones now.
    """

    uri: str
    is_current: bool

    @property
    def version(self) -> str:
        """The digest in the URI, or else the URI."""
        last = self.uri.rstrip("/").rpartition("/")[2]
        return last if _DIGEST.fullmatch(last) else self.uri


def node_scripts(cluster: LiveCluster, nodes: Sequence[Node]) -> Mapping[str, NodeScripts]:
    """The lifecycle scripts of nodes by instance ID, with a request for each node.

    Raises:
        OperationError: If a node cannot be described.
    """
    groups = {
        group["InstanceGroupName"]: _uri(group)
        for key in ("InstanceGroups", "RestrictedInstanceGroups")
        for group in cluster.description.get(key, ())
    }
    cluster.sagemaker  # noqa: B018 - threads share the client

    def of_node(node: Node) -> NodeScripts:
        answer = cluster.call("describe_cluster_node", NodeId=node.instance_id)
        uri = _uri(answer["NodeDetails"])
        return NodeScripts(uri, uri == groups.get(node.group))

    named = [node for node in nodes if node.instance_id]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = pool.map(of_node, named)
        return {node.instance_id: each for node, each in zip(named, found, strict=True)}


def _uri(described: Mapping[str, object]) -> str:
    configuration = described.get("LifeCycleConfig")
    return str(configuration.get("SourceS3Uri", "")) if isinstance(configuration, Mapping) else ""
