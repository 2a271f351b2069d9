"""What happens to a cluster later, in this order: nodes come, are replaced, and reboot."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .cluster import Cluster, wait_until
from .hyperpod import SLURM_CONF
from .shapes import CONTROLLER, LOGIN, small, worker

OWN = "/opt/slurm/etc/hyperpod_constructs.conf"
# An image may set the options of slurmd in a file, which comes after `Environment=` of a unit.
IMAGE_FILES = {"/opt/slurm/etc/default/slurmd": "SLURMD_OPTIONS=-v\n"}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    groups = (CONTROLLER, LOGIN, worker(count=2))
    bundle = small(tmp_path_factory.mktemp("app"), *groups, lustre=True)
    with Cluster(bundle, files=IMAGE_FILES) as running:
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
    assert cluster.group("cpu")[-1].number == old.number
    names = cluster.controller.run("srun --partition=cpu --nodes=3 hostname").split()
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


def test_slurm_conf_is_written_anew(cluster: Cluster) -> None:
    controller = cluster.controller
    controller.run(f"rm {SLURM_CONF}")
    cluster.platform.write_slurm_conf_anew()
    wait_until(
        lambda: controller.read(SLURM_CONF).endswith("include hyperpod_constructs.conf\n"),
        lambda: controller.read(SLURM_CONF),
    )
    wait_until(lambda: "slurmdbd" in accounting(cluster), lambda: accounting(cluster))
    check_works(cluster)

    # Slurm would wait a minute for the file that is included.
    controller.run(f"rm {OWN}")
    assert "slurmdbd" in controller.run("sleep 1; scontrol show config", limit=45)
    # Nothing watches it while the controller is off.
    controller.shut_down()
    (
        controller.files
        / "opt"
        / (controller.files / "opt/slurm").readlink()
        / "etc"
        / Path(OWN).name
    ).unlink()
    controller.boot()
    wait_until(lambda: "slurmdbd" in accounting(cluster), lambda: accounting(cluster))


def accounting(cluster: Cluster) -> str:
    """Where jobs are recorded."""
    show = "scontrol show config | grep AccountingStorageType"
    return cluster.controller.run(show, check=False)


def check_works(cluster: Cluster) -> None:
    """Fails unless jobs run again, from everywhere."""
    cluster.wait_until_idle()
    for node in cluster.nodes:
        assert node.host.run("srun --partition=cpu --nodes=3 hostname").count("\n") == 3
