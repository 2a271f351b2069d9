"""The queries of the dashboards, as Grafana sends them."""

import json
from typing import Any

from hyperpod_constructs.command_line.dashboards.command import DASHBOARDS, text_of

NOT_ON_THE_BENCH = {"Used space of file systems", "EFA"}
"""Panels for what the nodes of the tests do not have: disks of their own and EFA."""


def panels(name: str) -> list[dict[str, Any]]:
    """The panels of a dashboard."""
    return list(json.loads(text_of(name))["panels"])


def queries(name: str, cluster: str) -> list[tuple[str, str]]:
    """Title and expression of each query of a dashboard, for all nodes of a cluster."""
    return [
        (panel["title"], target["expr"].replace("$cluster", cluster).replace("$instance", ".+"))
        for panel in panels(name)
        for target in panel["targets"]
    ]


def all_queries(cluster: str) -> list[tuple[str, str]]:
    """The queries of all dashboards."""
    return [query for name in DASHBOARDS for query in queries(name, cluster)]
