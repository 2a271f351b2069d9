"""Where alerts arrive: an alert manager, and a webhook behind it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

import yaml

from .programs import free_port, running

ALERT_MANAGER = "prometheus-alertmanager"
Alerts = Queue[dict[str, Any]]


@contextmanager
def webhook(metrics: str = "") -> Iterator[tuple[int, Alerts]]:
    """A server that answers with metrics, and keeps the alerts that it receives."""
    received: Alerts = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(metrics.encode())

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


@contextmanager
def alert_manager(folder: Path, webhook_port: int) -> Iterator[int]:
    """An alert manager that sends to a webhook; its port."""
    port = free_port()
    settings = {
        "route": {"receiver": "webhook", "group_wait": "1s"},
        "receivers": [
            {
                "name": "webhook",
                "webhook_configs": [{"url": f"http://127.0.0.1:{webhook_port}/"}],
            }
        ],
    }
    (folder / "alertmanager.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    with running(
        folder,
        ALERT_MANAGER,
        "--config.file=alertmanager.yml",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        "--storage.path=alertmanager",
    ):
        yield port


def alerting(port: int) -> dict[str, Any]:
    """The setting of a Prometheus server that sends to this alert manager."""
    return {"alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}]}
