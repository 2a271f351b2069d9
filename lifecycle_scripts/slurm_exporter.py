"""Serves what Slurm knows of nodes, processors, GPUs and jobs to Prometheus. Argument: port."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from http.server import BaseHTTPRequestHandler, HTTPServer

PATH = "/opt/slurm/bin:/usr/local/bin:/usr/bin:/bin"
TIMEOUT_SECONDS = 20

HELP = {
    "slurm_up": "Whether slurmctld answers.",
    "slurm_nodes": "Nodes of a partition in a state.",
    "slurm_jobs": "Jobs of a partition in a state.",
    "slurm_cpus": "Processors in a state.",
    "slurm_gpus": "GPUs in a state.",
}


def main() -> None:
    """Serves until somebody ends it."""
    HTTPServer(("", int(sys.argv[1])), Handler).serve_forever()


class Handler(BaseHTTPRequestHandler):
    """Answers every question with the metrics of this moment."""

    def do_GET(self) -> None:
        """Sends the metrics."""
        body = exposition(metrics()).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing of each question."""


def metrics() -> Counter[str]:
    """The numbers; without an answer of slurmctld only that there is none."""
    try:
        nodes = rows("sinfo", "--noheader", "--format=%R|%T|%D")
        cpus = rows("sinfo", "--noheader", "--format=%C")
        gres = rows("sinfo", "--noheader", "--Node", "--Format=NodeList:|,Gres:|,GresUsed:")
        jobs = rows("squeue", "--noheader", "--all", "--format=%P|%T")
    except (OSError, subprocess.SubprocessError):
        return Counter({"slurm_up": 0})
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
