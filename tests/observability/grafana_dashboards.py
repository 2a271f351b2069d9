"""Writes the Grafana dashboards of the package, from the panels below.

Run it as `python -m tests.observability.grafana_dashboards`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import BigValueGraphMode
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, DataSourceRef
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from tests.synth import ROOT

FOLDER = ROOT / "hyperpod_constructs" / "command_line" / "dashboards"
COMMAND = "python -m tests.observability.grafana_dashboards"
_SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
_COLUMNS = 24
_WIDTHS = {"series": 12, "table": _COLUMNS}
_HEIGHTS = {"number": 4, "series": 8, "table": 8}
_KINDS: dict[str, Any] = {
    "number": lambda: (
        stat.Panel()
        .graph_mode(BigValueGraphMode.NONE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    ),
    "series": timeseries.Panel,
    "table": table.Panel,
}


@dataclass(frozen=True)
class Panel:
    """A panel: what it shows, as what, and its queries with the text of their legends."""

    title: str
    queries: Sequence[tuple[str, str]]
    kind: str = "series"
    unit: str = "short"


@dataclass(frozen=True)
class Board:
    """A dashboard: its title, what a user chooses, and its panels."""

    title: str
    variables: Sequence[tuple[str, str]]
    panels: Sequence[Panel]


_CLUSTER = ("cluster", "label_values(up, cluster)")
_NODE_SELECTOR = 'cluster="$cluster",instance=~"$instance"'
"""What `@` stands for in the panels of nodes."""


def _instances(job: str) -> tuple[str, str]:
    """The variable of the nodes with an exporter."""
    return "instance", f'label_values(up{{cluster="$cluster",job="{job}"}}, instance)'


def _slurm(metric: str, *labels: str, **matching: str) -> str:
    """A metric of the cluster, of which each controller may have a copy."""
    selected = "".join(f",{name}={value}" for name, value in matching.items())
    return f'max by ({", ".join(("cluster", *labels))}) ({metric}{{cluster="$cluster"{selected}}})'


def _both(expression: str, *values: str, legend: str = "{{instance}} ") -> list[tuple[str, str]]:
    """A query for each of some values, which `#` stands for."""
    return [(expression.replace("#", value), f"{legend}{value}") for value in values]


_SLURM = [
    Panel("slurmctld answers", [(_slurm("slurm_up"), "")], "number", "bool_yes_no"),
    Panel("slurmdbd answers", [(_slurm("slurm_slurmdbd_up"), "")], "number", "bool_yes_no"),
    Panel("Nodes", [(f"sum({_slurm('slurm_cluster_nodes', 'state')})", "")], "number"),
    Panel(
        "Unavailable nodes",
        [(f"count({_slurm('slurm_node_unavailable', 'node')}) or vector(0)", "")],
        "number",
    ),
    Panel("Allocated GPUs", [(_slurm("slurm_gpus", state='"allocated"'), "")], "number"),
    Panel("GPUs", [(_slurm("slurm_gpus", state='"total"'), "")], "number"),
    Panel("Nodes by state", [(_slurm("slurm_cluster_nodes", "state"), "{{state}}")]),
    Panel(
        "Jobs by state",
        [(f"sum by (state) ({_slurm('slurm_jobs', 'partition', 'state')})", "{{state}}")],
    ),
    Panel(
        "Pending jobs by partition",
        [(_slurm("slurm_jobs", "partition", state='"pending"'), "{{partition}}")],
    ),
    Panel(
        "Age of the oldest pending job",
        [(_slurm("slurm_oldest_pending_job_seconds", "partition"), "{{partition}}")],
        unit="s",
    ),
    Panel(
        "GPUs by partition",
        [(_slurm("slurm_partition_gpus", "partition", "state"), "{{partition}} {{state}}")],
    ),
    Panel("Processors by state", [(_slurm("slurm_cpus", "state"), "{{state}}")]),
    Panel(
        "Running jobs by account",
        [(_slurm("slurm_account_jobs", "account", state='"running"'), "{{account}}")],
    ),
    Panel("GPUs by account", [(_slurm("slurm_account_gpus", "account"), "{{account}}")]),
    Panel(
        "Last cycle of the schedulers",
        [
            (
                _slurm("slurm_scheduler_cycle_seconds", "scheduler", statistic='"last"'),
                "{{scheduler}}",
            )
        ],
        unit="s",
    ),
    Panel(
        "Requests and records that wait",
        [
            (_slurm("slurm_slurmctld_threads"), "threads of slurmctld"),
            (_slurm("slurm_slurmdbd_queue_length"), "records for slurmdbd"),
        ],
    ),
    Panel(
        "Unavailable nodes and reasons",
        [(_slurm("slurm_node_unavailable", "node", "state", "reason"), "")],
        "table",
    ),
]
_NODES = [
    Panel("Nodes", [('count(up{@,job="node"} == 1)', "")], "number"),
    Panel("Exporters that do not answer", [("count(up{@} == 0) or vector(0)", "")], "number"),
    Panel(
        "Busy processors",
        [
            (
                '1 - avg by (instance) (rate(node_cpu_seconds_total{@,mode="idle"}[5m]))',
                "{{instance}}",
            )
        ],
        unit="percentunit",
    ),
    Panel("Load of the last minute", [("node_load1{@}", "{{instance}}")]),
    Panel(
        "Available memory",
        [("node_memory_MemAvailable_bytes{@} / node_memory_MemTotal_bytes{@}", "{{instance}}")],
        unit="percentunit",
    ),
    Panel(
        "Waiting for memory and disks",
        _both("rate(node_pressure_#_waiting_seconds_total{@}[5m])", "memory", "io"),
        unit="percentunit",
    ),
    Panel(
        "Used space of file systems",
        [
            (
                "1 - node_filesystem_avail_bytes{@} / node_filesystem_size_bytes{@}",
                "{{instance}} {{mountpoint}}",
            )
        ],
        unit="percentunit",
    ),
    Panel(
        "Disks",
        _both("sum by (instance) (rate(node_disk_#_bytes_total{@}[5m]))", "read", "written"),
        unit="Bps",
    ),
    Panel(
        "Network",
        _both(
            'sum by (instance) (rate(node_network_#_bytes_total{@,device!="lo"}[5m]))',
            *("receive", "transmit"),
        ),
        unit="Bps",
    ),
    Panel(
        "Errors of the network",
        _both("sum by (instance) (rate(node_network_#_errs_total{@}[5m]))", "receive", "transmit"),
    ),
    Panel(
        "EFA",
        _both(
            "sum by (instance) (rate(node_amazonefa_#_bytes{@}[5m]))",
            *("rx", "tx", "rdma_read", "rdma_write"),
        ),
        unit="Bps",
    ),
    Panel(
        "Metrics that wait to be written",
        [("prometheus_remote_storage_samples_pending{@}", "{{instance}}")],
    ),
]
_GPUS = [
    Panel("GPUs", [("count(DCGM_FI_DEV_GPU_TEMP{@})", "")], "number"),
    Panel(
        "GPUs with an XID", [("count(DCGM_FI_DEV_XID_ERRORS{@} > 0) or vector(0)", "")], "number"
    ),
    Panel(
        "GPUs that cannot remap rows",
        [("count(DCGM_FI_DEV_ROW_REMAP_FAILURE{@} > 0) or vector(0)", "")],
        "number",
    ),
    Panel("Power", [("sum(DCGM_FI_DEV_POWER_USAGE{@})", "")], "number", "watt"),
    *(
        Panel(title, [(f"{by} by (instance) ({metric}{{@}})", "{{instance}}")], unit=unit)
        for title, by, metric, unit in (
            ("Use of GPUs", "avg", "DCGM_FI_DEV_GPU_UTIL", "percent"),
            ("Use of tensor cores", "avg", "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", "percentunit"),
            ("Hottest GPU of each node", "max", "DCGM_FI_DEV_GPU_TEMP", "celsius"),
            ("Hottest memory of each node", "max", "DCGM_FI_DEV_MEMORY_TEMP", "celsius"),
            ("Power of each node", "sum", "DCGM_FI_DEV_POWER_USAGE", "watt"),
            ("GPUs of each node", "count", "DCGM_FI_DEV_GPU_TEMP", "short"),
            ("Used memory", "sum", "DCGM_FI_DEV_FB_USED", "mbytes"),
            ("NVLink", "sum", "DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL", "MBs"),
        )
    ),
    Panel(
        "Remapped rows",
        _both(
            "DCGM_FI_DEV_#_REMAPPED_ROWS{@}",
            *("CORRECTABLE", "UNCORRECTABLE"),
            legend="{{instance}} {{gpu}} ",
        ),
    ),
    Panel(
        "Clock of the processors of GPUs",
        [("1e6 * avg by (instance) (DCGM_FI_DEV_SM_CLOCK{@})", "{{instance}}")],
        unit="hertz",
    ),
    Panel("XID errors", [("DCGM_FI_DEV_XID_ERRORS{@} > 0", "")], "table"),
]
BOARDS = {
    "slurm": Board("HyperPod: Slurm", [_CLUSTER], _SLURM),
    "nodes": Board("HyperPod: nodes", [_CLUSTER, _instances("node")], _NODES),
    "gpus": Board("HyperPod: GPUs", [_CLUSTER, _instances("dcgm")], _GPUS),
}


def text_of(name: str) -> str:
    """A dashboard as Grafana imports it."""
    board = BOARDS[name]
    built = (
        dashboard.Dashboard(board.title)
        .uid(f"hyperpod-{name}")
        .tags(["hyperpod"])
        .refresh("1m")
        .time("now-6h", "now")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .with_variable(
            dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus")
        )
    )
    for variable, query in board.variables:
        chosen = dashboard.QueryVariable(variable).datasource(_SOURCE).query(query)
        if variable == "instance":
            chosen = chosen.label("Node").multi(True).include_all(True)
        else:
            chosen = chosen.label("Cluster")
        built = built.with_variable(chosen)
    numbers = sum(panel.kind == "number" for panel in board.panels)
    for panel in board.panels:
        width = _WIDTHS.get(panel.kind, _COLUMNS // numbers)
        built = built.with_panel(_panel(panel).span(width))
    return f"{JSONEncoder(sort_keys=True, indent=2).encode(built.build())}\n"


def _panel(panel: Panel) -> Any:
    made = (
        _KINDS[panel.kind]()
        .title(panel.title)
        .datasource(_SOURCE)
        .unit(panel.unit)
        .height(_HEIGHTS[panel.kind])
    )
    for index, (expression, legend) in enumerate(panel.queries):
        query = (
            prometheus.Dataquery()
            .expr(expression.replace("@", _NODE_SELECTOR))
            .ref_id(chr(ord("A") + index))
        )
        if legend:
            query = query.legend_format(legend)
        if panel.kind != "series":
            query = query.instant()
        if panel.kind == "table":
            query = query.format(PromQueryFormat.TABLE)
        made = made.with_target(query)
    return made


if __name__ == "__main__":
    for each in BOARDS:
        (FOLDER / f"{each}.json").write_text(text_of(each), encoding="utf-8")
