"""Waiting until nodes are running.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterInstanceStatusDetails.html
"""

import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hyperpod_constructs.model.command_error import ErrorCode

from .errors import OperationError
from .live_cluster import FAILURE, RUNNING, LiveCluster, Node

_MOST_NAMED = 5


@dataclass(frozen=True)
class Goal:
    """What nodes are to become. Nodes that failed before do not count.

    Attributes:
        counts: Number of running nodes of each group.
        gone: IDs of nodes that no longer exist.
        restarted: IDs of nodes that were in another state than `Running` meanwhile.
        updated: When the AMI of nodes was updated last, by ID; it has to be later.
        ignored: IDs of nodes that failed before.
    """

    counts: Mapping[str, int]
    gone: Collection[str] = ()
    restarted: Collection[str] = ()
    updated: Mapping[str, Any] = field(default_factory=dict)
    ignored: Collection[str] = ()

    def missing(self, nodes: Sequence[Node], seen: Collection[str]) -> Sequence[str]:
        """What is missing, in words.

        Args:
            nodes: Nodes of the groups, without the ignored ones.
            seen: IDs of nodes that were in another state than `Running` meanwhile.
        """
        present = Counter(node.group for node in nodes)
        return [
            *(f"{node.name} is {node.status}" for node in nodes if node.status != RUNNING),
            *(
                f"{node.name} is not replaced yet"
                for node in nodes
                if node.instance_id in self.gone and node.status == RUNNING
            ),
            *(
                f"{node.name} was not seen to leave Running"
                for node in nodes
                if node.instance_id in self.restarted and node.instance_id not in seen
            ),
            *(
                f"{node.name} is not updated yet"
                for node in nodes
                if node.instance_id in self.updated
                and node.summary.get("LastSoftwareUpdateTime") == self.updated[node.instance_id]
            ),
            *(
                f"group {group} has {present[group]} of {count} nodes"
                for group, count in self.counts.items()
                if present[group] != count
            ),
        ]


def wait_for(
    cluster: LiveCluster,
    goal: Goal,
    *,
    interval: float,
    timeout: float,
    tell: Callable[[str], None],
) -> Sequence[Node]:
    """Waits until a goal is reached, or a node fails.

    Args:
        cluster: The cluster.
        goal: The goal.
        interval: Seconds between requests.
        timeout: Seconds to wait at most.
        tell: Receives the number of nodes in each state whenever it changes.

    Returns:
        The nodes that failed, if any.

    Raises:
        OperationError: If the time is over, or the nodes cannot be listed.
    """
    end = time.monotonic() + timeout
    seen: set[str] = set()
    before = None
    while True:
        nodes = [
            node
            for node in cluster.nodes()
            if node.group in goal.counts and node.instance_id not in goal.ignored
        ]
        states = Counter(node.status for node in nodes)
        if states != before:
            tell(", ".join(f"{count} {state}" for state, count in sorted(states.items())))
            before = states
        failed = [
            node for node in nodes if node.status == FAILURE and node.instance_id not in goal.gone
        ]
        if failed:
            return failed
        seen.update(node.instance_id for node in nodes if node.status != RUNNING)
        missing = goal.missing(nodes, seen)
        if not missing:
            return ()
        if time.monotonic() + interval > end:
            more = f", and {len(missing) - _MOST_NAMED} more" * (len(missing) > _MOST_NAMED)
            raise OperationError(
                ErrorCode.WAIT_TIMEOUT,
                f"timed out after {timeout:g} seconds: {', '.join(missing[:_MOST_NAMED])}{more}; "
                "the request continues, and nodes CLUSTER --watch follows it",
            )
        time.sleep(interval)
