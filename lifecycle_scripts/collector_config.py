"""Prints the configuration of the collector: the exporters of this node, and what of them is kept.

Arguments: URL to write to, region to sign requests for or nothing, cluster, instance group, type and name of
the node, and the exporters.
"""

from __future__ import annotations

import json
import sys
from typing import Any

SCRAPE_INTERVAL = "15s"
JOBS = {
    "node": ("node", 9100),
    "efa": ("efa", 9109),
    "gpu": ("dcgm", 9400),
    "slurm": ("slurm", 9341),
}
COLLECTOR = ("collector", 9099)
# Each series costs money. The node exporter has thousands of them on a machine with many processors.
NODE_METRICS = (
    *("boot_time_seconds", "cpu_seconds_total", "edac_.+", "load(1|5|15)"),
    *("disk_(io_time_seconds|read_bytes|written_bytes)_total", "infiniband_.+", "pressure_.+"),
    *("filesystem_(avail_bytes|files|files_free|readonly|size_bytes)", "procs_(blocked|running)"),
    *("memory_(MemAvailable|MemTotal|SwapFree|SwapTotal)_bytes", "textfile_scrape_error"),
    *("network_(receive|transmit)_(bytes|drop|errs)_total", "timex_(offset_seconds|sync_status)"),
    *("uname_info", "vmstat_oom_kill"),
)
COLLECTOR_METRICS = (
    "process_(cpu_seconds_total|resident_memory_bytes)",
    "prometheus_remote_storage_samples_(dropped_total|failed_total|pending|total)",
    "prometheus_remote_storage_(highest_timestamp_in|queue_highest_sent_timestamp)_seconds",
)
BUSY_MODES = "iowait|irq|nice|softirq|steal|system|user"
# Each container adds interfaces, and each session of a user a file system.
PASSING_DEVICES = "(br-|cali|cni|docker|veth).*"
PASSING_FILE_SYSTEMS = "autofs|devtmpfs|nsfs|overlay|ramfs|squashfs|tmpfs"


def main() -> None:
    """Prints it as JSON, which is YAML too."""
    url, region, cluster, group, node_type, name, *exporters = sys.argv[1:]
    labels = {"instance": name, "instance_group": group, "node_type": node_type}
    settings = {
        "global": {"scrape_interval": SCRAPE_INTERVAL, "external_labels": {"cluster": cluster}},
        "scrape_configs": [
            *(job(*JOBS[exporter], labels) for exporter in exporters),
            job(*COLLECTOR, labels),
        ],
        "remote_write": [remote_write(url, region)],
    }
    print(json.dumps(settings, indent=2))  # noqa: T201


def remote_write(url: str, region: str) -> dict[str, Any]:
    """Where samples go. Nothing is given up while the other end is away or has too much to do."""
    signature = {"sigv4": {"region": region}} if region else {}
    queue = {
        "capacity": 5000,
        "max_samples_per_send": 1000,
        "max_shards": 4,
        "max_backoff": "30s",
        "retry_on_http_429": True,
    }
    return {"url": url, **signature, "queue_config": queue}


def job(name: str, port: int, labels: dict[str, str]) -> dict[str, Any]:
    """An exporter. Whatever listens at its port cannot fill the collector."""
    return {
        "job_name": name,
        "static_configs": [{"targets": [f"127.0.0.1:{port}"], "labels": labels}],
        "sample_limit": 10000,
        "label_limit": 40,
        "label_value_length_limit": 500,
        "body_size_limit": "10MB",
        "metric_relabel_configs": relabeling(name),
    }


def relabeling(job_name: str) -> list[dict[str, Any]]:
    """What is kept of the metrics of a job."""
    if job_name == COLLECTOR[0]:
        return [rule("keep", ["__name__"], "|".join(COLLECTOR_METRICS))]
    if job_name != JOBS["node"][0]:
        return []
    return [
        rule("keep", ["__name__"], f"node_({'|'.join(NODE_METRICS)})|hyperpod_.+"),
        rule("drop", ["__name__", "mode"], f"node_cpu_seconds_total;({BUSY_MODES})"),
        rule("drop", ["device"], PASSING_DEVICES),
        rule("drop", ["fstype"], PASSING_FILE_SYSTEMS),
    ]


def rule(action: str, labels: list[str], expression: str) -> dict[str, Any]:
    """A rule for all series whose labels match."""
    return {"action": action, "source_labels": labels, "regex": expression}


if __name__ == "__main__":
    main()
