"""The interface of workspaces of Amazon Managed Service for Prometheus."""

from typing import Protocol


class IPrometheusWorkspace(Protocol):
    """A workspace, as `PrometheusWorkspace` documents it."""

    @property
    def workspace_arn(self) -> str:
        """ARN of the workspace."""
