import shutil
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from .conftest import PretendNode

slurm_exporter = import_module("slurm_exporter")


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
    assert node.run("install_slurm_exporter.sh").returncode == 0

    program = node.root / "usr/local/lib/hyperpod_constructs/slurm_exporter.py"
    unit = (node.root / "etc/systemd/system/slurm-exporter.service").read_text()
    assert program.read_text() == (node.scripts / "slurm_exporter.py").read_text()
    assert f"\nDynamicUser=yes\nExecStart=/usr/bin/python3 {program} 9341\n" in unit
    assert node.calls("systemctl")[-1] == "systemctl restart slurm-exporter"


SINFO = """
case "$*" in
    *%R*) printf '%s\\n' 'dev|idle|2' 'dev|down*|1' 'gpu|mixed-|1' 'gpu|idle|1' ;;
    *%C*) echo 32/4/0/36 ;;
    *Gres*) printf '%s\\n' 'a  |gpu:h100:8(S:0-1)  |gpu:h100:2(IDX:0-1) ' \
        'a  |gpu:h100:8(S:0-1)  |gpu:h100:2(IDX:0-1) ' 'b|gpu:1,shard:4|gpu:0,shard:0' \
        'c|(null)|gpu:0' ;;
esac
"""
SQUEUE = r"printf '%s\n' 'gpu|RUNNING' 'gpu|RUNNING' 'dev|PENDING'"
VALUES = [
    "slurm_up 1",
    'slurm_nodes{partition="dev",state="down"} 1',
    'slurm_nodes{partition="dev",state="idle"} 2',
    'slurm_nodes{partition="gpu",state="idle"} 1',
    'slurm_nodes{partition="gpu",state="mixed"} 1',
    'slurm_jobs{partition="dev",state="pending"} 1',
    'slurm_jobs{partition="gpu",state="running"} 2',
    'slurm_cpus{state="allocated"} 32',
    'slurm_cpus{state="idle"} 4',
    'slurm_cpus{state="other"} 0',
    'slurm_cpus{state="total"} 36',
    'slurm_gpus{state="allocated"} 2',
    'slurm_gpus{state="total"} 9',
]


def ask(monkeypatch: pytest.MonkeyPatch, folder: Path, sinfo: str) -> list[str]:
    """The answer of the exporter without its comments."""
    for name, content in (("sinfo", sinfo), ("squeue", SQUEUE)):
        (folder / name).write_text(f"#!{shutil.which('bash')}\n{content}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setattr(slurm_exporter, "PATH", str(folder))
    monkeypatch.setattr(slurm_exporter, "ANSWER", slurm_exporter.Answer())
    with serving() as server:
        return values(server)


@contextmanager
def serving() -> Iterator[Any]:
    server = slurm_exporter.Server(("127.0.0.1", 0), slurm_exporter.Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def values(server: Any) -> list[str]:
    with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return [line for line in lines if not line.startswith("#")]


def test_what_slurm_knows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert ask(monkeypatch, tmp_path, SINFO) == VALUES


def test_slurm_that_does_not_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert ask(monkeypatch, tmp_path, "exit 1") == ["slurm_up 0"]


@pytest.mark.parametrize("odd", ["echo 'dev|idle|many'", "echo 'dev|idle'", "echo 1/2"])
def test_odd_line_of_slurm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, odd: str) -> None:
    assert ask(monkeypatch, tmp_path, odd) == ["slurm_up 0"]


def test_silent_connections_hold_nobody_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ask(monkeypatch, tmp_path, SINFO)
    with serving() as server:
        silent = [socket.create_connection(("127.0.0.1", server.server_port)) for _ in range(10)]
        begin = time.monotonic()
        assert values(server) == VALUES
        assert time.monotonic() - begin < 2
        for connection in silent:
            connection.close()


def test_many_questions_are_one_of_slurm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ask(monkeypatch, tmp_path, f"echo x >> {tmp_path}/asked\n{SINFO}")
    with serving() as server:
        for _ in range(20):
            assert values(server) == VALUES
    assert (tmp_path / "asked").read_text() == "x\n" * 3


def drip(connections: list[socket.socket], stop: threading.Event) -> None:
    """Sends a byte now and then."""
    while not stop.wait(0.1):
        for connection in connections:
            with suppress(OSError):
                connection.sendall(b"a")


def connect(server: Any, count: int, source: str) -> list[socket.socket]:
    found = []
    for _ in range(count):
        address = ("127.0.0.1", server.server_port)
        found.append(socket.create_connection(address, source_address=(source, 0)))
        # The server may have closed it.
        with suppress(OSError):
            found[-1].sendall(b"GET /")
    return found


def test_question_that_comes_byte_by_byte_ends(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(slurm_exporter, "REQUEST_SECONDS", 1)
    ask(monkeypatch, tmp_path, SINFO)
    stop = threading.Event()
    with serving() as server:
        connections = [
            connection
            for number in range(2, 10)
            for connection in connect(server, 4, f"127.0.0.{number}")
        ]
        thread = threading.Thread(target=drip, args=(connections, stop))
        thread.start()
        try:
            end = time.monotonic() + 5
            while len(server._deadlines) > 0:
                assert time.monotonic() < end
                time.sleep(0.05)
            assert values(server) == VALUES
        finally:
            stop.set()
            thread.join()
    # The journal has no traceback for each of them.
    assert capsys.readouterr().err == ""


def test_one_client_leaves_room_for_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ask(monkeypatch, tmp_path, SINFO)
    with serving() as server:
        connections = connect(server, 60, "127.0.0.2")
        assert values(server) == VALUES
        for connection in connections:
            connection.close()
