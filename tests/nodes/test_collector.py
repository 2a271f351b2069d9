"""The collector of each node: what reaches a Prometheus server, what it costs, and what an outage loses."""

import os
import time
from collections.abc import Iterator

import pytest

from tests.observability.panels import NOT_ON_THE_BENCH, queries
from tests.thorough import EVERY_FAULT, thorough

from .cluster import Cluster, wait_until
from .collecting import collecting
from .collector_program import PROGRAM
from .host import Host
from .prometheus_server import PrometheusServer, longest_gap

INTERVAL = 15
OUTAGE = 600 if EVERY_FAULT else 45
MEASURED = 120
COLLECTOR = "hyperpod-collector"
UNITS = (COLLECTOR, "prometheus-node-exporter", "slurm-exporter")

pytestmark = pytest.mark.skipif(
    not PROGRAM.exists(), reason="python -m tests.nodes.collector_program"
)


def show(figures: str) -> None:
    """Prints figures that the documentation has."""
    print(figures)  # noqa: T201


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Cluster, PrometheusServer]]:
    with collecting(tmp_path_factory.mktemp("collecting")) as found:
        yield found


def test_all_exporters_of_all_nodes_arrive(running: tuple[Cluster, PrometheusServer]) -> None:
    cluster, server = running
    wanted = {
        (node.name, node.group.name, job)
        for node in cluster.nodes
        for job in ("node", "collector", *(["slurm"] if node.group.name == "controller" else []))
    }

    def arrived() -> set[tuple[str, str, str]]:
        found = [series["metric"] for series in server.query('up{cluster="small"} == 1')]
        return {(each["instance"], each["instance_group"], each["job"]) for each in found}

    wait_until(lambda: arrived() == wanted, arrived)
    assert server.value('sum(slurm_nodes{cluster="small",partition="dev"})') == 2
    assert server.value('slurm_gpus{state="total"}') == 8


def test_series_of_a_node(running: tuple[Cluster, PrometheusServer]) -> None:
    cluster, server = running
    name = cluster.group("cpu")[0].name
    wait_until(lambda: bool(server.query(f'node_uname_info{{instance="{name}"}}')))
    counts = {
        node.name: server.value(f'count({{instance="{node.name}"}})') for node in cluster.nodes
    }
    jobs = {
        series["metric"]["job"]: series["value"][1]
        for series in server.query(f'count by (job) ({{instance="{cluster.controller.name}"}})')
    }
    show(f"series of nodes with {os.cpu_count()} processors: {counts}; of the controller: {jobs}")
    assert max(count or 0 for count in counts.values()) < 400
    assert {each["metric"]["fstype"] for each in server.query("node_filesystem_size_bytes")} <= {
        *("ext4", "xfs", "lustre", "nfs4")
    }
    assert not server.query('node_cpu_seconds_total{mode!="idle"}')


def test_panels_of_the_dashboards_have_series(running: tuple[Cluster, PrometheusServer]) -> None:
    """With a job that runs, one that waits, and a node that is drained."""
    cluster, server = running
    host = cluster.controller
    drained = cluster.group("cpu")[0].name
    host.run(f"scontrol update nodename={drained} state=drain reason='a test'")
    for _ in range(2):
        host.run("sbatch --partition=gpu --gres=gpu:8 --wrap 'sleep 3600'")
    wanted = [
        (title, expression)
        for name in ("slurm", "nodes")
        for title, expression in queries(name, "small")
        if title not in NOT_ON_THE_BENCH
    ]

    def without_series() -> list[str]:
        return [title for title, expression in wanted if not server.query(expression)]

    wait_until(lambda: not without_series(), without_series)
    assert server.value('count(slurm_node_unavailable{reason="a test"})') == 1
    host.run(f"scancel --user=root; scontrol update nodename={drained} state=resume")


def test_runs_as_a_user_of_its_own(running: tuple[Cluster, PrometheusServer]) -> None:
    cluster, _ = running
    host = cluster.group("cpu")[0].host
    (pid,) = host.run(f"systemctl show --value --property=MainPID {COLLECTOR}").split()
    owner = host.run(f"ps --no-headers -o user:40 {pid}").strip()
    assert owner == COLLECTOR
    assert int(host.run(f"id --user {COLLECTOR}")) < 1000
    assert host.run(f"stat --format '%U %a' /var/lib/{COLLECTOR}").split() == [COLLECTOR, "700"]
    listed = (
        f"/etc/{COLLECTOR} /etc/{COLLECTOR}/prometheus.yml /etc/systemd/system/{COLLECTOR}.service"
    )
    assert set(host.run(f"stat --format '%U' {listed}").split()) == {"root"}
    for user in ("ubuntu", COLLECTOR):
        host.refuse(
            f"setpriv --reuid {user} --clear-groups sh -c 'echo > /etc/{COLLECTOR}/prometheus.yml'"
        )
    # From other machines it cannot be asked anything.
    assert "127.0.0.1:9099" in host.run("ss --listening --tcp --numeric")


def spent(host: Host) -> tuple[float, float]:
    """Seconds of processors and bytes of memory that the services and their children have used."""
    seconds = resident = 0.0
    for unit in UNITS:
        (pid,) = host.run(f"systemctl show --value --property=MainPID {unit}").split()
        if pid != "0":
            fields = host.read(f"/proc/{pid}/stat").rpartition(")")[2].split()
            seconds += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
            status = host.read(f"/proc/{pid}/status")
            resident += 1024 * float(status.split("VmRSS:")[1].split()[0])
    return seconds, resident


@thorough
def test_costs_little(running: tuple[Cluster, PrometheusServer]) -> None:
    cluster, _ = running
    begin = time.monotonic()
    before = {node.name: spent(node.host)[0] for node in cluster.nodes}
    time.sleep(MEASURED)
    for node in cluster.nodes:
        seconds, resident = spent(node.host)
        share = (seconds - before[node.name]) / (time.monotonic() - begin)
        show(f"{node.group.name}: {share:.2%} of a core, {resident / 1e6:.0f} MB")
        assert resident < 150e6
        assert share < 0.01


def test_an_outage_loses_nothing(running: tuple[Cluster, PrometheusServer]) -> None:
    cluster, server = running
    server.stop()
    time.sleep(OUTAGE)
    server.start()
    ended = time.time()
    selectors = [f'up{{instance="{node.name}",job="node"}}' for node in cluster.nodes]

    def is_recent() -> bool:
        newest = [server.value(f"timestamp({selector})") for selector in selectors]
        return all(value is not None and value > ended + INTERVAL for value in newest)

    wait_until(is_recent)
    for selector in selectors:
        times = server.times(selector, OUTAGE + 60)
        show(f"{selector}: {len(times)} samples, {longest_gap(times):.1f} s apart at most")
        assert times[0] < ended - OUTAGE
        # A busy machine scrapes late; a sample that is lost makes it twice the interval.
        assert longest_gap(times) < 1.5 * INTERVAL
        kept = 'prometheus_remote_storage_samples_failed_total{job="collector"}'
        assert not [series for series in server.query(kept) if series["value"][1] != "0"]


def test_node_without_its_collector_says_so(running: tuple[Cluster, PrometheusServer]) -> None:
    cluster, server = running
    host = cluster.group("cpu")[0].host
    host.run("systemctl stop prometheus-node-exporter")
    selector = f'up{{instance="{host.name}",job="node"}} == 0'
    wait_until(lambda: bool(server.query(selector)))
    host.run("systemctl start prometheus-node-exporter")
