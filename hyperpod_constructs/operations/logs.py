"""Logs of nodes in CloudWatch.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-lifecycle-best-practices-slurm.html
"""

import time
from collections.abc import Iterator, Mapping
from typing import Any

from hyperpod_constructs.model.command_error import ErrorCode

from .errors import OperationError, one_line_errors
from .live_cluster import GONE, RUNNING, LiveCluster, Node

STREAMS: Mapping[str, str] = {
    "lifecycle": "LifecycleConfig/{group}/{instance_id}",
    "health": "SagemakerHealthMonitoringAgent/{group}/{instance_id}",
    "deep-health-check": "DeepHealthCheckResults/{instance_id}",
}
"""Log streams of a node, by name."""


def log_group(name: str, cluster_id: str) -> str:
    """The log group of a cluster."""
    return f"/aws/sagemaker/Clusters/{name}/{cluster_id}"


def log_events(
    cluster: LiveCluster, node: Node, stream: str, *, follow: float | None
) -> Iterator[Mapping[str, Any]]:
    """The events of a log stream, from the oldest to the newest.

    Args:
        cluster: The cluster.
        node: The node.
        stream: Name of the stream, one of `STREAMS`.
        follow: Seconds after which new events are read, without end. None to end with the newest.

    Raises:
        OperationError: If the stream cannot be read, or does not exist and `follow` is None.
    """
    client = cluster.account.client("logs")
    group = log_group(cluster.name, cluster.cluster_id)
    name = STREAMS[stream].format(group=node.group, instance_id=node.instance_id)
    request = {"logGroupName": group, "logStreamName": name, "startFromHead": True}
    more: Mapping[str, str] = {}
    while True:
        try:
            with one_line_errors():
                page = client.get_log_events(**request, **more)
        except OperationError as error:
            if error.service_code != "ResourceNotFoundException":
                raise
            if follow is None:
                raise OperationError(ErrorCode.LOG_MISSING, _missing(node, name, group)) from error
            time.sleep(follow)
            continue
        yield from page["events"]
        token = page["nextForwardToken"]
        if token == more.get("nextToken"):
            if follow is None:
                return
            time.sleep(follow)
        more = {"nextToken": token}


def _missing(node: Node, stream: str, group: str) -> str:
    if node.status == GONE:
        return (
            f"{node.instance_id} is not a node of the cluster, and has no log stream {stream}; verify "
            "its group"
        )
    what = f"{node.name} is {node.status} and has no log stream {stream} in the log group {group}"
    if node.status == RUNNING:
        return (
            f"{what}; its instance group may have no lifecycle scripts, or nothing has been logged; "
            "--follow waits for it"
        )
    message = f"; message of the node: {node.message}" if node.message else ""
    return f"{what} yet{message}; --follow waits for it"
