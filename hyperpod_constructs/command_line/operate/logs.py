"""Command `logs`: the logs of a node."""

import argparse
import json
import sys
from datetime import UTC, datetime

from hyperpod_constructs.operations.live_cluster import LiveCluster, select
from hyperpod_constructs.operations.logs import log_events


def logs(options: argparse.Namespace, cluster: LiveCluster) -> int:
    """Prints the events of a log stream.

    Returns:
        Exit status.
    """
    (node,) = select(cluster.nodes(), options.node)
    follow = options.interval if options.follow else None
    for event in log_events(cluster, node, options.stream, follow=follow):
        if options.json:
            sys.stdout.write(json.dumps(event) + "\n")
        else:
            time = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
            sys.stdout.write(f"{time:%Y-%m-%dT%H:%M:%SZ} {event['message'].rstrip()}\n")
        sys.stdout.flush()
    return 0
