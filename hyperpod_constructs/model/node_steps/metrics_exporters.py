"""Metrics that nodes export, and where a collector on each node writes them.

Source: https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-onboard-ingest-metrics.html
"""

import re
from collections.abc import Iterator
from typing import Any, Protocol

from hyperpod_constructs.model.node_patterns import REMOTE_WRITE_URL
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.type_checks import wrong_type
from hyperpod_constructs.model.value_class import value_class

_EXPORTERS = ("node", "gpu", "slurm")
_SIGNED = r"https?://aps-workspaces[.-]"


class RemoteWriteTarget(Protocol):
    """A workspace that metrics are written to, such as a `PrometheusWorkspace`."""

    @property
    def remote_write_url(self) -> str:
        """URL to which collectors write."""

    @property
    def region(self) -> str:
        """Region for which requests are signed."""

    def grant_remote_write(self, grantee: Any) -> Any:
        """Allows writing metrics."""


@value_class(frozen=True, kw_only=True, slots=True)
class MetricsExporters:
    """Exporters of metrics for Prometheus.

    Nodes download the first two, and the collector of `remote_write`, when they are created. They
    require access to the internet.

    Attributes:
        node: CPU, memory, disk and network metrics of every node, on port 9100, and EFA metrics of
            workers, on port 9109. Enabled by default.
        gpu: DCGM metrics of workers with GPUs, on port 9400. Requires `containers`. Enabled by
            default.
        slurm: Job and node metrics of the controller, on port 9341. Enabled by default.
        remote_write: Workspace, or URL of another Prometheus server, to which a collector on every
            node writes the metrics every 15 seconds. The roles of all nodes are allowed to write to
            a workspace. Requests to a URL are not signed. None by default: your Prometheus server
            scrapes the exporters.
    """

    node: bool = True
    gpu: bool = True
    slurm: bool = True
    remote_write: RemoteWriteTarget | str | None = None

    @property
    def workspace(self) -> RemoteWriteTarget | None:
        """The workspace that nodes write to, if any."""
        target = self.remote_write
        return target if hasattr(target, "remote_write_url") else None  # type: ignore[return-value]

    def to_dict(self) -> dict[str, Any]:
        """The configuration that nodes read."""
        steps: dict[str, Any] = {name: True for name in _EXPORTERS if getattr(self, name)}
        if self.workspace is not None:
            steps["remote_write"] = {
                "url": self.workspace.remote_write_url,
                "region": self.workspace.region,
            }
        elif self.remote_write is not None:
            steps["remote_write"] = {"url": self.remote_write}
        return steps

    def problems(self, path: str) -> Iterator[Problem]:
        """Validates the arguments: `ArgumentType`, `RemoteWriteUrl`, `RemoteWriteWithoutMetrics`."""
        for name in _EXPORTERS:
            value = getattr(self, name)
            if not isinstance(value, bool):
                yield wrong_type(f"{path}.{name}", value, "True or False")
        if self.remote_write is None:
            return
        if self.workspace is None:
            yield from _url_problems(f"{path}.remote_write", self.remote_write)
        yield from self._metrics_problems(f"{path}.remote_write")

    def _metrics_problems(self, path: str) -> Iterator[Problem]:
        """Metrics that are written elsewhere require an exporter."""
        if not any(getattr(self, name) for name in _EXPORTERS):
            yield Problem(
                code="RemoteWriteWithoutMetrics",
                path=path,
                value=self.remote_write,
                message="is specified, but no exporter is enabled",
                fix="enable node, gpu or slurm, or omit remote_write",
            )


def _url_problems(path: str, url: object) -> Iterator[Problem]:
    """A URL of a server that does not require signatures, without credentials."""
    if not isinstance(url, str):
        yield wrong_type(path, url, "a PrometheusWorkspace or a URL")
    elif is_unresolved(url):
        return
    elif re.match(_SIGNED, url):
        yield Problem(
            code="RemoteWriteUrl",
            path=path,
            value=url,
            message="is a workspace of Amazon Managed Service for Prometheus, which requires signed "
            "requests and a permission",
            fix="pass the PrometheusWorkspace, or PrometheusWorkspace.from_workspace_arn(...)",
        )
    elif not re.fullmatch(REMOTE_WRITE_URL, url):
        yield Problem(
            code="RemoteWriteUrl",
            path=path,
            value=re.sub("//[^/]*@", "//...@", url),
            message="must be an http or https URL without credentials, query and fragment",
            fix="use a URL such as 'https://prometheus.example.com/api/v1/write'",
        )
