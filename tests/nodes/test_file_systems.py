"""Shared file systems: none, Lustre, Lustre with a home on OpenZFS."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .cluster import Cluster
from .shapes import small

SOURCES = "findmnt --noheadings --types noautofs --output SOURCE --mountpoint"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def both(folder: Path) -> Iterator[Cluster]:
    with Cluster(small(folder, lustre=True, openzfs=True)) as running:
        running.bring_up()
        yield running


def test_neither_file_systems_nor_steps(folder: Path) -> None:
    """A folder without steps.json has none of the steps, and Slurm all the same."""
    bundle = small(folder).with_files(steps__json=None)
    assert "steps.json" not in bundle.files
    with Cluster(bundle) as cluster:
        cluster.bring_up()
        for node in cluster.nodes:
            assert node.host.run("ls --directory /fsx", check=False) == ""
            mounts = node.host.run("grep --count -e lustre -e nfs /etc/fstab", check=False)
            assert mounts in {"", "0\n"}
            assert "/fsx" not in node.log()
        controller = cluster.controller
        assert controller.run("srun hostname") == f"{cluster.group('cpu')[0].name}\n"
        assert "slurmdbd" not in controller.read("/opt/slurm/etc/slurm.conf")
        assert controller.run("systemctl is-active slurmdbd", check=False) == "inactive\n"


def test_lustre_and_openzfs(both: Cluster) -> None:
    controller, worker = both.nodes
    assert worker.host.run(f"{SOURCES} /home") == f"{both.file_servers['OPENZFS'].source}\n"
    assert worker.host.run(f"{SOURCES} /fsx") == f"{both.file_servers['LUSTRE'].source}\n"
    controller.host.run("mkdir /home/somebody && echo hello > /home/somebody/greeting")
    assert worker.host.run("srun cat /home/somebody/greeting") == "hello\n"
    assert (both.file_servers["OPENZFS"].files / "somebody/greeting").exists()
    assert not (both.file_servers["LUSTRE"].files / "somebody").exists()
