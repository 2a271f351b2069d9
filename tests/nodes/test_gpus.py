"""Nodes with GPUs, as Slurm gives them out; there are device files, and no device."""

from collections.abc import Iterator

import pytest

from .cluster import Cluster
from .shapes import CONTROLLER, small, worker


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    groups = (CONTROLLER, worker("gpu", "ml.p5.48xlarge"), worker("cpu"))
    with Cluster(small(tmp_path_factory.mktemp("small"), *groups)) as running:
        running.bring_up()
        yield running


def test_eight_gpus(cluster: Cluster) -> None:
    (gpu,) = cluster.group("gpu")
    shown = (
        "hostname; echo $CUDA_VISIBLE_DEVICES; echo $SLURM_GPUS_ON_NODE; ls /dev/nvidia? | wc -l"
    )
    assert cluster.controller.run(f"srun --gres=gpu:8 bash -c '{shown}'").splitlines() == [
        *(gpu.name, "0,1,2,3,4,5,6,7", "8", "8")
    ]


def test_files(cluster: Cluster) -> None:
    (gpu,) = cluster.group("gpu")
    files = cluster.controller.run("cat /opt/slurm/etc/gres.conf")
    assert f"NodeName={gpu.name} Name=gpu File=/dev/nvidia[0-7]" in files.splitlines()
    assert "Gres=gpu:8" in cluster.controller.run(f"scontrol show node {gpu.name}")


def test_no_gpus_on_other_nodes(cluster: Cluster) -> None:
    complaint = cluster.controller.refuse("srun --partition=cpu --gres=gpu:8 hostname")
    assert "Requested node configuration is not available" in complaint


def test_nine_gpus(cluster: Cluster) -> None:
    complaint = cluster.controller.refuse("srun --gres=gpu:9 hostname")
    assert "Requested node configuration is not available" in complaint
