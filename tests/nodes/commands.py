"""Commands by their entry point for a cluster whose nodes are machines."""

import json
from pathlib import Path

from tests.aws.emulator import Emulator
from tests.operations.live import Done, Live, install_plugin

from .command import PATIENCE
from .live_cluster import LiveCluster

WAIT = ("--wait", "--interval", "0.5", "--timeout", str(PATIENCE))


class Commands:
    """Runs commands as an operator does; sessions are on the machines of a cluster."""

    def __init__(self, emulator: Emulator, name: str, machines: LiveCluster, folder: Path) -> None:
        install_plugin(folder)
        self._name = name
        self._machines = machines
        self._file = folder / "machines.json"
        found = emulator.clusters.find(name)
        assert found is not None
        more = {"PLUGIN_MACHINES": str(self._file)}
        self._live = Live(emulator, found.arn, folder, more=more)

    def __call__(self, command: str, *arguments: str, status: int = 0, text: str = "") -> Done:
        """Runs a command for the cluster, and expects an exit status."""
        cluster_id = self._live.arn.rpartition("/")[2]
        machines = {
            f"sagemaker-cluster:{cluster_id}_{node.group.name}-{node.instance_id}": node.host.command()
            for node in self._machines.nodes
            if node.host.is_on
        }
        self._file.write_text(json.dumps(machines))
        return self._live.run(command, self._name, *arguments, status=status, text=text)

    def on(self, target: str, command: str) -> list[str]:
        """The lines that a command prints on nodes, in any order."""
        return sorted(self("run", target, "--", command).out.splitlines())
