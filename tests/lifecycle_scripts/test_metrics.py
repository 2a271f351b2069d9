from importlib import import_module

import pytest

from .conftest import PretendNode

efa_metrics = import_module("efa_metrics")


def test_node_exporter(node: PretendNode) -> None:
    assert node.run("install_node_exporter.sh").returncode == 0

    calls = node.calls("apt-get", "systemctl")
    assert calls[1].endswith(" install prometheus-node-exporter")
    assert calls[2:] == [
        "systemctl enable prometheus-node-exporter",
        "systemctl restart prometheus-node-exporter",
    ]


def test_node_without_gpus(node: PretendNode) -> None:
    result = node.run("install_dcgm_exporter.sh")

    assert (result.returncode, result.stdout) == (
        0,
        "This node has no GPU of NVIDIA's, so there is nothing to export.\n",
    )
    assert node.calls() == []


def test_gpus_without_docker(node: PretendNode) -> None:
    node.file("/dev/nvidia0").touch()
    node.lacks("docker")

    result = node.run("install_dcgm_exporter.sh")

    assert (result.returncode, result.stdout) == (
        1,
        "metrics.gpu needs Docker, which is missing here: turn on containers\n",
    )


def test_dcgm_exporter(node: PretendNode) -> None:
    node.file("/dev/nvidia0").touch()

    assert node.run("install_dcgm_exporter.sh").returncode == 0

    unit = (node.root / "etc/systemd/system/dcgm-exporter.service").read_text()
    docker = node.commands / "docker"
    assert f"\nExecStartPre=-{docker} rm --force dcgm-exporter\n" in unit
    assert f"\nExecStart={docker} run --rm --name dcgm-exporter --gpus all " in unit
    assert " --publish 9400:9400 nvcr.io/nvidia/k8s/dcgm-exporter:4." in unit
    assert node.calls("systemctl") == [
        "systemctl daemon-reload",
        "systemctl enable dcgm-exporter",
        "systemctl restart dcgm-exporter",
    ]


def test_slurm_exporter_outlives_the_folder_of_the_scripts(node: PretendNode) -> None:
    for _ in range(2):
        assert node.run("install_slurm_exporter.sh", "training").returncode == 0

    programs = node.root / "usr/local/lib/hyperpod_constructs/slurm_exporter"
    unit = (node.root / "etc/systemd/system/slurm-exporter.service").read_text()
    names = ["metrics_server.py", "slurm_exporter.py", "slurm_metrics.py"]
    assert sorted(path.name for path in programs.iterdir()) == names
    for name in names:
        assert (programs / name).read_text() == (node.scripts / name).read_text()
    assert (
        f"\nDynamicUser=yes\nExecStart=/usr/bin/python3 -B {programs}/slurm_exporter.py 9341 training\n"
        in unit
    )
    assert node.calls("systemctl")[-1] == "systemctl restart slurm-exporter"


def test_node_without_efa(node: PretendNode) -> None:
    result = node.run("install_efa_exporter.sh")

    assert (result.returncode, result.stdout) == (
        0,
        "This node has no EFA device, so there is nothing to export.\n",
    )
    assert node.calls() == []


COUNTER = "/sys/class/infiniband/{}/ports/1/hw_counters/{}"


def test_efa_exporter(node: PretendNode) -> None:
    node.file(COUNTER.format("rdmap0s6", "rx_bytes")).write_text("5\n")

    assert node.run("install_efa_exporter.sh").returncode == 0

    programs = node.root / "usr/local/lib/hyperpod_constructs/efa_exporter"
    unit = (node.root / "etc/systemd/system/efa-exporter.service").read_text()
    assert f"/python3 -B {programs}/efa_exporter.py 9109\n" in unit
    assert (programs / "efa_metrics.py").exists()
    assert node.calls("systemctl")[-1] == "systemctl restart efa-exporter"


def test_what_efa_counts(node: PretendNode, monkeypatch: pytest.MonkeyPatch) -> None:
    for device, name, value in (
        ("rdmap0s6", "rx_bytes", "5"),
        ("rdmap1s6", "rx_bytes", "7"),
        ("rdmap1s6", "rdma_read_wr_err", "1"),
        ("rdmap1s6", "tx_bytes", "odd"),
        ("rdmap1s6", "completed_cmds", "100"),
    ):
        node.file(COUNTER.format(device, name)).write_text(f"{value}\n")
    monkeypatch.setattr(efa_metrics, "DEVICES", node.root / "sys/class/infiniband")

    lines = efa_metrics.exposition().splitlines()
    assert [line for line in lines if not line.startswith("#")] == [
        'node_amazonefa_rx_bytes{device="rdmap0s6",port="1"} 5',
        'node_amazonefa_rx_bytes{device="rdmap1s6",port="1"} 7',
        'node_amazonefa_rdma_read_wr_err{device="rdmap1s6",port="1"} 1',
    ]
