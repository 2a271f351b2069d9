"""Command `nodes`: the nodes of a cluster."""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from hyperpod_constructs.operations.live_cluster import LiveCluster, Node
from hyperpod_constructs.operations.node_scripts import NodeScripts, node_scripts

from .printing import counted, moment, print_json, print_table, tell

_COLUMNS = (
    *("NODE", "INSTANCE", "STATE", "TYPE", "LAUNCHED", "IMAGE", "IMAGE STATUS", "SCRIPTS"),
    "MESSAGE",
)
_OPTIONAL = ("IMAGE STATUS", "TYPE", "IMAGE", "LAUNCHED")
_FAILING = ("Failure", "NotFound")


def nodes(options: argparse.Namespace, cluster: LiveCluster) -> int:
    """Prints nodes.

    Returns:
        Exit status.
    """
    of_group = _of_group(options, cluster)
    found = _chosen(options, of_group)
    if options.group is not None and not found and options.group not in cluster.group_names():
        raise cluster.unknown_group(options.group)
    scripts = node_scripts(cluster, found) if options.scripts else {}
    if options.json:
        print_json({"Nodes": [_in_json(node, scripts) for node in found]})
    else:
        print_table(_COLUMNS, [_row(node, scripts) for node in found], optional=_OPTIONAL)
        states = Counter(node.status for node in found)
        counts = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
        what = (
            f"{len(found)} of {counted(len(of_group), 'node')} {'is' if len(found) == 1 else 'are'} failing"
            if options.failing
            else counted(len(found), "node")
        )
        sys.stderr.write(f"{what}{': ' if counts else ''}{counts}\n")
    if options.watch:
        _watch(options, cluster, found)
    return int(options.failing and bool(found))


def _watch(options: argparse.Namespace, cluster: LiveCluster, before: Sequence[Node]) -> None:
    """Reports changes until the process is interrupted."""
    known = {node.instance_id: node for node in before}
    while True:
        sys.stdout.flush()
        time.sleep(options.interval)
        now = {node.instance_id: node for node in _chosen(options, _of_group(options, cluster))}
        for each in known.keys() - now.keys():
            _report(options, known[each], known[each].status, "gone")
        for each, node in now.items():
            old = known[each].status if each in known else "new"
            if old != node.status:
                _report(options, node, old, node.status, node.message)
        known = now


def _report(
    options: argparse.Namespace, node: Node, before: str, after: str, message: str = ""
) -> None:
    """Reports a change of a state."""
    if options.json:
        change = {"Name": node.name, "InstanceId": node.instance_id}
        print_json({**change, "Before": before, "After": after, "Message": message})
        return
    reason = f" ({message})" if message else ""
    tell(f"{node.name} {node.instance_id}: {before} -> {after}{reason}")


def _of_group(options: argparse.Namespace, cluster: LiveCluster) -> Sequence[Node]:
    return [node for node in cluster.nodes() if options.group in {None, node.group}]


def _chosen(options: argparse.Namespace, of_group: Sequence[Node]) -> Sequence[Node]:
    return [node for node in of_group if not options.failing or node.status in _FAILING]


def _row(node: Node, scripts: Mapping[str, NodeScripts]) -> Sequence[str]:
    summary = node.summary
    return (
        node.name,
        node.instance_id,
        node.status,
        str(summary.get("InstanceType", "")),
        moment(summary.get("LaunchTime")),
        str(summary.get("CurrentImageReleaseVersion", "")),
        str(summary.get("ImageVersionStatus", "")),
        _version(scripts.get(node.instance_id)),
        node.message,
    )


def _version(scripts: NodeScripts | None) -> str:
    if scripts is None:
        return ""
    if not scripts.uri:
        return "not known"
    return scripts.version if scripts.is_current else f"{scripts.version} (earlier)"


def _in_json(node: Node, scripts: Mapping[str, NodeScripts]) -> dict[str, Any]:
    found = scripts.get(node.instance_id)
    more = {} if found is None else {"Scripts": {**found._asdict(), "version": found.version}}
    return {"Name": node.name, **node.summary, **more}
