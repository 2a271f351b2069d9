"""A node with EFA whose file system has EFA: AWS's API, the commands and systemd are real, the kernel is not."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from .bundle import Bundle
from .cluster import API_PORT, Cluster
from .hyperpod import Node
from .network import Network
from .shapes import CONTROLLER, small, worker

DEVICES = [f"rdmap{number}s0" for number in range(10, 42)]
CHOSEN = DEVICES[::4]
MODULE = {"/etc/modprobe.d/kefalnd.conf": "install kefalnd /bin/true\n"}
# SHIM: what the kernel would show of 32 devices, and all else that it shows.
MAKE_DEVICES = f"""
mkdir /run/classes /run/class /run/efa
mount --bind /sys/class /run/classes
ln -s /run/classes/* /run/class/
for device in {" ".join(DEVICES)}; do
    mkdir -p /run/class/infiniband/$device/device
    ln -s /run/efa /run/class/infiniband/$device/device/driver
done
mount --bind /run/class /sys/class
"""
SHOW = "lnetctl net show --net efa | awk '/^ +[0-9]+: / {{ print $2 }}'"


@contextmanager
def amazon(network: Network) -> Iterator[str]:
    """EC2 with the network, and FSx with a file system in it that has EFA; yields its DNS name."""
    server = ThreadedMotoServer(network.gateway, API_PORT, verbose=False)
    server.start()

    def client(service: str) -> Any:
        return boto3.client(
            service,
            region_name="us-west-2",
            endpoint_url=f"http://{network.gateway}:{API_PORT}",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    try:
        ec2 = client("ec2")
        block = f"{network.address(0, 0)}/16"
        vpc = ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=block)["Subnet"]["SubnetId"]
        system = client("fsx").create_file_system(
            FileSystemType="LUSTRE",
            StorageCapacity=4800,
            SubnetIds=[subnet],
            LustreConfiguration={"DeploymentType": "PERSISTENT_2", "EfaEnabled": True},
        )
        yield system["FileSystem"]["DNSName"]
    finally:
        server.stop()


def mounting(bundle: Bundle, name: str) -> Bundle:
    """The bundle with another file system, which may have EFA."""
    return replace(bundle, file_systems=[]).with_files(
        provisioning_params__json=json.dumps({**bundle.form, "fsx_dns_name": name}),
        steps__json=json.dumps({**bundle.steps, "lustre_efa": True}),
    )


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    groups = (CONTROLLER, worker("gpu", "ml.p5.48xlarge"))
    bundle = small(tmp_path_factory.mktemp("small"), *groups, lustre=True)
    with Cluster(bundle, files=MODULE) as running, amazon(running.network) as name:
        running.network.names.addresses[name] = running.file_servers["LUSTRE"].address
        running.platform.bundle = mounting(bundle, name)
        running.file_servers["LUSTRE"].start()
        running.add_all()
        running.boot()
        running.group("gpu")[0].host.run(MAKE_DEVICES)
        running.start_scripts(*running.nodes)
        running.platform.write_slurm_conf()
        running.wait_for_scripts(running.nodes)
        running.expect_provisioned()
        running.wait_until_idle()
        yield running


def lines(node: Node) -> list[str]:
    return [
        line.partition("Lustre uses ")[2]
        for line in node.log().splitlines()
        if "Lustre uses" in line
    ]


def test_the_node_with_efa_uses_it(cluster: Cluster) -> None:
    (gpu,) = cluster.group("gpu")
    assert lines(gpu) == [f"EFA: {' '.join(CHOSEN)}."]
    assert gpu.host.run(SHOW).split() == CHOSEN
    assert "src: efa" in gpu.host.run("lnetctl udsp show")
    steps = [line for line in gpu.log().splitlines() if "Step: " in line]
    assert "configure_lustre_efa.py" in steps[0]
    assert "mount_lustre.sh" in steps[1]
    assert gpu.host.run("findmnt --noheadings --output TARGET --mountpoint /fsx").split()


def test_the_other_does_not(cluster: Cluster) -> None:
    assert lines(cluster.platform.controllers()[0]) == ["TCP: this node has no EFA interface."]
    cluster.controller.refuse("systemctl cat hyperpod-lustre-efa")


def test_again_and_after_a_reboot(cluster: Cluster) -> None:
    (gpu,) = cluster.group("gpu")
    cluster.provision([gpu])
    cluster.expect_provisioned([gpu])
    assert gpu.host.run(SHOW).split() == CHOSEN

    gpu.host.write("/etc/systemd/system/devices.service", unit_of_devices())
    gpu.host.run("systemctl enable devices")
    cluster.reboot([gpu])
    assert gpu.host.run(SHOW).split() == CHOSEN
    gpu.host.run("ls /fsx")
    started, mounted = (
        int(gpu.host.run(f"systemctl show --property {what} --value {unit}"))
        for unit, what in (
            ("hyperpod-lustre-efa", "ExecMainExitTimestampMonotonic"),
            ("fsx.mount", "ActiveEnterTimestampMonotonic"),
        )
    )
    assert 0 < started < mounted
    cluster.wait_until_idle()


def unit_of_devices() -> str:
    """SHIM: the devices of the kernel, which are there from the boot on."""
    script = "; ".join(line for line in MAKE_DEVICES.splitlines() if line).replace("$", "$$")
    script = script.replace("do;", "do").replace('"', "")
    return (
        "[Unit]\nBefore=hyperpod-lustre-efa.service\n[Service]\nType=oneshot\n"
        f"ExecStart=bash -c '{script}'\n[Install]\nWantedBy=multi-user.target\n"
    )
