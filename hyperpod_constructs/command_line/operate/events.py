"""Command `events`: what happened to a cluster."""

import argparse
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from hyperpod_constructs.model.command_error import ErrorCode
from hyperpod_constructs.operations.errors import OperationError
from hyperpod_constructs.operations.live_cluster import LiveCluster, select

from .printing import counted, moment, print_json, print_table, without_metadata

_EVENT_ID = re.compile(r"[a-f0-9]{8}(-[a-f0-9]{4}){3}-[a-f0-9]{12}")
_INSTANCE_ID = re.compile(r"i-[a-f0-9]{8}(?:[a-f0-9]{9})?")
"""What ListClusterEvents accepts."""
_COLUMNS = ("TIME", "LEVEL", "RESOURCE", "EVENT", "DESCRIPTION")


def events(options: argparse.Namespace, cluster: LiveCluster) -> int:
    """Prints events.

    Returns:
        Exit status.
    """
    if options.event is not None:
        if not _EVENT_ID.fullmatch(options.event):
            raise OperationError(
                ErrorCode.ARGUMENT_INVALID,
                f"{options.event!r}: is not the ID of an event; --node and --group select events",
            )
        answer = cluster.call("describe_cluster_event", EventId=options.event)
        print_json(without_metadata(answer))
        return 0
    found = list(
        cluster.pages(
            "list_cluster_events",
            "Events",
            SortBy="EventTime",
            SortOrder="Descending",
            **_filters(options, cluster),
        )
    )
    if not found and options.node is not None and not _exists(options.node, cluster):
        raise OperationError(
            ErrorCode.NODE_UNKNOWN,
            f"{options.node!r}: is not a node of the cluster, and has no such events; nodes CLUSTER "
            "lists the nodes",
        )
    if options.group is not None and not found and options.group not in cluster.group_names():
        raise cluster.unknown_group(options.group)
    if options.json:
        print_json({"Events": found})
    else:
        print_table(_COLUMNS, [_row(event) for event in found], optional=("EVENT",))
        sys.stderr.write(f"{counted(len(found), 'event')}\n")
    return 0


def _filters(options: argparse.Namespace, cluster: LiveCluster) -> Mapping[str, Any]:

    filters: dict[str, Any] = {}
    if options.group is not None:
        filters["InstanceGroupName"] = options.group
    if options.node is not None:
        filters["NodeId"] = _instance_id(options.node, cluster)
    if options.hours is not None:
        filters["EventTimeAfter"] = datetime.now(UTC) - timedelta(hours=options.hours)
    return filters


def _exists(node: str, cluster: LiveCluster) -> bool:
    """Whether there is a node; a group and a number have named one."""
    return not _INSTANCE_ID.fullmatch(node) or any(
        each.instance_id == node for each in cluster.nodes()
    )


def _instance_id(text: str, cluster: LiveCluster) -> str:
    """The ID of an instance, which may no longer exist, or that of a node such as `gpu/0`."""
    return text if _INSTANCE_ID.fullmatch(text) else select(cluster.nodes(), text)[0].instance_id


def _row(event: Mapping[str, Any]) -> tuple[str, ...]:
    resource = event.get("InstanceId") or event.get("InstanceGroupName") or event["ResourceType"]
    return (
        moment(event["EventTime"]),
        event.get("EventLevel", ""),
        resource,
        event["EventId"],
        event.get("Description", ""),
    )
