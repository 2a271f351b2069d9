"""Serves price files over HTTP."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .offers import offer


class PriceServer(ThreadingHTTPServer):
    """Serves price files by Region.

    Attributes:
        content: The answer to each request.
        requests: Paths of the requests.
    """

    content: bytes = b""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content = json.dumps(offer()).encode()
        self.requests: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/{{region}}/index.json"


class _Handler(BaseHTTPRequestHandler):
    server: PriceServer

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        status = 200 if self.server.content else 503
        self.send_response(status)
        self.end_headers()
        self.wfile.write(self.server.content)

    def log_message(self, *arguments: object) -> None:
        pass


@contextmanager
def price_server() -> Iterator[PriceServer]:
    """A server that runs."""
    with PriceServer() as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()
