"""What the EFA devices of this node count, as Prometheus reads it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

DEVICES = Path("/sys/class/infiniband")
# The names are those of AWS's exporter. A machine has up to 32 devices, each with some 30 counters.
COUNTERS = {
    "rx_bytes": "Bytes received.",
    "rx_drops": "Packets dropped.",
    "tx_bytes": "Bytes sent.",
    "rdma_read_bytes": "Bytes read from other nodes.",
    "rdma_read_wr_err": "Reads that failed.",
    "rdma_write_bytes": "Bytes written to other nodes.",
    "rdma_write_wr_err": "Writes that failed.",
    "retrans_pkts": "Packets sent again.",
    "unresponsive_remote_events": "Nodes that did not answer.",
}


def exposition() -> str:
    """The counters. A device does not have those of a later generation."""
    lines = []
    for name, text in COUNTERS.items():
        samples = []
        for path in sorted(DEVICES.glob(f"*/ports/*/hw_counters/{name}")):
            device, port = path.parts[-5], path.parts[-3]
            with suppress(OSError, ValueError):
                value = int(path.read_text())
                labels = f'device="{device}",port="{port}"'
                samples.append(f"node_amazonefa_{name}{{{labels}}} {value}")
        if samples:
            metric = f"node_amazonefa_{name}"
            lines += [f"# HELP {metric} {text}", f"# TYPE {metric} counter", *samples]
    return "\n".join([*lines, ""])
