"""What happens to a cluster later: nodes come, are replaced, and reboot."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .cluster import Cluster
from .shapes import CONTROLLER, LOGIN, small, worker


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    groups = (CONTROLLER, LOGIN, worker(count=2))
    with Cluster(small(tmp_path, *groups, lustre=True)) as running:
        running.bring_up()
        yield running


def test_worker_added(cluster: Cluster) -> None:
    new = cluster.join("cpu")
    assert new.host.run("srun --partition=cpu --nodes=3 hostname").count("\n") == 3
    names = cluster.controller.run(
        "scontrol show hostnames $(sinfo --noheader --partition=cpu --format %N)"
    )
    assert new.name in names.split()


def test_worker_replaced(cluster: Cluster) -> None:
    old = cluster.group("cpu")[0]
    cluster.remove(old)
    new = cluster.join("cpu", old.number)
    assert new.host.address != old.host.address
    assert cluster.group("cpu")[1].number == old.number
    cluster.wait_until_idle()
    names = cluster.controller.run("srun --partition=cpu --nodes=2 hostname").split()
    assert new.name in names
    assert old.name not in names


def test_controller_rebooted(cluster: Cluster) -> None:
    cluster.reboot(cluster.platform.controllers())
    check_works(cluster)


def test_all_rebooted(cluster: Cluster) -> None:
    cluster.controller.run("echo before > /fsx/file")
    cluster.reboot(cluster.nodes)
    check_works(cluster)
    assert cluster.nodes[-1].host.run("cat /fsx/file") == "before\n"


def check_works(cluster: Cluster) -> None:
    """Fails unless jobs run again, from everywhere."""
    cluster.wait_until_idle()
    for node in cluster.nodes:
        assert node.host.run("srun --partition=cpu --nodes=2 hostname").count("\n") == 2
