"""What the collector sends to a workspace is signed for its Region, with the credentials of the node.

Prometheus 2.42 of Debian reads the same configuration, and sends without a signature.
"""

import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread

import pytest

from tests.synth import ROOT

from .collector_program import PROGRAM
from .command import PATIENCE

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}


@pytest.mark.skipif(not PROGRAM.exists(), reason="python -m tests.nodes.collector_program")
def test_requests_are_signed(tmp_path: Path) -> None:
    received: Queue[tuple[str, str]] = Queue()

    class Workspace(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            received.put((self.path, self.headers["Authorization"] or "none"))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Workspace)
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/workspaces/ws-1/api/v1/remote_write"
    arguments = [url, "eu-west-1", "training", "gpu", "worker", "ip-1"]
    text = subprocess.run(
        [sys.executable, "-B", str(ROOT / "lifecycle_scripts" / "collector_config.py"), *arguments],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    (tmp_path / "prometheus.yml").write_text(text.replace('"15s"', '"1s"'))
    collector = subprocess.Popen(
        [
            *(str(PROGRAM), "--agent", "--config.file=prometheus.yml"),
            *("--storage.agent.path=data", "--web.listen-address=127.0.0.1:0"),
        ],
        cwd=tmp_path,
        env=CREDENTIALS,
        stderr=subprocess.DEVNULL,
    )
    try:
        path, authorization = received.get(timeout=PATIENCE)
    finally:
        collector.terminate()
        collector.wait(30)
        server.shutdown()
        server.server_close()

    assert path == "/workspaces/ws-1/api/v1/remote_write"
    assert authorization.startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert "/eu-west-1/aps/aws4_request, " in authorization
