"""Nodes that the cluster of a deployment has already, which need nothing more."""

from collections.abc import Mapping

from hyperpod_constructs.operations.reads import Reads

from .planned import Planned, PlannedGroup

ACTION = "sagemaker:DescribeCluster"


def new_nodes(group: PlannedGroup, now: Mapping[str, int]) -> int:
    """Number of nodes that a deployment adds to a group."""
    return max(0, group.count - now.get(group.name, 0))


def nodes_now(planned: Planned, reads: Reads) -> Mapping[str, int]:
    """Number of nodes of each group of the cluster, if it exists."""
    if planned.name is None:
        return {}
    found = reads.find("sagemaker", "describe_cluster", ClusterName=planned.name) or {}
    return {
        group["InstanceGroupName"]: group.get("CurrentCount", 0)
        for name in ("InstanceGroups", "RestrictedInstanceGroups")
        for group in found.get(name, ())
    }
