"""The emulator whose clusters run on machines: what is deployed to it really starts Slurm."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from tests.aws.emulator import Emulator, emulator
from tests.aws.hyperpod import cluster as records
from tests.aws.hyperpod.lifecycle_objects import scripts_failed
from tests.aws.hyperpod.machines import Machines

from .live_cluster import LiveCluster, runs_on_machines


class Bench(Machines):
    """Nodes that are machines of this one. Clusters whose nodes run no scripts, or are not in Slurm, are records."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._clusters: dict[str, LiveCluster] = {}
        self._one_at_a_time = threading.RLock()

    def cluster(self, name: str) -> LiveCluster:
        """The machines of a cluster."""
        (found,) = (each for arn, each in self._clusters.items() if arn == self._arn(name))
        return found

    def start(self, cluster: records.Cluster, nodes: Sequence[str]) -> None:
        if not nodes or not self._runs(cluster):
            return
        with self._one_at_a_time:
            if cluster.arn not in self._clusters:
                self._clusters[cluster.arn] = LiveCluster(self._emulator, cluster)
            reason = self._clusters[cluster.arn].start(nodes)
            if reason:
                self._close_empty(cluster.arn)
                raise scripts_failed(reason)

    def start_later(self, cluster: records.Cluster, nodes: Sequence[str]) -> None:
        self._later(cluster, nodes, lambda machines: machines.start(nodes))

    def reboot_later(self, cluster: records.Cluster, nodes: Sequence[str]) -> None:
        def reboot(machines: LiveCluster) -> str:
            machines.reboot([machines.of(each) for each in nodes])
            return ""

        self._later(cluster, nodes, reboot)

    def renew_later(self, cluster: records.Cluster, nodes: Sequence[str]) -> None:
        self._later(cluster, nodes, lambda machines: machines.renew(nodes))

    def stop(self, cluster: records.Cluster, node: str) -> None:
        machines = self._clusters.get(cluster.arn)
        if machines is None or not machines.has(node):
            return
        with self._one_at_a_time:
            machines.remove(machines.of(node))
            self._close_empty(cluster.arn)

    def close(self) -> None:
        """Takes all machines away."""
        for arn in list(self._clusters):
            self._clusters.pop(arn).__exit__(None, None, None)

    def _later(
        self, cluster: records.Cluster, nodes: Sequence[str], act: Callable[[LiveCluster], str]
    ) -> None:
        """Does something in the background; nodes have their first state until it has ended."""
        if not nodes or not self._runs(cluster):
            return
        changed = [node for _, each, node in cluster.every_node() if each in nodes]
        for node in changed:
            del node.states[1:]

        def run() -> None:
            with self._one_at_a_time:
                reason = act(self._clusters[cluster.arn])
            for node in changed:
                node.message = reason
                node.states = ["Failure" if reason else records.RUNNING]

        threading.Thread(target=run).start()

    def _runs(self, cluster: records.Cluster) -> bool:
        return runs_on_machines(self._emulator, cluster)

    def _close_empty(self, arn: str) -> None:
        if not self._clusters[arn].nodes:
            self._clusters.pop(arn).__exit__(None, None, None)

    def _arn(self, name: str) -> str:
        found = self._emulator.clusters.find(name)
        assert found is not None
        return found.arn


@contextmanager
def world() -> Iterator[tuple[Emulator, Bench]]:
    """Runs the emulator with machines. It listens at every address of its network, which is its own."""
    with emulator(host="0.0.0.0") as running:  # noqa: S104
        bench = Bench(running)
        running.clusters.machines = bench
        try:
            yield running, bench
        finally:
            bench.close()
