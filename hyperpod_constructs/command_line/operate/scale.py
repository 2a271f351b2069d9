"""Command `scale`: the number of nodes of a group."""

import argparse
import sys
from typing import Any

from hyperpod_constructs.operations.batches import add_nodes
from hyperpod_constructs.operations.live_cluster import FAILURE, LiveCluster
from hyperpod_constructs.operations.requested_group import group_request
from hyperpod_constructs.operations.waiting import Goal

from .confirmation import confirm
from .dry_run import print_dry_run
from .following import follow, leave
from .printing import counted, print_json, say, tell

_DRIFT = (
    "If a CloudFormation stack manages the cluster, its template still has the old number, and its "
    "next update of the cluster sets that number again. Set count={count} of group {group!r} in the "
    "code of the stack, and deploy it."
)


def scale(options: argparse.Namespace, cluster: LiveCluster) -> int:
    """Changes the number of nodes.

    Returns:
        Exit status.
    """
    model = cluster.sagemaker.meta.service_model.operation_model("UpdateCluster")
    found = group_request(cluster.description, options.group, model)
    if found is None:
        raise cluster.unknown_group(options.group)
    key, group = found
    before, count = group["InstanceCount"], options.count
    added = count - before
    by_batch = (
        added > 0
        and key == "InstanceGroups"
        and cluster.description.get("NodeProvisioningMode") == "Continuous"
    )
    operation = "BatchAddClusterNodes" if by_batch else "UpdateCluster"
    what = f"{options.group}: {before} -> {counted(count, 'node')}, by {operation}."
    drift = _DRIFT.format(count=count, group=options.group)
    result = {"Group": options.group, "Before": before, "After": count}
    if not added:
        if options.json:
            print_json({**result, "Operation": None})
        else:
            say(f"{options.group}: {counted(count, 'node')}")
        return 0
    result["Operation"] = operation
    if options.dry_run:
        print_dry_run(options, f"{what} {drift}", **result)
        return 0
    if added < 0 and not confirm(
        options, f"{what} HyperPod chooses {counted(-added, 'node')} to delete, with their data."
    ):
        sys.stderr.write("Nothing was changed.\n")
        return 1
    refused = _send(cluster, options.group, added, None if by_batch else (key, group))
    tell(drift)
    if options.json:
        print_json(result)
    if refused:
        return 1
    return _wait(options, cluster) if options.wait else leave(options)


def _send(
    cluster: LiveCluster, name: str, added: int, update: tuple[str, dict[str, Any]] | None
) -> bool:
    """Sends the requests. Returns whether the service refused a part."""
    if update is not None:
        key, group = update
        changed = {**group, "InstanceCount": group["InstanceCount"] + added}
        cluster.call("update_cluster", **{key: [changed]})
        tell(f"{name}: {counted(changed['InstanceCount'], 'node')}: sent")
        return False
    refused = False
    for batch in add_nodes(cluster, name, added):
        if batch.accepted:
            tell(f"{name}: {counted(len(batch.accepted), 'node')} more: sent")
        for reason in batch.refused.values():
            refused = True
            tell(f"{name}: refused: {reason}")
    return refused


def _wait(options: argparse.Namespace, cluster: LiveCluster) -> int:

    failed = {
        node.instance_id
        for node in cluster.nodes()
        if node.group == options.group and node.status == FAILURE
    }
    counts = {options.group: options.count - len(failed)}
    return follow(options, cluster, Goal(counts, ignored=failed))
