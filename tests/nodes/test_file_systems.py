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


def test_none(folder: Path) -> None:
    with Cluster(small(folder)) as cluster:
        cluster.bring_up()
        for node in cluster.nodes:
            assert node.host.run("ls --directory /fsx", check=False) == ""
            assert node.host.run("grep --count -e lustre -e nfs /etc/fstab", check=False) in {
                "",
                "0\n",
            }
            assert "/fsx" not in node.log()
        assert cluster.controller.run("srun hostname") == f"{cluster.nodes[1].name}\n"


def test_lustre(folder: Path) -> None:
    with Cluster(small(folder, lustre=True)) as cluster:
        cluster.bring_up()
        controller, worker = cluster.nodes
        controller.host.run("echo hello > /fsx/greeting")
        assert worker.host.run("cat /fsx/greeting") == "hello\n"
        server = cluster.file_servers["LUSTRE"]
        assert (server.files / "greeting").read_text() == "hello\n"
        assert worker.host.run(f"{SOURCES} /fsx") == f"{server.source}\n"
        assert worker.host.run(f"{SOURCES} /home", check=False) == ""


def test_lustre_and_openzfs(both: Cluster) -> None:
    controller, worker = both.nodes
    assert worker.host.run(f"{SOURCES} /home") == f"{both.file_servers['OPENZFS'].source}\n"
    assert worker.host.run(f"{SOURCES} /fsx") == f"{both.file_servers['LUSTRE'].source}\n"
    controller.host.run("mkdir /home/somebody && echo hello > /home/somebody/greeting")
    assert worker.host.run("srun cat /home/somebody/greeting") == "hello\n"
    assert (both.file_servers["OPENZFS"].files / "somebody/greeting").exists()
    assert not (both.file_servers["LUSTRE"].files / "somebody").exists()
