"""Records what the panels of the Slurm dashboard show of a cluster with jobs, for the picture of it.

Run it as `python -m tests.nodes tests.nodes.record_panels`.
"""

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.observability.grafana_picture import BOARD, RECORDING
from tests.observability.panels import queries

from .collecting import collecting

MINUTES = 8
STEP = 15
JOBS = (
    "--account=research --partition=gpu --gres=gpu:4 --time=10 --wrap 'sleep 150'",
    "--account=research --partition=gpu --gres=gpu:8 --time=10 --wrap 'sleep 60'",
    "--account=teaching --partition=cpu --time=10 --wrap 'sleep 90'",
    "--account=teaching --partition=cpu --time=10 --wrap 'sleep 90'",
)


def main() -> None:
    """Lets jobs run and wait, and a node be drained."""
    with tempfile.TemporaryDirectory() as folder, collecting(Path(folder)) as (cluster, server):
        host = cluster.controller
        for account in ("research", "teaching"):
            host.run(f"sacctmgr --immediate add account {account}")
            host.run(f"sacctmgr --immediate add user root account={account}")
        begin = time.time()
        for minute in range(MINUTES):
            if minute in (1, 4):
                for job in JOBS:
                    host.run(f"sbatch {job}")
            if minute == MINUTES - 2:
                name = cluster.group("cpu")[0].name
                host.run(f"scontrol update nodename={name} state=drain reason='GPU 3 has an XID'")
            time.sleep(60)
        found: dict[str, list[dict[str, Any]]] = {}
        for title, expression in queries(BOARD, "small"):
            shown = found.setdefault(title, [])
            query = 1 + max((each["query"] for each in shown), default=-1)
            for each in server.series(expression, begin, time.time(), STEP):
                shown.append({**each, "query": query})
    RECORDING.write_text(f"{json.dumps(found)}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
