"""Serves metrics to Prometheus, at a port that everybody reaches."""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FRESH_SECONDS = 10
MOST_CONNECTIONS = 48
MOST_CONNECTIONS_OF_A_CLIENT = 12
REQUEST_SECONDS = 5


def serve(port: int, exposition: Callable[[], str]) -> None:
    """Serves until it is stopped."""
    Server(("", port), Answer(exposition)).serve_forever()


class Server(ThreadingHTTPServer):
    """Answers several at once, and closes what is too much: one client does not stop the others."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], answer: Answer) -> None:
        super().__init__(address, Handler)
        self.answer = answer
        self._lock = threading.Lock()
        self._clients: Counter[str] = Counter()
        self._deadlines: dict[Any, float] = {}

    def process_request(self, request: Any, client_address: Any) -> None:
        """Starts a thread, if there are not too many, and not too many for this client."""
        client = client_of(client_address)
        with self._lock:
            is_too_much = (
                self._clients[client] >= MOST_CONNECTIONS_OF_A_CLIENT
                or sum(self._clients.values()) >= MOST_CONNECTIONS
            )
            if not is_too_much:
                self._clients[client] += 1
                self._deadlines[request] = time.monotonic() + REQUEST_SECONDS
        if is_too_much:
            self.shutdown_request(request)
        else:
            super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answers."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            client = client_of(client_address)
            with self._lock:
                self._deadlines.pop(request, None)
                self._clients[client] -= 1
                if not self._clients[client]:
                    del self._clients[client]

    def has_asked(self, request: Any) -> None:
        """Ends the time that a client has for its question."""
        with self._lock:
            self._deadlines.pop(request, None)

    def handle_error(self, *_: object) -> None:
        """Says nothing of clients that went away."""

    def service_actions(self) -> None:
        """Closes connections whose clients take too long, byte by byte, for their question."""
        now = time.monotonic()
        with self._lock:
            for request, end in self._deadlines.items():
                if now > end:
                    with suppress(OSError):
                        request.shutdown(socket.SHUT_RDWR)


def client_of(address: tuple[str, int]) -> str:
    """Who has an address: users of this node have all that begin with 127."""
    return "127.0.0.1" if address[0].startswith("127.") else address[0]


class Handler(BaseHTTPRequestHandler):
    """Answers every question with the metrics of the last seconds."""

    server: Server
    timeout = REQUEST_SECONDS

    def do_GET(self) -> None:
        """Sends the metrics."""
        self.server.has_asked(self.request)
        body = self.server.answer.current().encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing of each question."""


class Answer:
    """The metrics, which are read once in some seconds, by one thread."""

    def __init__(self, exposition: Callable[[], str]) -> None:
        self._exposition = exposition
        self._lock = threading.Lock()
        self._text = ""
        self._end = 0.0

    def current(self) -> str:
        """The metrics as Prometheus reads them."""
        with self._lock:
            if time.monotonic() >= self._end:
                self._text = self._exposition()
                self._end = time.monotonic() + FRESH_SECONDS
            return self._text
