"""Commands `reboot` and `replace`: nodes that are to recover."""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence

from hyperpod_constructs.operations.batches import on_nodes
from hyperpod_constructs.operations.live_cluster import FAILURE, LiveCluster, Node, select
from hyperpod_constructs.operations.waiting import Goal

from .confirmation import confirm
from .following import follow, leave
from .printing import counted, print_json, say, tell


def change_nodes(verb: str, options: argparse.Namespace, cluster: LiveCluster) -> int:
    """Reboots or replaces nodes.

    Returns:
        Exit status.
    """
    every = cluster.nodes()
    chosen = select(every, *options.nodes)
    question = _question(verb, chosen)
    if options.dry_run:
        say(f"Dry run: {question}")
        return 0
    if not confirm(options, question):
        sys.stderr.write("Nothing was changed.\n")
        return 1
    accepted: list[str] = []
    refused: dict[str, str] = {}
    names = {node.instance_id: node.name for node in chosen}
    for batch in on_nodes(cluster, f"batch_{verb}_cluster_nodes", chosen):
        accepted += batch.accepted
        refused |= batch.refused
        for node in batch.accepted:
            tell(f"{verb} {names[node]} {node}: sent")
        for node, reason in batch.refused.items():
            tell(f"{verb} {names.get(node, node)} {node}: refused: {reason}")
    if options.json:
        print_json({"Accepted": accepted, "Refused": refused})
    groups = {node.group for node in chosen if node.instance_id in accepted}
    ignored = {
        node.instance_id
        for node in every
        if node.status == FAILURE and node.instance_id not in accepted
    }
    goal = Goal(
        counts=Counter(
            node.group for node in every if node.group in groups and node.instance_id not in ignored
        ),
        gone=accepted if verb == "replace" else (),
        restarted=accepted if verb == "reboot" else (),
        ignored=ignored,
    )
    failed = 0
    if accepted:
        failed = follow(options, cluster, goal) if options.wait else leave(options)
    return int(bool(refused) or failed)


def _question(verb: str, nodes: Sequence[Node]) -> str:
    listed = ", ".join(f"{node.name} ({node.instance_id})" for node in nodes)
    lost = " All data on their volumes is lost." if verb == "replace" else " Their jobs end."
    return f"{verb} {counted(len(nodes), 'node')}: {listed}.{lost}"
