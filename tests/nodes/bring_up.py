"""How fast a cluster comes up: by the lifecycle scripts, against the least that one would type."""

import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import hyperpod_constructs as hp

from .bundle import Bundle
from .cluster import Cluster
from .shapes import CONTROLLER, small, worker

ROUNDS = 5
# As in the scripts: Debian's hand-over to System V would be most of what is measured.
_WITHOUT_SYSV = "export SYSTEMCTL_SKIP_SYSV=1\n"
START_CONTROLLER = _WITHOUT_SYSV + "systemctl enable --now slurmctld"
START_WORKER = (
    _WITHOUT_SYSV
    + """
mkdir -p /etc/systemd/system/slurmd.service.d
printf '[Service]\\nEnvironment="SLURMD_OPTIONS=--conf-server {controller}"\\n' \
    > /etc/systemd/system/slurmd.service.d/conf-server.conf
systemctl daemon-reload
systemctl enable --now slurmd
"""
)


def main() -> None:
    """Prints both times and their ratio: medians of rounds that take turns, by hand and by scripts."""
    with tempfile.TemporaryDirectory() as folder:
        scripts = hp.LifecycleScripts.default(
            accounting=None, ssh_between_nodes=False, log_rotation=False
        )
        bundle = small(Path(folder), CONTROLLER, worker(count=2), scripts=scripts)
        by_scripts, by_hand = [], []
        for _ in range(ROUNDS):
            by_hand.append(measure(bundle, start_by_hand))
            by_scripts.append(measure(bundle, start_by_scripts))
    scripts_time, hand_time = statistics.median(by_scripts), statistics.median(by_hand)
    print(f"by the lifecycle scripts: {scripts_time:.2f} s")  # noqa: T201
    print(f"by hand:                  {hand_time:.2f} s")  # noqa: T201
    print(f"ratio:                    {scripts_time / hand_time:.2f}")  # noqa: T201


def measure(bundle: Bundle, start: Callable[[Cluster], None]) -> float:
    """Seconds from the start of all nodes, which have booted, until Slurm has them idle."""
    with Cluster(bundle) as cluster:
        cluster.add_all()
        cluster.platform.write_slurm_conf()
        cluster.boot()
        cluster.download(cluster.nodes)
        begin = time.monotonic()
        start(cluster)
        cluster.wait_until_idle()
        return time.monotonic() - begin


def start_by_scripts(cluster: Cluster) -> None:
    """Runs the entry point, on all nodes at the same time."""
    cluster.start_downloaded(cluster.nodes)
    for node in cluster.nodes:
        assert node.wait_for_scripts() == 0


def start_by_hand(cluster: Cluster) -> None:
    """Starts the daemons, on all nodes at the same time."""
    controllers = cluster.platform.controllers()
    commands = [
        node.host.command("bash", "-ec", START_CONTROLLER)
        if node in controllers
        else node.host.command(
            "bash", "-ec", START_WORKER.format(controller=controllers[0].host.address)
        )
        for node in cluster.nodes
    ]
    running = [
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for command in commands
    ]
    for process in running:
        assert process.wait() == 0


if __name__ == "__main__":
    main()
