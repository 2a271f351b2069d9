"""Command `health-check`: deep health checks of nodes."""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

from hyperpod_constructs.model.groups.instance_types import instance_types
from hyperpod_constructs.operations.live_cluster import FAILURE, LiveCluster, Node, select
from hyperpod_constructs.operations.waiting import Goal

from .confirmation import confirm
from .dry_run import print_dry_run
from .following import follow, leave
from .printing import counted, print_json, tell

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
        f"HyperPod reboots or replaces nodes that fail.{_without_accelerators(chosen)}"
    )
    configurations = _configurations(chosen, options.targets, checks)
    if options.dry_run:
        print_dry_run(options, question, DeepHealthCheckConfigurations=configurations)
        return int(bool(_without_accelerators(chosen)))
    if not confirm(options, question):
        sys.stderr.write("Nothing was changed.\n")
        return 1
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


def _without_accelerators(nodes: Sequence[Node]) -> str:
    """Says which nodes have no accelerators; empty if all have some, as far as is known."""
    types = instance_types()
    found = [
        f"{node.name} ({node.summary['InstanceType']})"
        for node in nodes
        if node.summary.get("InstanceType") in types
        and not types[node.summary["InstanceType"]].accelerated
    ]
    if not found:
        return ""
    return f" Deep health checks do not run on nodes without accelerators: {', '.join(found)}."


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
