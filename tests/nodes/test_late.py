"""What is not there yet when the scripts start, and comes."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .cluster import Cluster, wait_until
from .hyperpod import SLURM_CONF, TEMPLATE, Node
from .shapes import small

TOPOLOGY = "/opt/slurm/etc/topology.conf"
# Slurm 25.05 and later call it flat, and accept both names.
DEFAULT = "topology/(default|flat)"


@pytest.fixture
def lustre(tmp_path: Path) -> Iterator[Cluster]:
    """A controller that has not run its scripts, and a file system that does not listen."""
    with Cluster(small(tmp_path, lustre=True)) as cluster:
        controller, _ = cluster.add_all()
        cluster.platform.write_slurm_conf()
        cluster.boot([controller])
        yield cluster


def test_file_system(lustre: Cluster) -> None:
    """First its name is missing, then its mount target."""
    controller = lustre.nodes[0]
    lustre.network.names.muted = True
    lustre.start_scripts(controller)
    logged(controller, "cannot resolve fs-0scratch", at_least=1)
    lustre.network.names.muted = False
    logged(controller, "Connection refused", at_least=2)
    lustre.file_servers["LUSTRE"].start()
    finishes(controller)
    assert controller.log().count("Connection refused") == 2
    assert controller.host.run("findmnt --noheadings --output TARGET /fsx") == "/fsx\n"


def test_slurm_conf_and_instances_of_a_group(tmp_path: Path) -> None:
    """A group without nodes has null in the place of its instances."""
    with Cluster(small(tmp_path)) as cluster:
        controller = cluster.add(cluster.platform.bundle.groups[0])
        cluster.boot()
        assert '"Instances": null' in controller.host.read("/opt/ml/config/resource_config.json")
        cluster.start_scripts(controller)
        logged(controller, "Step: wait_for_slurm_conf.sh", at_least=1)
        time.sleep(3)
        assert controller.is_running_scripts()
        assert controller.last_line().endswith("Step: wait_for_slurm_conf.sh")
        cluster.platform.write_slurm_conf()
        finishes(controller)
        worker = cluster.join("cpu")
        assert set(controller.host.run("sinfo --noheader --format %R").split()) == {"cpu", "dev"}
        assert cluster.controller.run("srun hostname") == f"{worker.name}\n"


def test_topology(tmp_path: Path) -> None:
    """HyperPod may set a plugin whose file it has not written, or has written for other nodes."""
    tree = f"{TEMPLATE}TopologyPlugin=topology/tree\n"
    with Cluster(small(tmp_path), files={SLURM_CONF: tree}) as cluster:
        cluster.bring_up()
        assert cluster.controller.run("srun hostname")
        for nodes, plugin in (
            ("", DEFAULT),
            ("SwitchName=a Nodes=ip-10-9-9-9\n", DEFAULT),
            (f"SwitchName=a Nodes={cluster.nodes[1].name}\n", "topology/tree"),
        ):
            cluster.controller.write(TOPOLOGY, nodes, owner="slurm")
            uses(cluster, plugin)
            wait_until(lambda: "idle" in cluster.states().values(), cluster.states)
            assert cluster.controller.run("srun hostname")


def uses(cluster: Cluster, plugin: str) -> None:
    """Waits until slurmctld has a topology."""
    show = "scontrol show config | grep TopologyPlugin"
    wait_until(
        lambda: bool(re.search(plugin, cluster.controller.run(show, check=False))),
        lambda: cluster.controller.run(show, check=False),
    )


def test_controller(tmp_path: Path) -> None:
    with Cluster(small(tmp_path)) as cluster:
        controller, worker = cluster.add_all()
        cluster.platform.write_slurm_conf()
        cluster.boot([worker])
        cluster.start_scripts(worker)
        logged(worker, "Step: start_slurmd.sh", at_least=1)
        time.sleep(3)
        assert worker.is_running_scripts()
        cluster.boot([controller])
        cluster.provision([controller])
        finishes(worker)
        cluster.wait_until_idle()
        assert cluster.controller.run("srun hostname") == f"{worker.name}\n"


def logged(node: Node, text: str, at_least: int) -> None:
    """Waits until a text stands in the log."""
    wait_until(lambda: node.log().count(text) >= at_least, node.log)
    assert node.is_running_scripts()


def finishes(node: Node) -> None:
    """Fails unless the scripts end well."""
    assert node.wait_for_scripts() == 0, node.log()
