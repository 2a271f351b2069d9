"""Command `logs`: the logs of a node."""

import argparse
import json
import sys
from datetime import UTC, datetime

from hyperpod_constructs.operations.errors import OperationError
from hyperpod_constructs.operations.live_cluster import (
    LiveCluster,
    Node,
    gone_node,
    is_instance_id,
    select,
)
from hyperpod_constructs.operations.logs import log_events


def logs(options: argparse.Namespace, cluster: LiveCluster) -> int:
    """Prints the events of a log stream.

    Returns:
        Exit status.
    """
    node = _node(options, cluster)
    follow = options.interval if options.follow else None
    for event in log_events(cluster, node, options.stream, follow=follow):
        if options.json:
            sys.stdout.write(json.dumps(event) + "\n")
        else:
            time = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
            sys.stdout.write(f"{time:%Y-%m-%dT%H:%M:%SZ} {event['message'].rstrip()}\n")
        sys.stdout.flush()
    return 0


def _node(options: argparse.Namespace, cluster: LiveCluster) -> Node:
    """The node of the options; one that no longer exists has the group of the options.

    Raises:
        OperationError: If there is no such node.
    """
    try:
        (node,) = select(cluster.nodes(), options.node)
    except OperationError as error:
        if not is_instance_id(options.node):
            raise
        if options.group is None:
            hint = "--group GROUP reads the log of a node that no longer exists"
            raise OperationError(error.code, f"{error}; {hint}") from error
        return gone_node(options.group, options.node)
    return node
