"""The metrics of Slurm, and the server of all exporters."""

import re
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import pytest

metrics_server = import_module("metrics_server")
slurm_metrics = import_module("slurm_metrics")

SINFO = r"""printf '%s|\n' 'a|dev*|idle|0/4/0/4|(null)|(null)|none' 'b|dev*|idle|0/4/0/4|gpu:1,shard:4|gpu:0,shard:0|none' \
    'c|dev*|down*|0/0/4/4|(null)|gpu:0|Not "responding" | a\b' \
    'd|dev*|mixed-|32/0/0/32|gpu:h100:8(S:0-1)|gpu:h100:2(IDX:0-1)|none' \
    'd|gpu|mixed-|32/0/0/32|gpu:h100:8(S:0-1)|gpu:h100:2(IDX:0-1)|none'"""
SQUEUE = r"""printf '%s|\n' 'gpu|RUNNING|None|2026-01-01T00:00:00|cpu=8,node=1,gres/gpu=2,gres/gpu:h100=2|research' \
    'gpu|RUNNING|None|2026-01-01T00:00:00|cpu=8,node=1|a|"b\c' \
    'dev,gpu|PENDING|Resources|2026-01-01T00:00:00|cpu=1,gres/gpu=4|research' \
    'dev|PENDING|JobHeldUser|2020-01-01T00:00:00|cpu=1|research'"""
SDIAG = r"""printf '%b\n' 'Server thread count:  3' 'DBD Agent queue size: 7' '' 'Main schedule statistics (microseconds):' \
    '\tLast cycle:   1500' '\tMax cycle:    2000' '\tLast queue length: 2' '' 'Backfilling stats' \
    '\tLast cycle: 250000' '\tLast depth cycle: 4' '\tLast cycle when: N/A' '\tLast queue length: 1' '' \
    'Remote Procedure Call statistics by user' '\tanna (0) count:31 ave_time:371'"""
CONFIG = (
    "printf '%s\\n' 'AccountingStorageType   = accounting_storage/slurmdbd' 'SlurmctldPort = 6817'"
)
VALUES = [
    'slurm_up{cluster="training"} 1',
    'slurm_cluster_nodes{cluster="training",state="down"} 1',
    'slurm_cluster_nodes{cluster="training",state="idle"} 2',
    'slurm_cluster_nodes{cluster="training",state="mixed"} 1',
    'slurm_nodes{cluster="training",partition="dev",state="down"} 1',
    'slurm_nodes{cluster="training",partition="dev",state="idle"} 2',
    'slurm_nodes{cluster="training",partition="dev",state="mixed"} 1',
    'slurm_nodes{cluster="training",partition="gpu",state="mixed"} 1',
    r'slurm_node_unavailable{cluster="training",node="c",state="down",reason="Not \"responding\" | a\\b"} 1',
    'slurm_jobs{cluster="training",partition="dev",state="pending"} 2',
    'slurm_jobs{cluster="training",partition="gpu",state="running"} 2',
    'slurm_oldest_pending_job_seconds{cluster="training",partition="dev"} AGE',
    r'slurm_account_jobs{cluster="training",account="a|\"b\\c",state="running"} 1',
    'slurm_account_jobs{cluster="training",account="research",state="pending"} 2',
    'slurm_account_jobs{cluster="training",account="research",state="running"} 1',
    r'slurm_account_gpus{cluster="training",account="a|\"b\\c"} 0',
    'slurm_account_gpus{cluster="training",account="research"} 2',
    'slurm_cpus{cluster="training",state="allocated"} 32',
    'slurm_cpus{cluster="training",state="idle"} 8',
    'slurm_cpus{cluster="training",state="other"} 4',
    'slurm_cpus{cluster="training",state="total"} 44',
    'slurm_gpus{cluster="training",state="allocated"} 2',
    'slurm_gpus{cluster="training",state="total"} 9',
    'slurm_partition_gpus{cluster="training",partition="dev",state="allocated"} 2',
    'slurm_partition_gpus{cluster="training",partition="dev",state="total"} 9',
    'slurm_partition_gpus{cluster="training",partition="gpu",state="allocated"} 2',
    'slurm_partition_gpus{cluster="training",partition="gpu",state="total"} 8',
    'slurm_slurmdbd_up{cluster="training"} 1',
    'slurm_slurmdbd_queue_length{cluster="training"} 7',
    'slurm_slurmctld_threads{cluster="training"} 3',
    'slurm_scheduler_cycle_seconds{cluster="training",scheduler="backfill",statistic="last"} 0.25',
    'slurm_scheduler_cycle_seconds{cluster="training",scheduler="main",statistic="last"} 0.0015',
    'slurm_scheduler_cycle_seconds{cluster="training",scheduler="main",statistic="max"} 0.002',
    'slurm_scheduler_queue_length{cluster="training",scheduler="backfill"} 1',
    'slurm_scheduler_queue_length{cluster="training",scheduler="main"} 2',
]
DOWN = 'slurm_up{cluster="training"} 0'


class Slurm:
    """The commands of Slurm, pretended, and the metrics that come of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.metrics = slurm_metrics.SlurmMetrics("training")
        for name, content in {
            "sinfo": SINFO,
            "squeue": SQUEUE,
            "sdiag": SDIAG,
            "scontrol": CONFIG,
            "sacctmgr": "exit 0",
        }.items():
            self.prints(name, content)

    def prints(self, command: str, content: str) -> None:
        (self.folder / command).write_text(f"#!{shutil.which('bash')}\n{content}\n")
        (self.folder / command).chmod(0o755)

    def lines(self) -> list[str]:
        return values_of(self.metrics.exposition())

    @contextmanager
    def serving(self) -> Iterator[Any]:
        answer = metrics_server.Answer(self.metrics.exposition)
        server = metrics_server.Server(("127.0.0.1", 0), answer)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
        server.server_close()


@pytest.fixture
def slurm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Slurm:
    monkeypatch.setattr(slurm_metrics, "PATH", str(tmp_path))
    return Slurm(tmp_path)


def values_of(text: str) -> list[str]:
    """The values without comments. Ages are those of the clock."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return [re.sub(r"^(slurm_oldest.*) \d{7,}$", r"\1 AGE", line) for line in lines]


def values(server: Any) -> list[str]:
    with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/", timeout=5) as answer:
        return values_of(answer.read().decode())


def test_what_slurm_knows(slurm: Slurm) -> None:
    with slurm.serving() as server:
        assert values(server) == VALUES


@pytest.mark.skipif(shutil.which("promtool") is None, reason="apt-get install prometheus")
def test_prometheus_reads_the_metrics(slurm: Slurm) -> None:
    text = slurm.metrics.exposition()
    done = subprocess.run(
        ["promtool", "check", "metrics"],  # noqa: S607
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("command", ["sinfo", "squeue", "sdiag"])
def test_slurm_that_does_not_answer(slurm: Slurm, command: str) -> None:
    slurm.prints(command, "exit 1")
    assert slurm.lines() == [DOWN, 'slurm_slurmdbd_up{cluster="training"} 1']


def test_slurm_that_has_never_answered(slurm: Slurm) -> None:
    slurm.prints("scontrol", "exit 1")
    assert slurm.lines() == [DOWN]


@pytest.mark.parametrize("odd", ["echo 'a|dev|idle|many|||'", "echo 'dev|idle'", "echo 1/2"])
def test_odd_line_of_slurm(slurm: Slurm, odd: str) -> None:
    slurm.prints("sinfo", odd)
    assert slurm.lines()[0] == DOWN


def test_slurmdbd_does_not_answer(slurm: Slurm) -> None:
    slurm.prints("sacctmgr", "exit 1")
    assert 'slurm_slurmdbd_up{cluster="training"} 0' in slurm.lines()


def test_cluster_without_accounting(slurm: Slurm) -> None:
    slurm.prints("scontrol", "echo 'AccountingStorageType = (null)'")
    assert not any(line.startswith("slurm_slurmdbd_up") for line in slurm.lines())


def test_users_do_not_make_more_series(slurm: Slurm) -> None:
    """A thousand accounts, partitions and states that are none, rows that are none."""
    slurm.prints(
        "squeue",
        'for i in {1..1000}; do echo "p$i|S$i|None|2026-01-01T00:00:00|cpu=1|a$i|"; echo "x$i"; done',
    )
    lines = slurm.lines()
    assert len(lines) < 100
    assert lines[0] == 'slurm_up{cluster="training"} 1'
    assert 'slurm_jobs{cluster="training",partition="other",state="other"} 1000' in lines
    assert 'slurm_account_jobs{cluster="training",account="other",state="other"} 950' in lines


def test_text_does_not_end_a_label(slurm: Slurm) -> None:
    long = "a" * 500
    slurm.prints("sinfo", f"printf '%s|\\n' 'a|dev|drained|0/0/4/4|||\"}} 1 {long}'")
    (line,) = (line for line in slurm.lines() if line.startswith("slurm_node_unavailable"))
    assert line.endswith(f'reason="\\"}} 1 {"a" * 92}..."}} 1')


def test_at_most_a_hundred_nodes_with_a_reason(slurm: Slurm) -> None:
    slurm.prints("sinfo", 'for i in {1..300}; do echo "n$i|dev|down|0/0/4/4|||gone|"; done')
    lines = slurm.lines()
    assert sum(line.startswith("slurm_node_unavailable") for line in lines) == 100
    assert 'slurm_nodes{cluster="training",partition="dev",state="down"} 300' in lines


OWN = """\
# HELP slurm_bf_cycle_last Last backfill cycle time
# TYPE slurm_bf_cycle_last gauge
slurm_bf_cycle_last 250000
# HELP slurm_bf_depth_mean Mean backfill cycle depth
# TYPE slurm_bf_depth_mean gauge
slurm_bf_depth_mean 3
slurm_rpc_user_count{user="anna"} 31
"""


class Slurmctld(BaseHTTPRequestHandler):
    """What Slurm 25.11 answers with `MetricsType=metrics/openmetrics`."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(OWN.encode())

    def log_message(self, *_: object) -> None:
        pass


def test_slurm_measures_its_schedulers_itself(slurm: Slurm) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Slurmctld)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    slurm.prints("sdiag", "exit 1")
    slurm.prints(
        "scontrol",
        f"echo 'MetricsType = metrics/openmetrics'; echo 'SlurmctldPort = {server.server_port}'",
    )
    first, second = slurm.lines(), slurm.lines()
    server.shutdown()
    server.server_close()

    assert first[0] == 'slurm_up{cluster="training"} 1'
    assert first == second
    assert first[-3:] == [
        'slurm_scheduler_cycle_seconds{cluster="training",scheduler="backfill",statistic="last"} 0.25',
        'slurm_bf_cycle_last{cluster="training"} 250000',
        'slurm_bf_depth_mean{cluster="training"} 3',
    ]
    # Slurm advises not to ask more often than once in a minute.
    assert Slurmctld.asked == ["/metrics/scheduler"]


def test_silent_connections_hold_nobody_up(slurm: Slurm) -> None:
    with slurm.serving() as server:
        silent = [socket.create_connection(("127.0.0.1", server.server_port)) for _ in range(10)]
        begin = time.monotonic()
        assert values(server) == VALUES
        assert time.monotonic() - begin < 2
        for connection in silent:
            connection.close()


def test_many_questions_are_one_of_slurm(slurm: Slurm, tmp_path: Path) -> None:
    slurm.prints("sinfo", f"echo x >> {tmp_path}/asked\n{SINFO}")
    with slurm.serving() as server:
        for _ in range(20):
            assert values(server) == VALUES
    assert (tmp_path / "asked").read_text() == "x\n"


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
    slurm: Slurm, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(metrics_server, "REQUEST_SECONDS", 1)
    tell_apart(monkeypatch)
    stop = threading.Event()
    with slurm.serving() as server:
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


def tell_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes addresses of this machine for those of several."""
    monkeypatch.setattr(metrics_server, "client_of", lambda address: address[0])


def test_one_client_leaves_room_for_others(slurm: Slurm, monkeypatch: pytest.MonkeyPatch) -> None:
    tell_apart(monkeypatch)
    with slurm.serving() as server:
        connections = connect(server, 60, "127.0.0.2")
        assert values(server) == VALUES
        for connection in connections:
            connection.close()


def test_users_of_the_node_are_one_client(slurm: Slurm) -> None:
    """Each has all addresses that begin with 127."""
    with slurm.serving() as server:
        connections = [
            connection
            for number in range(2, 8)
            for connection in connect(server, 10, f"127.0.0.{number}")
        ]
        end = time.monotonic() + 5
        while server._clients.total() < metrics_server.MOST_CONNECTIONS_OF_A_CLIENT:
            assert time.monotonic() < end
            time.sleep(0.05)
        assert set(server._clients) == {metrics_server.client_of(("127.0.0.9", 1))}
        assert metrics_server.client_of(("10.1.0.9", 1)) not in server._clients
        assert server._clients.total() == metrics_server.MOST_CONNECTIONS_OF_A_CLIENT
        for connection in connections:
            connection.close()
