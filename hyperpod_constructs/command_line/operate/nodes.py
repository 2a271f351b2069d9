"""Command `nodes`: the nodes of a cluster."""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence

from hyperpod_constructs.operations.live_cluster import LiveCluster, Node

from .printing import counted, moment, print_json, print_table, tell

_COLUMNS = ("NODE", "INSTANCE", "STATE", "TYPE", "LAUNCHED", "IMAGE", "IMAGE STATUS", "MESSAGE")
_OPTIONAL = ("IMAGE STATUS", "TYPE", "IMAGE", "LAUNCHED")
_FAILING = ("Failure", "NotFound")


def nodes(options: argparse.Namespace, cluster: LiveCluster) -> int:
    """Prints nodes.

    Returns:
        Exit status.
    """
    found = _chosen(options, cluster)
    if options.json:
        print_json({"Nodes": [{"Name": node.name, **node.summary} for node in found]})
    else:
        print_table(_COLUMNS, [_row(node) for node in found], optional=_OPTIONAL)
        states = Counter(node.status for node in found)
        counts = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
        sys.stderr.write(f"{counted(len(found), 'node')}{': ' if counts else ''}{counts}\n")
    if options.watch:
        _watch(options, cluster, found)
    return int(options.failing and bool(found))


def _watch(options: argparse.Namespace, cluster: LiveCluster, before: Sequence[Node]) -> None:
    """Reports changes until the process is interrupted."""
    known = {node.instance_id: node for node in before}
    while True:
        sys.stdout.flush()
        time.sleep(options.interval)
        now = {node.instance_id: node for node in _chosen(options, cluster)}
        for each in known.keys() - now.keys():
            tell(f"{known[each].name} {each}: {known[each].status} -> gone")
        for each, node in now.items():
            old = known[each].status if each in known else "new"
            if old != node.status:
                message = f" ({node.message})" if node.message else ""
                tell(f"{node.name} {each}: {old} -> {node.status}{message}")
        known = now


def _chosen(options: argparse.Namespace, cluster: LiveCluster) -> Sequence[Node]:
    return [
        node
        for node in cluster.nodes()
        if (options.group is None or node.group == options.group)
        and (not options.failing or node.status in _FAILING)
    ]


def _row(node: Node) -> Sequence[str]:
    summary = node.summary
    return (
        node.name,
        node.instance_id,
        node.status,
        str(summary.get("InstanceType", "")),
        moment(summary.get("LaunchTime")),
        str(summary.get("CurrentImageReleaseVersion", "")),
        str(summary.get("ImageVersionStatus", "")),
        node.message,
    )
