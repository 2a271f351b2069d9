"""The dashboards of Grafana: they are current, and each query is one that Prometheus answers."""

import json
import shutil
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from hyperpod_constructs.__main__ import main
from hyperpod_constructs.command_line.dashboards.command import DASHBOARDS, text_of

from .grafana_dashboards import BOARDS, COMMAND
from .grafana_dashboards import text_of as built
from .panels import NOT_ON_THE_BENCH, all_queries, panels, queries
from .programs import free_port, running

GPU = 'gpu="{gpu}",UUID="GPU-{gpu}",device="nvidia{gpu}",modelName="NVIDIA H100",Hostname="ip-1"'
COUNTERS = {
    "DCGM_FI_DEV_SM_CLOCK": 1980,
    "DCGM_FI_DEV_MEMORY_TEMP": 45,
    "DCGM_FI_DEV_GPU_TEMP": 41,
    "DCGM_FI_DEV_POWER_USAGE": 112.5,
    "DCGM_FI_DEV_GPU_UTIL": 87,
    "DCGM_FI_DEV_XID_ERRORS": 79,
    "DCGM_FI_DEV_FB_USED": 64512,
    "DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS": 1,
    "DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS": 0,
    "DCGM_FI_DEV_ROW_REMAP_FAILURE": 0,
    "DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL": 125,
    "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE": 0.42,
}
"""Some of what the DCGM exporter has by default, of a GPU with a fault."""
EFA_COUNTERS = ("rx_bytes", "tx_bytes", "rdma_read_bytes", "rdma_write_bytes")
MOUNTED = 'device="10.0.0.1@tcp:/abc",fstype="lustre",mountpoint="/fsx"'


def sample() -> str:
    """What exporters say of a node with two GPUs, EFA and a file system."""
    lines = [
        f"{name}{{{GPU.format(gpu=gpu)}}} {value}"
        for name, value in COUNTERS.items()
        for gpu in range(2)
    ]
    lines += [f'node_amazonefa_{name}{{device="rdmap0s6",port="1"}} 5' for name in EFA_COUNTERS]
    lines += [f"node_filesystem_{name}_bytes{{{MOUNTED}}} 5" for name in ("avail", "size")]
    return "\n".join([*lines, ""])


@pytest.mark.parametrize("name", DASHBOARDS)
def test_is_current(name: str) -> None:
    if text_of(name) != built(name):
        pytest.fail(f"{name}.json is not what its panels are: run {COMMAND}")


def test_all_are_shipped() -> None:
    assert DASHBOARDS.keys() == BOARDS.keys()


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "a/b"
    assert main(["dashboards", "--output", str(folder)]) == 0

    paths = [folder / f"{name}.json" for name in DASHBOARDS]
    assert capsys.readouterr().out.splitlines() == [str(path) for path in paths]
    for name, path in zip(DASHBOARDS, paths, strict=True):
        assert json.loads(path.read_text())["title"].startswith("HyperPod: ")
        assert path.read_text() == text_of(name)


def test_folder_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["dashboards", "--output", str(tmp_path / "file/x")]) == 2
    assert "cannot be written: Not a directory" in capsys.readouterr().err


@pytest.mark.parametrize("name", DASHBOARDS)
def test_panels_do_not_overlap(name: str) -> None:
    cells = [
        (x, y)
        for panel in panels(name)
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_queries_name_the_cluster() -> None:
    for title, expression in all_queries("training"):
        assert expression.count('cluster="training"') >= 1, title
        assert "$" not in expression


@pytest.mark.skipif(shutil.which("promtool") is None, reason="apt-get install prometheus")
def test_prometheus_reads_each_query(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{index}", "expr": expression}
        for index, (_, expression) in enumerate(all_queries("training"))
    ]
    file = tmp_path / "panels.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))

    done = subprocess.run(
        [str(shutil.which("promtool")), "check", "rules", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"SUCCESS: {len(rules)} rules found" in done.stdout, done.stderr


@pytest.fixture
def exporter() -> Iterator[int]:
    class Exporter(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(sample().encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Exporter)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.mark.skipif(shutil.which("prometheus") is None, reason="apt-get install prometheus")
def test_panels_of_what_the_bench_lacks_have_series(tmp_path: Path, exporter: int) -> None:
    """Those of GPUs, EFA and file systems. The nodes of `make nodes` have the others."""
    port = free_port()
    target = {
        "targets": [f"127.0.0.1:{exporter}"],
        "labels": {"cluster": "training", "instance": "ip-1"},
    }
    settings = {
        "global": {"scrape_interval": "1s"},
        "scrape_configs": [{"job_name": "dcgm", "static_configs": [target]}],
    }
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(settings))
    wanted = [
        *queries("gpus", "training"),
        *(query for query in queries("nodes", "training") if query[0] in NOT_ON_THE_BENCH),
    ]
    with running(
        tmp_path,
        "prometheus",
        "--config.file=prometheus.yml",
        f"--web.listen-address=127.0.0.1:{port}",
        "--storage.tsdb.path=data",
    ):
        missing = [title for title, expression in wanted if not has_series(port, expression)]
    assert len(wanted) > 15
    assert missing == []


def has_series(port: int, expression: str, seconds: float = 30) -> bool:
    """Whether a query has series, after some time."""
    end = time.monotonic() + seconds
    parameters = urllib.parse.urlencode({"query": expression})
    while time.monotonic() < end:
        try:
            address = f"http://127.0.0.1:{port}/api/v1/query?{parameters}"
            with urllib.request.urlopen(address, timeout=5) as answer:
                if json.load(answer)["data"]["result"]:
                    return True
        except OSError:
            pass
        time.sleep(0.5)
    return False
