"""Serves the metrics of EFA to Prometheus. Argument: port."""

from __future__ import annotations

import sys

from efa_metrics import exposition
from metrics_server import serve

if __name__ == "__main__":
    serve(int(sys.argv[1]), exposition)
