"""What runs the nodes of clusters."""

from collections.abc import Sequence

from .cluster import Cluster


class Machines:
    """Nodes that are records: no script of theirs runs, and their states move when one looks at them.

    `tests.nodes.world` has nodes that are machines.
    """

    def start(self, cluster: Cluster, nodes: Sequence[str]) -> None:
        """Starts new nodes, and returns when their scripts have ended.

        Raises:
            ServiceError: If scripts fail.
        """

    def start_later(self, cluster: Cluster, nodes: Sequence[str]) -> None:
        """Starts new nodes, and returns at once."""

    def reboot_later(self, cluster: Cluster, nodes: Sequence[str]) -> None:
        """Reboots nodes."""

    def renew_later(self, cluster: Cluster, nodes: Sequence[str]) -> None:
        """Gives nodes new root disks."""

    def stop(self, cluster: Cluster, node: str) -> None:
        """Takes a node away."""
