"""The cluster of the sample app, as its users find it."""

from collections.abc import Iterator

import pytest

from .bucket import Bucket
from .bundle import Bundle
from .cluster import Cluster

PARTITIONS = ("cpu", "gpu")


@pytest.fixture(scope="module")
def cluster(sample: Bundle) -> Iterator[Cluster]:
    with Cluster(sample) as running, Bucket(running):
        running.bring_up()
        yield running


def test_nodes_are_ready(cluster: Cluster) -> None:
    assert [node.group.name for node in cluster.nodes] == [
        *("controller", "login", "gpu", "gpu", "cpu", "cpu")
    ]
    for node in cluster.nodes:
        assert node.status == 0
        assert node.last_line().endswith("This node is ready.")


def test_partitions(cluster: Cluster) -> None:
    lines = cluster.controller.run("sinfo --noheader --format '%R %D %T'").splitlines()
    assert sorted(lines) == ["cpu 2 idle", "dev 1 reserved", "dev 4 idle", "gpu 2 idle"]


def test_login_node_runs_no_job(cluster: Cluster) -> None:
    (login,) = cluster.group("login")
    srun = f"cd / && sudo -u ubuntu srun --immediate=1 --nodelist={login.name} true"
    assert "down, drained or reserved" in cluster.controller.refuse(srun)


def test_features(cluster: Cluster) -> None:
    nodes = cluster.controller.run("srun --constraint='cpu&ml.c5.4xlarge' --nodes=2 hostname")
    assert sorted(nodes.split()) == [node.name for node in cluster.group("cpu")]


def test_home_of_ubuntu(cluster: Cluster) -> None:
    (login,), (worker, _) = cluster.group("login"), cluster.group("cpu")
    assert login.host.run("sudo -iu ubuntu pwd") == "/fsx/ubuntu\n"
    assert cluster.controller.run("sudo -iu ubuntu pwd") == "/home/ubuntu\n"
    worker.host.run("systemctl start ssh")
    ssh = f"cd / && sudo -u ubuntu ssh -o BatchMode=yes {worker.name} hostname"
    assert login.host.run(ssh) == f"{worker.name}\n"
    cluster.controller.run("systemctl start ssh")
    ssh = f"cd / && sudo -u ubuntu ssh -o BatchMode=yes {cluster.controller.name} hostname"
    login.host.refuse(ssh)
    job = "sudo -iu ubuntu sbatch --wait --partition=cpu --output=out --wrap 'hostname; pwd'"
    login.host.run(job)
    assert login.host.run("cat /fsx/ubuntu/out").endswith("\n/fsx/ubuntu\n")


def test_account_of_ubuntu(cluster: Cluster) -> None:
    listed = "sacctmgr --noheader --parsable2 list association user=ubuntu format=Account"
    assert cluster.controller.run(listed) == "root\n"


def test_shell_says_what_the_node_is(cluster: Cluster) -> None:
    for node in cluster.nodes:
        text = node.host.run("bash -lic true 2> /dev/null")
        assert f"of the HyperPod cluster '{cluster.platform.bundle.cluster_name}'" in text


@pytest.mark.parametrize("source", ["controller", "login"])
@pytest.mark.parametrize("partition", PARTITIONS)
def test_srun(cluster: Cluster, source: str, partition: str) -> None:
    (node,) = cluster.group(source)
    names = node.host.run(f"srun --partition={partition} --nodes=2 hostname")
    assert sorted(names.split()) == [node.name for node in cluster.group(partition)]


@pytest.mark.parametrize("source", ["controller", "login"])
@pytest.mark.parametrize("partition", PARTITIONS)
def test_sbatch(cluster: Cluster, source: str, partition: str) -> None:
    (node,) = cluster.group(source)
    node.host.run(
        f"cd /fsx && sbatch --wait --partition={partition} --nodes=2 --output=out.{source}.{partition}",
        text="#!/bin/bash\nsrun hostname\n",
    )
    names = cluster.controller.run(f"cat /fsx/out.{source}.{partition}").split()
    assert sorted(names) == [node.name for node in cluster.group(partition)]


def test_shared_file_system(cluster: Cluster) -> None:
    worker = cluster.group("cpu")[0].host
    cluster.controller.run("echo hello > /fsx/greeting")
    assert worker.run("cat /fsx/greeting") == "hello\n"
    server = cluster.file_servers["LUSTRE"]
    assert (server.files / "greeting").read_text() == "hello\n"
    sources = "findmnt --noheadings --types noautofs --output SOURCE --mountpoint"
    assert worker.run(f"{sources} /fsx") == f"{server.source}\n"
    assert worker.run(f"{sources} /home", check=False) == ""


def test_user(cluster: Cluster) -> None:
    (login,) = cluster.group("login")
    assert login.host.run("cd / && sudo -u ubuntu srun --partition=cpu whoami") == "ubuntu\n"


def test_configuration_comes_from_the_controller(cluster: Cluster) -> None:
    for node in cluster.nodes:
        found = node.host.run("ls /opt/slurm/etc/slurm.conf", check=False)
        assert bool(found) == (node.group.name == "controller")


def test_slurmd_is_off_on_the_controller(cluster: Cluster) -> None:
    assert cluster.controller.run("systemctl is-active slurmd", check=False) == "inactive\n"
    assert cluster.controller.run("systemctl is-enabled slurmd", check=False) == "disabled\n"


def test_slurmd_cannot_be_started_on_the_controller(cluster: Cluster) -> None:
    cluster.controller.run("systemctl restart slurmd")
    assert cluster.controller.run("systemctl is-active slurmd", check=False) == "inactive\n"
    assert cluster.controller.run("sinfo --noheader --format %R")
