"""Command `health-check`: deep health checks of nodes."""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

from hyperpod_constructs.operations.live_cluster import FAILURE, LiveCluster, Node, select
from hyperpod_constructs.operations.waiting import Goal

from .confirmation import confirm
from .following import follow, leave
from .printing import counted, print_json, say, tell

_DEFAULT = ("InstanceStress", "InstanceConnectivity")
_MOST_IDS = 500


def health_check(options: argparse.Namespace, cluster: LiveCluster) -> int:
    """Starts deep health checks.

    Returns:
        Exit status.
    """
    every = cluster.nodes()
    chosen = select(every, *options.targets, groups=True)
    checks = options.check or list(_DEFAULT)
    question = (
        f"health-check of {counted(len(chosen), 'node')} by {', '.join(checks)}: "
        f"{', '.join(node.name for node in chosen)}. Jobs do not run on the nodes meanwhile, and "
        "HyperPod reboots or replaces nodes that fail."
    )
    if options.dry_run:
        say(f"Dry run: {question}")
        return 0
    if not confirm(options, question):
        sys.stderr.write("Nothing was changed.\n")
        return 1
    configurations = _configurations(chosen, options.targets, checks)
    answer = cluster.call(
        "start_cluster_health_check", DeepHealthCheckConfigurations=configurations
    )
    tell("health-check: sent; logs CLUSTER NODE --stream deep-health-check prints the results")
    if options.json:
        print_json(
            {"ClusterArn": answer["ClusterArn"], "DeepHealthCheckConfigurations": configurations}
        )
    if not options.wait:
        return leave(options)
    ignored = {node.instance_id for node in every if node.status == FAILURE}
    checked = [node.instance_id for node in chosen if node.instance_id not in ignored]
    groups = {node.group for node in chosen}
    goal = Goal(
        counts=Counter(
            node.group for node in every if node.group in groups and node.instance_id not in ignored
        ),
        restarted=checked,
        ignored=ignored,
    )
    return follow(options, cluster, goal)


def _configurations(
    nodes: Sequence[Node], targets: Sequence[str], checks: Sequence[str]
) -> list[dict[str, Any]]:
    """A configuration for each group. Without instance IDs, it is for all nodes of the group."""
    by_group: dict[str, list[str]] = {}
    for node in nodes:
        by_group.setdefault(node.group, []).append(node.instance_id)
    return [
        {"InstanceGroupName": group, "DeepHealthChecks": list(checks), **part}
        for group, ids in by_group.items()
        for part in ([{}] if group in targets else _parts(ids))
    ]


def _parts(ids: Sequence[str]) -> list[dict[str, Sequence[str]]]:
    return [
        {"InstanceIds": ids[first : first + _MOST_IDS]} for first in range(0, len(ids), _MOST_IDS)
    ]
