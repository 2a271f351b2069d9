"""The topology of Slurm 25.11 and later, which HyperPod writes to topology.yaml."""

from pathlib import Path

import pytest

from . import root
from .cluster import Cluster, wait_until
from .hyperpod import SLURM_CONF
from .shapes import small

YAML = "/opt/slurm/etc/topology.yaml"
TREE = """\
- topology: tree
  cluster_default: true
  tree:
    switches:
      - switch: root
        children: leaf-0
      - switch: leaf-0
        nodes: {node}
"""
NAME_TREE = f"sed -i '/^PartitionName=cpu/ s/$/ Topology=tree/' {SLURM_CONF}"

pytestmark = pytest.mark.skipif(
    root.SLURM_RELEASE == root.RELEASE, reason="requires a later Slurm: SLURM_RELEASE=sid"
)


def test_topology_yaml(tmp_path: Path) -> None:
    """It is empty at first, then has the nodes, then is empty again, where a partition refers to it."""
    with Cluster(small(tmp_path), files={YAML: "[]\n"}) as cluster:
        cluster.bring_up()
        controller, (worker,) = cluster.controller, cluster.group("cpu")
        controller.refuse(f"ls {YAML}")
        assert controller.run("srun hostname") == f"{worker.name}\n"

        controller.write(YAML, TREE.format(node=worker.name), owner="slurm")
        controller.run(NAME_TREE)
        cluster.reconfigure()
        wait_until(lambda: "leaf-0" in controller.run("scontrol show topology", check=False))
        assert controller.run("srun --partition=cpu hostname") == f"{worker.name}\n"

        controller.write(YAML, "[]\n", owner="slurm")
        wait_until(lambda: not controller.run(f"ls {YAML}", check=False))
        controller.run("systemctl restart slurmctld")
        cluster.wait_until_idle()
        assert controller.run("srun --partition=cpu hostname") == f"{worker.name}\n"
