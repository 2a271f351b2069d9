"""What is not there yet when the scripts start, and comes."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .cluster import Cluster, wait_until
from .hyperpod import FIRST_SLURM_CONF, SLURM_CONF, Node
from .shapes import small


@pytest.fixture
def lustre(tmp_path: Path) -> Iterator[Cluster]:
    """A controller that has not run its scripts, and a file system that does not listen."""
    with Cluster(small(tmp_path, lustre=True)) as cluster:
        controller, _ = cluster.add_all()
        cluster.platform.write_slurm_conf()
        cluster.boot([controller])
        yield cluster


def test_name_of_file_system(lustre: Cluster) -> None:
    controller = lustre.nodes[0]
    lustre.file_servers["LUSTRE"].start()
    lustre.network.names.muted = True
    lustre.start_scripts(controller)
    logged(controller, "cannot resolve fs-0scratch", at_least=1)
    wait_until(lambda: time.time() > controller.started + 20)
    lustre.network.names.muted = False
    finishes(controller)
    assert controller.host.run("findmnt --noheadings --output TARGET /fsx") == "/fsx\n"


def test_mount_target(lustre: Cluster) -> None:
    controller = lustre.nodes[0]
    lustre.start_scripts(controller)
    logged(controller, "Connection refused", at_least=3)
    lustre.file_servers["LUSTRE"].start()
    finishes(controller)
    assert controller.log().count("Connection refused") == 3


def test_slurm_conf(tmp_path: Path) -> None:
    with Cluster(small(tmp_path)) as cluster:
        controller, _ = cluster.add_all()
        cluster.boot([controller])
        controller.host.write(SLURM_CONF, FIRST_SLURM_CONF, owner="slurm")
        cluster.start_scripts(controller)
        wait_until(lambda: time.time() > controller.started + 20)
        assert controller.is_running_scripts()
        cluster.platform.write_slurm_conf()
        finishes(controller)
        assert set(controller.host.run("sinfo --noheader --format %R").split()) == {"cpu", "dev"}


def test_topology(tmp_path: Path) -> None:
    """HyperPod may set a plugin whose file it has not written."""
    with Cluster(small(tmp_path)) as cluster:
        cluster.add_all()
        cluster.boot()
        template = f"{FIRST_SLURM_CONF}TopologyPlugin=topology/tree\n"
        cluster.controller.write(SLURM_CONF, template, owner="slurm")
        cluster.platform.write_slurm_conf()
        cluster.provision()
        cluster.expect_provisioned()
        cluster.wait_until_idle()
        assert cluster.controller.run("srun hostname")


def test_controller(tmp_path: Path) -> None:
    with Cluster(small(tmp_path)) as cluster:
        controller, worker = cluster.add_all()
        cluster.platform.write_slurm_conf()
        cluster.boot([worker])
        cluster.start_scripts(worker)
        logged(worker, "Job for slurmd.service failed", at_least=2)
        cluster.boot([controller])
        cluster.provision([controller])
        finishes(worker)
        cluster.wait_until_idle()
        assert cluster.controller.run("srun hostname") == f"{worker.name}\n"


def test_instances_of_a_group(tmp_path: Path) -> None:
    """A group without nodes has null in the place of its instances."""
    with Cluster(small(tmp_path)) as cluster:
        controller = cluster.add(cluster.platform.bundle.groups[0])
        cluster.platform.write_slurm_conf()
        cluster.boot()
        assert '"Instances": null' in controller.host.read("/opt/ml/config/resource_config.json")
        cluster.provision()
        cluster.expect_provisioned()
        worker = cluster.join("cpu")
        assert cluster.controller.run("srun hostname") == f"{worker.name}\n"


def logged(node: Node, text: str, at_least: int) -> None:
    """Waits until a text stands in the log."""
    wait_until(lambda: node.log().count(text) >= at_least, node.log)
    assert node.is_running_scripts()


def finishes(node: Node) -> None:
    """Fails unless the scripts end well."""
    assert node.wait_for_scripts() == 0, node.log()
