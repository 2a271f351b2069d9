"""Serves the metrics of Slurm to Prometheus. Arguments: port, name of the cluster."""

from __future__ import annotations

import sys

from metrics_server import serve
from slurm_metrics import SlurmMetrics

if __name__ == "__main__":
    serve(int(sys.argv[1]), SlurmMetrics(sys.argv[2]).exposition)
