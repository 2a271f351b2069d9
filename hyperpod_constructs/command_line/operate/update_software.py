"""Command `update-software`: the AMI of the nodes."""

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from hyperpod_constructs.model.command_error import ErrorCode
from hyperpod_constructs.operations.errors import OperationError
from hyperpod_constructs.operations.live_cluster import FAILURE, LiveCluster, Node
from hyperpod_constructs.operations.waiting import Goal

from .confirmation import confirm
from .dry_run import print_dry_run
from .following import follow, leave
from .printing import counted, print_json, tell


def update_software(options: argparse.Namespace, cluster: LiveCluster) -> int:
    """Updates the AMI.

    Returns:
        Exit status.
    """
    every = cluster.nodes()
    chosen = _nodes_of(every, options.groups) if options.groups else every
    request = _request(options, chosen)
    names = Counter(node.group for node in chosen)
    what = (
        f"update-software of {counted(len(chosen), 'node')}: "
        f"{', '.join(f'{count} of {name}' for name, count in names.items())}"
        f"{_batches(options.batch_size)}"
    )
    question = (
        f"{what}. All data on their root volumes is lost, and their lifecycle scripts run again."
    )
    if options.dry_run:
        print_dry_run(options, question, **request)
        return 0
    if not confirm(options, question):
        sys.stderr.write("Nothing was changed.\n")
        return 1
    answer = cluster.call("update_cluster_software", **request)
    tell(f"{what}: sent")
    if options.json:
        print_json({"ClusterArn": answer["ClusterArn"], **request})
    if not options.wait:
        return leave(options)
    ignored = {node.instance_id for node in chosen if node.status == FAILURE}
    goal = Goal(
        counts=Counter(node.group for node in chosen if node.instance_id not in ignored),
        updated={
            node.instance_id: node.summary.get("LastSoftwareUpdateTime")
            for node in chosen
            if node.instance_id not in ignored
        },
        ignored=ignored,
    )
    return follow(options, cluster, goal)


def _batches(size: int | None) -> str:
    return "" if size is None else f", {size} at a time"


def _nodes_of(nodes: Sequence[Node], groups: Sequence[str]) -> Sequence[Node]:
    """The nodes of groups.

    Raises:
        OperationError: If groups have no nodes.
    """
    names = dict.fromkeys(node.group for node in nodes)
    unknown = [name for name in dict.fromkeys(groups) if name not in names]
    if unknown:
        raise OperationError(
            ErrorCode.GROUP_UNKNOWN,
            f"{', '.join(map(repr, unknown))}: specify the names of groups; groups with nodes: "
            f"{', '.join(names) or 'none'}",
        )
    return [node for node in nodes if node.group in groups]


def _request(options: argparse.Namespace, nodes: Sequence[Node]) -> Mapping[str, Any]:

    request: dict[str, Any] = {}
    if options.release is not None and not options.groups:
        raise OperationError(ErrorCode.ARGUMENT_INVALID, "--release requires the names of groups")
    release = {} if options.release is None else {"ImageReleaseVersion": options.release}
    if options.groups:
        request["InstanceGroups"] = [
            {"InstanceGroupName": name, **release} for name in options.groups
        ]
    if options.image is not None:
        request["ImageId"] = options.image
    if options.batch_size is not None:
        if options.batch_size > len(nodes):
            raise OperationError(
                ErrorCode.ARGUMENT_INVALID,
                f"--batch-size {options.batch_size}: the update is of {counted(len(nodes), 'node')}; "
                "specify that number at most",
            )
        size = {"Type": "INSTANCE_COUNT", "Value": options.batch_size}
        request["DeploymentConfig"] = {"RollingUpdatePolicy": {"MaximumBatchSize": size}}
    if options.wait_between is not None:
        if options.batch_size is None:
            raise OperationError(ErrorCode.ARGUMENT_INVALID, "--wait-between requires --batch-size")
        request["DeploymentConfig"]["WaitIntervalInSeconds"] = options.wait_between
    return request
