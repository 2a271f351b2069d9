"""Scripts that run a second time leave the same files."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .cluster import Cluster
from .host import Host
from .shapes import CONTROLLER, LOGIN, small, worker

FOLDERS = "/etc /opt /home /root /usr/local /var/lib/systemd /fsx"


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    groups = (CONTROLLER, LOGIN, worker())
    with Cluster(small(tmp_path, *groups, lustre=True, openzfs=True)) as running:
        running.bring_up()
        yield running


def test_same_files(cluster: Cluster) -> None:
    first = {node.group.name: files(node.host) for node in cluster.nodes}
    cluster.provision()
    cluster.expect_provisioned()
    cluster.wait_until_idle()
    second = {node.group.name: files(node.host) for node in cluster.nodes}
    assert set(first) == {"controller", "login", "cpu"}
    assert "/etc/fstab" in first["controller"]
    for group, before in first.items():
        assert dict(second[group].items() - before.items()) == {}
        assert dict(before.items() - second[group].items()) == {}
    assert cluster.controller.run("srun --partition=cpu hostname") == f"{cluster.nodes[2].name}\n"


def files(host: Host) -> dict[str, str]:
    """Mode, owner and content of what can be configured."""
    listing = host.run(
        f"find {FOLDERS} -xdev ! -type f -printf '%p\\t%m %u %g %l\\n' -o -printf '%p\\t%m %u %g ' "
        "-exec sh -c 'sha256sum < \"$1\"' sh {} \\;"
    )
    return dict(line.split("\t", 1) for line in listing.splitlines())
