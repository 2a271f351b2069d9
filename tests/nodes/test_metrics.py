"""The metrics of a cluster with Slurm: what it says of nodes, jobs and accounting, in every state of them."""

import re
import shutil
import subprocess
import time
from collections.abc import Iterator

import pytest

import hyperpod_constructs as hp

from .cluster import Cluster, wait_until
from .shapes import CONTROLLER, small, worker

ACCOUNT = "research"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    scripts = hp.LifecycleScripts.default(
        accounting=hp.Accounting.local(backup=None),
        metrics=hp.MetricsExporters(node=False, gpu=False),
    )
    groups = (CONTROLLER, worker("gpu", "ml.p5.48xlarge"), worker("cpu", count=2))
    with Cluster(small(tmp_path_factory.mktemp("small"), *groups, scripts=scripts)) as running:
        running.bring_up()
        running.controller.run(f"sacctmgr --immediate add account {ACCOUNT}")
        running.controller.run(f"sacctmgr --immediate add user root account={ACCOUNT}")
        yield running


def scrape(cluster: Cluster) -> dict[str, float]:
    """The metrics without those of the last seconds, each by its name and labels but the cluster's."""
    unit = "slurm-exporter"
    cluster.controller.run(f"systemctl reset-failed {unit}; systemctl restart {unit}")
    text = ""

    def has_answered() -> bool:
        nonlocal text
        text = cluster.controller.run(fetch(), check=False)
        return bool(text)

    wait_until(has_answered)
    if promtool := shutil.which("promtool"):
        checked = subprocess.run(
            [promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False
        )
        assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
    lines = [line for line in text.split("\n") if line and not line.startswith("#")]
    assert all('{cluster="small"' in line for line in lines)
    pairs = (line.rsplit(" ", 1) for line in lines)
    return {re.sub(r'cluster="small",?', "", name): float(value) for name, value in pairs}


def fetch() -> str:
    """The command that reads the metrics on a machine without curl."""
    code = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:9341/').read().decode())"
    return f'python3 -c "{code}"'


def test_nodes_gpus_and_accounting(cluster: Cluster) -> None:
    found = scrape(cluster)
    assert found["slurm_up{}"] == 1
    assert found["slurm_slurmdbd_up{}"] == 1
    assert found['slurm_nodes{partition="cpu",state="idle"}'] == 2
    assert found['slurm_nodes{partition="dev",state="idle"}'] == 3
    assert found['slurm_gpus{state="total"}'] == 8
    assert found['slurm_partition_gpus{partition="gpu",state="allocated"}'] == 0
    assert found['slurm_cpus{state="total"}'] == 224
    assert 'slurm_scheduler_cycle_seconds{scheduler="main",statistic="last"}' in found
    assert not any(name.startswith("slurm_node_unavailable") for name in found)


def test_jobs_of_an_account(cluster: Cluster) -> None:
    host = cluster.controller
    begin = time.monotonic()
    host.run(f"sbatch --account={ACCOUNT} --partition=gpu --gres=gpu:3 --wrap 'sleep 3600'")
    host.run(f"sbatch --account={ACCOUNT} --partition=gpu --exclusive --wrap 'sleep 3600'")
    host.run(f"sbatch --account={ACCOUNT} --partition=cpu --hold --wrap 'sleep 3600'")
    wait_until(lambda: "RUNNING" in host.run("squeue --noheader --format=%T"))
    wait_until(lambda: "(Resources)" in host.run("squeue --noheader --format=%R"))

    found = scrape(cluster)
    assert found[f'slurm_account_jobs{{account="{ACCOUNT}",state="running"}}'] == 1
    assert found[f'slurm_account_jobs{{account="{ACCOUNT}",state="pending"}}'] == 2
    # Jobs have nodes of their own.
    assert found[f'slurm_account_gpus{{account="{ACCOUNT}"}}'] == 8
    assert found['slurm_gpus{state="allocated"}'] == 8
    assert found['slurm_jobs{partition="gpu",state="running"}'] == 1
    waited = found['slurm_oldest_pending_job_seconds{partition="gpu"}']
    # Slurm counts whole seconds.
    assert 0 <= waited <= time.monotonic() - begin + 1
    assert 'slurm_oldest_pending_job_seconds{partition="cpu"}' not in found
    host.run("scancel --user=root")
    cluster.wait_until_idle()


@pytest.mark.parametrize("reason", ["GPU 3 is gone", 'a "disk" | \\ %s {} é'])
def test_drained_node_and_its_reason(cluster: Cluster, reason: str) -> None:
    name = cluster.group("cpu")[0].name
    cluster.controller.write("/run/reason", reason)
    change = f"scontrol update nodename={name}"
    cluster.controller.run(f'{change} state=drain reason="$(cat /run/reason)"')

    found = scrape(cluster)
    written = reason.replace("\\", "\\\\").replace('"', '\\"')
    assert found[f'slurm_node_unavailable{{node="{name}",state="drained",reason="{written}"}}'] == 1
    assert found['slurm_nodes{partition="cpu",state="drained"}'] == 1
    cluster.controller.run(f"{change} state=resume")


def test_account_that_looks_like_jobs(cluster: Cluster) -> None:
    """Who submits chooses the account, where accounting does not forbid it: it is the text of a label."""
    host = cluster.controller
    forged = "$'x|\\ngpu|RUNNING|None|2026-01-01T00:00:00|gres/gpu=99|forged|\\ny'"
    host.run(f"sbatch --hold --account={forged} --wrap 'sleep 1'", check=False)

    found = scrape(cluster)
    host.run("scancel --user=root")
    assert found["slurm_up{}"] == 1
    assert not any(value == 99 for value in found.values())


def test_slurmdbd_stops(cluster: Cluster) -> None:
    cluster.controller.run("systemctl stop slurmdbd")
    found = scrape(cluster)
    cluster.controller.run("systemctl start slurmdbd")
    assert (found["slurm_up{}"], found["slurm_slurmdbd_up{}"]) == (1, 0)
    wait_until(lambda: scrape(cluster)["slurm_slurmdbd_up{}"] == 1)


def test_database_stops(cluster: Cluster) -> None:
    cluster.controller.run("systemctl stop mariadb")
    found = scrape(cluster)
    cluster.controller.run("systemctl start mariadb")
    assert (found["slurm_up{}"], found["slurm_slurmdbd_up{}"]) == (1, 0)


def test_slurmctld_stops(cluster: Cluster) -> None:
    cluster.controller.run("systemctl stop slurmctld")
    found = scrape(cluster)
    cluster.controller.run("systemctl start slurmctld")
    assert found["slurm_up{}"] == 0
    cluster.wait_until_idle()
