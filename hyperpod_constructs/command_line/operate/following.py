"""Progress of changes: with `--wait` until the nodes are running."""

import argparse

from hyperpod_constructs.operations.live_cluster import LiveCluster
from hyperpod_constructs.operations.waiting import Goal, wait_for

from .printing import tell


def leave(options: argparse.Namespace) -> int:
    """Says how to follow a change that the command does not wait for.

    Returns:
        Exit status.
    """
    tell(f"nodes {options.cluster} --watch follows the change")
    return 0


def follow(options: argparse.Namespace, cluster: LiveCluster, goal: Goal) -> int:
    """Waits for a goal.

    Returns:
        Exit status: 1 if nodes failed.
    """
    failed = wait_for(cluster, goal, interval=options.interval, timeout=options.timeout, tell=tell)
    for node in failed:
        tell(f"{node.name} {node.instance_id}: {node.status}: {node.message or 'no message'}")
    if not failed:
        tell("done")
    return int(bool(failed))
