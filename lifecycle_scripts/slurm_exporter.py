"""Serves what Slurm knows of nodes, processors, GPUs and jobs to Prometheus. Argument: port."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATH = "/opt/slurm/bin:/usr/local/bin:/usr/bin:/bin"
TIMEOUT_SECONDS = 20
FRESH_SECONDS = 10
MOST_CONNECTIONS = 48
MOST_CONNECTIONS_OF_A_CLIENT = 12
REQUEST_SECONDS = 5

HELP = {
    "slurm_up": "Whether slurmctld answers.",
    "slurm_nodes": "Nodes of a partition in a state.",
    "slurm_jobs": "Jobs of a partition in a state.",
    "slurm_cpus": "Processors in a state.",
    "slurm_gpus": "GPUs in a state.",
}


def main() -> None:
    """Serves until it is stopped."""
    Server(("", int(sys.argv[1])), Handler).serve_forever()


class Server(ThreadingHTTPServer):
    """Answers several at once, and closes what is too much: one client does not stop the others."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._lock = threading.Lock()
        self._clients: Counter[str] = Counter()
        self._deadlines: dict[Any, float] = {}

    def process_request(self, request: Any, client_address: Any) -> None:
        """Starts a thread, if there are not too many, and not too many for this client."""
        client = client_address[0]
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
            client = client_address[0]
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


class Handler(BaseHTTPRequestHandler):
    """Answers every question with the metrics of the last seconds."""

    server: Server
    timeout = REQUEST_SECONDS

    def do_GET(self) -> None:
        """Sends the metrics."""
        self.server.has_asked(self.request)
        body = ANSWER.current().encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing of each question."""


class Answer:
    """The metrics, which are asked of Slurm once in some seconds, by one thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._text = ""
        self._end = 0.0

    def current(self) -> str:
        """The metrics as Prometheus reads them."""
        with self._lock:
            if time.monotonic() >= self._end:
                self._text = exposition(metrics())
                self._end = time.monotonic() + FRESH_SECONDS
            return self._text


ANSWER = Answer()


def metrics() -> Counter[str]:
    """The numbers; without an answer of slurmctld that makes sense only that there is none."""
    try:
        return slurm_metrics()
    except (OSError, ValueError, subprocess.SubprocessError):
        return Counter({"slurm_up": 0})


def slurm_metrics() -> Counter[str]:
    """The numbers of Slurm."""
    nodes = rows("sinfo", "--noheader", "--format=%R|%T|%D")
    cpus = rows("sinfo", "--noheader", "--format=%C")
    gres = rows("sinfo", "--noheader", "--Node", "--Format=NodeList:|,Gres:|,GresUsed:")
    jobs = rows("squeue", "--noheader", "--all", "--format=%P|%T")
    found = Counter({"slurm_up": 1})
    for partition, state, count in nodes:
        plain = state.rstrip("*~#!%$@^-").lower()
        found[f'slurm_nodes{{partition="{partition}",state="{plain}"}}'] += int(count)
    for partition, state in jobs:
        found[f'slurm_jobs{{partition="{partition}",state="{state.lower()}"}}'] += 1
    for (counts,) in cpus:
        for state, count in zip(("allocated", "idle", "other", "total"), counts.split("/")):
            found[f'slurm_cpus{{state="{state}"}}'] += int(count)
    # A node stands in one row for each of its partitions.
    for _, total, used in set(gres):
        found['slurm_gpus{state="total"}'] += gpus(total)
        found['slurm_gpus{state="allocated"}'] += gpus(used)
    return found


def rows(*command: str) -> list[tuple[str, ...]]:
    """The rows that a command of Slurm prints."""
    output = subprocess.run(  # noqa: S603 - arguments stay arguments, since there is no shell
        command,
        env={"PATH": PATH},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=True,
    ).stdout
    return [tuple(field.strip() for field in line.split("|")) for line in output.splitlines()]


def gpus(gres: str) -> int:
    """The GPUs in a text such as `gpu:h100:8(S:0-1)` or `gpu:h100:2(IDX:0-1)`."""
    return sum(int(count) for count in re.findall(r"\bgpu(?::[^:,(]+)?:(\d+)", gres))


def exposition(found: Counter[str]) -> str:
    """The metrics as Prometheus reads them."""
    lines = []
    for name, text in HELP.items():
        lines += [f"# HELP {name} {text}", f"# TYPE {name} gauge"]
        lines += [f"{key} {found[key]}" for key in sorted(found) if key.split("{")[0] == name]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
