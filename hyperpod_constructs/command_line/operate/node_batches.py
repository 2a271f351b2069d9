"""Commands `reboot` and `replace`: nodes that are to recover."""

import argparse
import sys
from collections import Counter
from collections.abc import Collection, Sequence

from hyperpod_constructs.operations.batches import on_nodes
from hyperpod_constructs.operations.live_cluster import (
    FAILURE,
    LiveCluster,
    Node,
    is_instance_id,
    select,
)
from hyperpod_constructs.operations.waiting import Goal

from .confirmation import confirm
from .dry_run import print_dry_run
from .following import follow, leave
from .printing import counted, print_json, tell


def change_nodes(verb: str, options: argparse.Namespace, cluster: LiveCluster) -> int:
    """Reboots or replaces nodes.

    Returns:
        Exit status.
    """
    every = cluster.nodes()
    chosen = select(every, *options.nodes)
    question = _question(verb, chosen)
    if options.dry_run:
        controllers = _controllers(cluster, chosen) if verb == "replace" else {}
        print_dry_run(
            options,
            f"{question}{''.join(f' {reason}.' for reason in controllers.values())}",
            NodeIds=[node.instance_id for node in chosen if node.instance_id not in controllers],
            Refused=controllers,
        )
        return int(bool(controllers))
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
    if not accepted:
        return int(bool(refused))
    if verb == "replace":
        _tell_shifts(options.nodes)
    failed = follow(options, cluster, goal) if options.wait else leave(options)
    if verb == "replace" and options.wait:
        _tell_new_nodes(cluster, every, groups)
    return int(bool(refused) or failed)


def _controllers(cluster: LiveCluster, nodes: Sequence[Node]) -> dict[str, str]:
    """Why the service refuses to replace controllers of Slurm, by instance ID."""
    groups = {
        group["InstanceGroupName"]
        for group in cluster.description.get("InstanceGroups", ())
        if group.get("SlurmConfig", {}).get("NodeType") == "Controller"
    }
    return {
        node.instance_id: f"{node.name} is a controller of Slurm, which cannot be replaced"
        for node in nodes
        if node.group in groups
    }


def _tell_shifts(texts: Sequence[str]) -> None:
    """Says that positions may name other nodes from now on."""
    positions = [text for text in texts if not is_instance_id(text)]
    if positions:
        tell(
            f"{', '.join(positions)}: can name another node now, since positions shift; specify "
            "instance IDs to repeat the command"
        )


def _tell_new_nodes(cluster: LiveCluster, before: Sequence[Node], groups: Collection[str]) -> None:
    """Names the nodes of groups that did not exist before."""
    known = {node.instance_id for node in before}
    for node in cluster.nodes():
        if node.group in groups and node.instance_id not in known:
            tell(f"new node: {node.name} {node.instance_id}")


def _question(verb: str, nodes: Sequence[Node]) -> str:
    listed = ", ".join(f"{node.name} ({node.instance_id})" for node in nodes)
    lost = " All data on their volumes is lost." if verb == "replace" else " Their jobs end."
    return f"{verb} {counted(len(nodes), 'node')}: {listed}.{lost}"
