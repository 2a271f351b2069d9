"""An alert on its way: an exporter, a Prometheus server with the rules, an alert manager, a webhook."""

import json
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
import yaml

from hyperpod_constructs.observability.prometheus_workspace import RULES

from .programs import free_port, running

METRICS = """\
DCGM_FI_DEV_XID_ERRORS{gpu="3"} 79
DCGM_FI_DEV_XID_ERRORS{gpu="4"} 0
DCGM_FI_DEV_ROW_REMAP_FAILURE{gpu="3"} 0
"""
SECONDS_TO_WAIT = 90
PROGRAMS = ("prometheus", "prometheus-alertmanager")

Alerts = Queue[dict[str, Any]]


@pytest.fixture
def webhook() -> Iterator[tuple[int, Alerts]]:
    """A server that answers with metrics, and keeps the alerts that it receives."""
    received: Alerts = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(METRICS.encode())

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            for alert in body["alerts"]:
                received.put(alert)
            self._answer(b"")

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1], received
    server.shutdown()
    server.server_close()


@pytest.mark.skipif(
    not all(map(shutil.which, PROGRAMS)), reason=f"apt-get install {' '.join(PROGRAMS)}"
)
def test_a_fault_of_a_gpu_reaches_the_webhook(tmp_path: Path, webhook: tuple[int, Alerts]) -> None:
    port, received = webhook
    manager, server = free_port(), free_port()
    target = {"targets": [f"127.0.0.1:{port}"], "labels": {"cluster": "training"}}
    settings = {
        "alertmanager.yml": {
            "route": {"receiver": "webhook", "group_wait": "1s"},
            "receivers": [
                {
                    "name": "webhook",
                    "webhook_configs": [{"url": f"http://127.0.0.1:{port}/"}],
                }
            ],
        },
        "prometheus.yml": {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(RULES / "*.yaml")],
            "scrape_configs": [{"job_name": "dcgm", "static_configs": [target]}],
            "alerting": {
                "alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{manager}"]}]}]
            },
        },
    }
    for name, content in settings.items():
        (tmp_path / name).write_text(yaml.safe_dump(content), encoding="utf-8")

    with (
        running(
            tmp_path,
            "prometheus-alertmanager",
            "--config.file=alertmanager.yml",
            f"--web.listen-address=127.0.0.1:{manager}",
            "--cluster.listen-address=",
            "--storage.path=alertmanager",
        ),
        running(
            tmp_path,
            "prometheus",
            "--config.file=prometheus.yml",
            f"--web.listen-address=127.0.0.1:{server}",
            "--storage.tsdb.path=prometheus",
        ),
    ):
        alert = received.get(timeout=SECONDS_TO_WAIT)

    assert alert["status"] == "firing"
    assert alert["labels"]["alertname"] == "GpuXidError"
    assert alert["annotations"]["summary"] == (
        f"GPU 3 of node 127.0.0.1:{port} of cluster training reports XID 79."
    )
    assert received.empty()
