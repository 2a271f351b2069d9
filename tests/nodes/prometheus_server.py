"""A Prometheus server beside the nodes, to which their collectors write."""

import json
import subprocess
import urllib.parse
import urllib.request
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .collector_program import PROGRAM

PORT = 9090


class PrometheusServer:
    """A server that receives what collectors write; it can be stopped and started again."""

    def __init__(self, folder: Path, address: str, settings: dict[str, Any]) -> None:
        self._folder = folder
        self._url = f"http://{address}:{PORT}"
        self._address = address
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "prometheus.yml").write_text(json.dumps(settings))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Starts the server."""
        self._process = subprocess.Popen(
            [
                *(str(PROGRAM), "--config.file=prometheus.yml", "--storage.tsdb.path=data"),
                *(
                    "--web.enable-remote-write-receiver",
                    f"--web.listen-address={self._address}:{PORT}",
                ),
            ],
            cwd=self._folder,
            stdout=(self._folder / "log").open("ab"),
            stderr=subprocess.STDOUT,
        )

    def stop(self) -> None:
        """Stops the server."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)
            self._process = None

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The series of a query, none if the server does not answer yet."""
        return self._ask("query", query=expression)

    def series(self, expression: str, begin: float, end: float, step: int) -> list[dict[str, Any]]:
        """The series of a query over some time."""
        times = {"start": str(begin), "end": str(end), "step": str(step)}
        return self._ask("query_range", query=expression, **times)

    def _ask(self, what: str, **parameters: str) -> list[dict[str, Any]]:
        address = f"{self._url}/api/v1/{what}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - http
                return list(json.load(answer)["data"]["result"])
        except OSError:
            return []

    def value(self, expression: str) -> float | None:
        """The number of a query with one series, or None."""
        series = self.query(expression)
        return float(series[0]["value"][1]) if len(series) == 1 else None

    def times(self, selector: str, seconds: int) -> list[float]:
        """When a series has samples, in the last seconds."""
        (series,) = self.query(f"{selector}[{seconds}s]")
        return [float(when) for when, _ in series["values"]]


def longest_gap(times: list[float]) -> float:
    """The longest time between two samples."""
    return max(after - before for before, after in pairwise(times))
