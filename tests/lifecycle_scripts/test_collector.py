"""The collector: where Prometheus comes from, its configuration, and the user it runs as."""

import hashlib
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import PretendNode

ADDRESS = (
    "https://github.com/prometheus/prometheus/releases/download/v3.15.0/"
    "prometheus-3.15.0.linux-amd64.tar.gz"
)
URL = "https://aps-workspaces.us-west-2.amazonaws.com/workspaces/ws-1/api/v1/remote_write"
ARGUMENTS = (URL, "us-west-2", "training", "gpu", "worker", "node", "efa", "gpu")
AGENT = "echo '      --[no-]agent   Run in agent mode.'"
NAME = "hyperpod-collector"
SLOW = 206
"""The status of an answer without an end."""


@pytest.fixture
def node(node: PretendNode) -> PretendNode:
    node.replace("prometheus", AGENT)
    node.replace("id", "echo 998")
    node.replace("useradd", 'echo "useradd $*" >> "$NOTES/calls"')
    (node.scripts / "wait_until_ready.py").write_text("import sys; print('ready', *sys.argv[1:])")
    node.note("addresses", "ip-10-1-0-21")
    return node


def unit(node: PretendNode) -> str:
    return (node.root / f"etc/systemd/system/{NAME}.service").read_text()


def config(node: PretendNode) -> Any:
    return yaml.safe_load((node.root / f"etc/{NAME}/prometheus.yml").read_text())


def test_prometheus_that_is_there_is_used(node: PretendNode) -> None:
    result = node.run("install_collector.sh", *ARGUMENTS)

    assert result.returncode == 0, result.stdout
    assert result.stdout == f"ready http://127.0.0.1:9099/-/ready {NAME}\n"
    calls = node.calls()
    assert not [call for call in calls if call.startswith(("curl", "apt-get"))]
    assert f"\nExecStart={node.commands}/prometheus --agent --config.file=" in unit(node)
    assert calls[-3:] == [
        "systemctl daemon-reload",
        f"systemctl enable {NAME}",
        f"systemctl restart {NAME}",
    ]


@pytest.mark.parametrize("old", ["echo '--storage.agent.path'", "exit 1"])
def test_prometheus_that_is_too_old_is_not_used(node: PretendNode, old: str) -> None:
    """Versions before 3 spend more than a hundredth of a processor on waiting."""
    node.replace("prometheus", old)
    content = f"{ADDRESS}\n".encode()
    script = node.scripts / "install_collector.sh"
    digest = hashlib.sha256(content).hexdigest()
    script.write_text(re.sub(r"\[amd64\]=\w+", f"[amd64]={digest}", script.read_text()))
    programs = node.root / "usr/local/lib/hyperpod_constructs/collector"
    node.replace(
        "tar", f'echo "tar $*" >> $NOTES/calls; echo "{AGENT}" > {programs}/prometheus; '
        f"chmod +x {programs}/prometheus"
    )  # fmt: skip

    result = node.run("install_collector.sh", *ARGUMENTS)

    assert result.returncode == 0, result.stdout
    (call,) = node.calls("tar")
    assert call.endswith(
        f"--directory {programs} --no-same-owner --strip-components 1 "
        "prometheus-3.15.0.linux-amd64/prometheus"
    )
    assert f"\nExecStart={programs}/prometheus --agent " in unit(node)
    assert not list(node.root.glob("var/cache/*/*"))
    # What has been downloaded is used by the next run.
    assert node.run("install_collector.sh", *ARGUMENTS).returncode == 0
    assert node.calls("curl") == []


def test_another_download_than_the_pinned_one_is_refused(node: PretendNode) -> None:
    node.lacks("prometheus")

    result = node.run("install_collector.sh", *ARGUMENTS)

    assert result.returncode == 1
    assert (
        "prometheus-3.15.0.linux-amd64.tar.gz does not have the SHA-256 2a542df3" in result.stdout
    )
    assert node.calls("tar", "systemctl") == []
    assert not list(node.root.glob("var/cache/*/*"))


def test_user_of_the_system(node: PretendNode) -> None:
    assert node.run("install_collector.sh", *ARGUMENTS).returncode == 0

    (call,) = node.calls("useradd")
    assert call.startswith("useradd --system --user-group --no-create-home ")
    assert f"\nUser={NAME}\nStateDirectory={NAME}\nStateDirectoryMode=0700\n" in unit(node)


def test_user_of_the_same_name_is_refused(node: PretendNode) -> None:
    node.note("passwd", f"{NAME}:x:2001:2001::/home/a:/bin/bash\n")
    node.replace("id", "echo 2001")

    result = node.run("install_collector.sh", *ARGUMENTS)

    assert result.returncode == 1
    assert result.stdout == f"the user {NAME} of this node is not one of the system\n"
    assert node.calls("useradd", "systemctl") == []


@pytest.mark.parametrize("has_gpu", [False, True])
def test_configuration(node: PretendNode, has_gpu: bool) -> None:
    if has_gpu:
        node.file("/dev/nvidia0").touch()
        node.file("/etc/systemd/system/efa-exporter.service").touch()

    assert node.run("install_collector.sh", *ARGUMENTS).returncode == 0

    found = config(node)
    assert found["global"]["external_labels"] == {"cluster": "training"}
    assert found["remote_write"][0]["url"] == URL
    assert found["remote_write"][0]["sigv4"] == {"region": "us-west-2"}
    jobs = {job["job_name"]: job["static_configs"][0] for job in found["scrape_configs"]}
    assert list(jobs) == ["node", *(["efa", "dcgm"] if has_gpu else []), "collector"]
    assert jobs["node"] == {
        "targets": ["127.0.0.1:9100"],
        "labels": {"instance": "ip-10-1-0-21", "instance_group": "gpu", "node_type": "worker"},
    }


def test_program_at_the_port_of_an_exporter_cannot_fill_the_collector(node: PretendNode) -> None:
    assert node.run("install_collector.sh", *ARGUMENTS).returncode == 0

    for job in config(node)["scrape_configs"]:
        limits = {key: value for key, value in job.items() if key.endswith("limit")}
        assert limits == {
            "sample_limit": 10000,
            "label_limit": 40,
            "label_value_length_limit": 500,
            "body_size_limit": "10MB",
        }


def test_url_without_a_signature(node: PretendNode) -> None:
    arguments = ("http://prometheus:9090/", "", "training", "controller", "controller", "slurm")

    assert node.run("install_collector.sh", *arguments).returncode == 0

    assert "sigv4" not in config(node)["remote_write"][0]


@pytest.mark.skipif(shutil.which("promtool") is None, reason="apt-get install prometheus")
def test_prometheus_reads_the_configuration(node: PretendNode) -> None:
    node.file("/dev/nvidia0").touch()
    assert node.run("install_collector.sh", *ARGUMENTS, "slurm").returncode == 0

    file = node.root / f"etc/{NAME}/prometheus.yml"
    done = subprocess.run(
        [str(shutil.which("promtool")), "check", "config", "--agent", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


KEPT = [
    "node_cpu_seconds_total",
    "node_filesystem_avail_bytes",
    "node_load1",
    "node_memory_MemAvailable_bytes",
    "node_network_receive_bytes_total",
    "node_pressure_io_waiting_seconds_total",
    "hyperpod_users_refresh_success",
]
LEFT_OUT = ["go_goroutines", "node_softnet_processed_total", "node_cpu_guest_seconds_total"]


def test_what_is_kept_of_a_node(node: PretendNode) -> None:
    assert node.run("install_collector.sh", *ARGUMENTS).returncode == 0

    keep, *drops = config(node)["scrape_configs"][0]["metric_relabel_configs"]
    assert [name for name in KEPT + LEFT_OUT if re.fullmatch(keep["regex"], name)] == KEPT
    left_out = ["node_cpu_seconds_total;user", "veth12", "tmpfs"]
    kept = ["node_cpu_seconds_total;idle", "eth0", "lustre"]
    for rule, bad, good in zip(drops, left_out, kept, strict=True):
        assert re.fullmatch(rule["regex"], bad)
        assert not re.fullmatch(rule["regex"], good)


class Ready(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.end_headers()
        while self.status == SLOW:
            self.wfile.write(b".")
            time.sleep(0.5)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Ready)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("status", [200, 503, SLOW])
def test_waits_until_it_answers(
    node: PretendNode, port: int, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ready, "status", status)
    shutil.copy(Path(__file__).parents[2] / "lifecycle_scripts/wait_until_ready.py", node.scripts)

    address = f"http://127.0.0.1:{port}/-/ready"
    result = node.run("wait_until_ready.py", address, NAME, HYPERPOD_WAIT_SECONDS="1")

    assert result.returncode == (status != 200)
    if status != 200:
        assert f"the journal of {NAME}\n" in result.stdout
        assert result.stdout.endswith(f"{NAME} is not ready (tried for 1 s)\n")
