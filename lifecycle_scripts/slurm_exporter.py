"""Serves what Slurm knows of nodes, processors, GPUs and jobs to Prometheus. Argument: port."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATH = "/opt/slurm/bin:/usr/local/bin:/usr/bin:/bin"
TIMEOUT_SECONDS = 20
FRESH_SECONDS = 10
MOST_CONNECTIONS = 32

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

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._free = threading.BoundedSemaphore(MOST_CONNECTIONS)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Starts a thread, if there are not too many."""
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answers."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()


class Handler(BaseHTTPRequestHandler):
    """Answers every question with the metrics of the last seconds."""

    timeout = 5

    def do_GET(self) -> None:
        """Sends the metrics."""
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
