"""Events that HyperPod sends, and events that differ from them in one value."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Event = dict[str, Any]
SAMPLES: dict[str, Event] = json.loads(
    Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
)
"""The samples of the documentation, and of clusters that were observed."""
NAME = "sample-cluster"
ARN = SAMPLES["node_health"]["resources"][0]
_OTHER_ARN = ARN.replace("abcdef", "fedcba")


def with_value(event: Event, path: str, value: object) -> Event:
    """An event with another value at a path such as `detail.ClusterStatus`."""
    changed = copy.deepcopy(event)
    *outer, last = path.split(".")
    part: Any = changed
    for key in outer:
        part = part[int(key) if key.isdigit() else key]
    part[last] = value
    return changed


def of_others(event: Event) -> Iterator[tuple[str, Event]]:
    """The same event of another cluster, another source and another type."""
    other = json.loads(json.dumps(event).replace(NAME, f"{NAME}-2").replace(ARN, _OTHER_ARN))
    yield "other cluster", other
    yield "other source", with_value(event, "source", "aws.ec2")
    yield "other type", with_value(event, "detail-type", "SageMaker Training Job State Change")


STATES = {
    status: with_value(SAMPLES["cluster_state_change"], "detail.ClusterStatus", status)
    for status in ("Creating", "Deleting", "Failed", "InService", "RollingBack", "SystemUpdating")
}
"""A change to each status; a group of the cluster is `Failed`."""
EVERY_EVENT = {
    **SAMPLES,
    **{f"state {status}": event for status, event in STATES.items()},
    "groups in service": with_value(
        SAMPLES["cluster_state_change"], "detail.InstanceGroups.0.Status", "InService"
    ),
    "no groups": with_value(SAMPLES["cluster_state_change"], "detail.InstanceGroups", []),
    "healthy node": with_value(
        SAMPLES["node_health"], "detail.HealthSummary.HealthStatus", "Healthy"
    ),
}
