"""What the reference scripts of AWS and those of this library survive, on the same machines.

`REFERENCE_SCRIPTS` names the folder `base-config` of the scripts of AWS, which are not part of this
repository. The table of the documentation says what each test is to find.
"""

import os
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

import hyperpod_constructs as hp
from tests.synth import ROOT

from . import reference_layer
from .apt_lock import HOLD
from .bundle import Bundle
from .cluster import Cluster, wait_until
from .configured_files import files_of
from .hyperpod import SLURM_CONF, TEMPLATE
from .shapes import CONTROLLER, small, worker

FOLDER = os.environ.get("REFERENCE_SCRIPTS", "")
TABLE = ROOT / "docs" / "node-faults.md"
OURS, THEIRS = "hyperpod-constructs", "base-config"
# Without those of Ansible.
FOLDERS = "/etc /opt /home /var/lib/systemd /fsx"
# What the scripts of AWS wait for at most, with room for a busy machine.
PATIENCE = 540
_CHANGES_BY_ITSELF = re.compile(r"^(BOOT_TIME|Slurmctld\(|NEXT_JOB_ID|Configuration data)")

pytestmark = pytest.mark.skipif(
    not (FOLDER and reference_layer.path().exists()),
    reason="REFERENCE_SCRIPTS=<base-config>; python -m tests.nodes.reference_layer",
)


@dataclass
class Bench:
    """A cluster with one kind of scripts, none of which has run."""

    cluster: Cluster
    is_serving: bool = False
    environment: dict[str, str] = field(
        default_factory=lambda: {"HYPERPOD_WAIT_SECONDS": f"{PATIENCE}"}
    )

    def create(self, *, delay: float = 0, mount_delay: float = 0) -> None:
        """Creates the cluster; HyperPod and the file system may be late."""
        cluster = self.cluster
        cluster.add_all()
        cluster.boot()
        self.run(delay=delay, mount_delay=mount_delay)

    def run(self, *, delay: float = 0, mount_delay: float = 0) -> None:
        """Runs the scripts on all nodes."""
        cluster = self.cluster
        cluster.start_scripts(*cluster.nodes, **self.environment)
        begin = time.monotonic()
        events = [(delay, cluster.platform.write_slurm_conf), (mount_delay, self.serve)]
        for moment, act in sorted(events, key=lambda event: event[0]):
            time.sleep(max(0, begin + moment - time.monotonic()))
            act()
        self.wait()

    def wait(self) -> None:
        """Waits until the scripts have ended well."""
        for node in self.cluster.nodes:
            try:
                node.wait_for_scripts(PATIENCE)
            except subprocess.TimeoutExpired as error:
                raise AssertionError(f"the scripts of {node.name} do not end") from error
        self.cluster.expect_provisioned()

    def expect_job(self) -> None:
        """Fails unless a job runs on all workers, and is recorded."""
        cluster = self.cluster
        cluster.wait_until_idle()
        count = len(cluster.group("cpu"))
        name = f"job{time.time_ns()}"
        run = f"srun --partition=cpu --nodes={count} --job-name={name} hostname"
        assert len(cluster.controller.run(run).split()) == count
        wait_until(lambda: name in self.recorded(), self.recorded)

    def recorded(self) -> set[str]:
        """The names of the jobs on record."""
        query = "sacct --duplicates --noheader --parsable2 --allocations --starttime=now-1hour"
        return set(
            self.cluster.controller.run(f"{query} --format=JobName 2> /dev/null || true").split()
        )

    def settings(self) -> list[str]:
        """The settings of Slurm."""
        shown = self.cluster.controller.run("scontrol show config", check=False).splitlines()
        return [line for line in shown if not _CHANGES_BY_ITSELF.match(line)]

    def files(self) -> dict[str, dict[str, str]]:
        """What the scripts may have written on each node."""
        return {node.name: files_of(node.host, FOLDERS) for node in self.cluster.nodes}

    def serve(self) -> None:
        """Lets the file system listen."""
        if not self.is_serving:
            for server in self.cluster.file_servers.values():
                server.start()
        self.is_serving = True


def nothing(bench: Bench) -> None:
    bench.create()
    bench.expect_job()


def slurm_conf_comes_late(bench: Bench) -> None:
    bench.create(delay=300)
    bench.expect_job()


def file_system_comes_late(bench: Bench) -> None:
    bench.create(mount_delay=240)
    bench.expect_job()


def apt_is_busy(bench: Bench) -> None:
    cluster = bench.cluster
    cluster.add_all()
    cluster.boot()
    for node in cluster.nodes:
        node.host.write("/run/hold.py", HOLD)
        node.host.run(
            "systemd-run --quiet python3 /run/hold.py; systemd-run --quiet --on-active=90 touch /run/free"
        )
    bench.run()
    bench.expect_job()


def topology_without_its_file(bench: Bench) -> None:
    bench.create()
    bench.expect_job()


def options_of_slurmd_in_a_file(bench: Bench) -> None:
    bench.create()
    bench.expect_job()


def slurm_conf_is_written_anew(bench: Bench) -> None:
    bench.create()
    bench.expect_job()
    before = bench.settings()
    bench.cluster.controller.run(f"rm {SLURM_CONF}")
    bench.cluster.platform.write_slurm_conf_anew()
    time.sleep(10)
    bench.cluster.reconfigure()
    wait_until(lambda: bench.settings() == before, lambda: set(before) ^ set(bench.settings()))


def power_is_cut(bench: Bench) -> None:
    cluster = bench.cluster
    cluster.add_all()
    cluster.boot()
    cluster.start_scripts(*cluster.nodes, **bench.environment)
    bench.serve()
    cluster.platform.write_slurm_conf()
    database = "ls --directory /var/lib/mysql/slurm_acct_db"
    wait_until(lambda: bool(cluster.controller.run(database, check=False)), limit=PATIENCE)
    for node in cluster.nodes:
        node.host.kill()
    cluster.boot()
    bench.run()
    bench.expect_job()


def scripts_run_again(bench: Bench) -> None:
    bench.create()
    bench.expect_job()
    before = bench.files()
    bench.run()
    bench.expect_job()
    for name, after in bench.files().items():
        assert dict(after.items() ^ before[name].items()) == {}


def nodes_reboot(bench: Bench) -> None:
    bench.create()
    bench.cluster.reboot(bench.cluster.nodes)
    bench.expect_job()


def worker_is_added(bench: Bench) -> None:
    bench.create()
    (group,) = (each for each in bench.cluster.platform.bundle.groups if each.name == "cpu")
    new = bench.cluster.add(group)
    bench.cluster.boot([new])
    bench.cluster.start_scripts(new, **bench.environment)
    bench.wait()
    bench.cluster.platform.write_slurm_conf()
    bench.cluster.reconfigure()
    bench.expect_job()


def slurmd_is_started_on_the_controller(bench: Bench) -> None:
    bench.create()
    bench.cluster.controller.run("systemctl restart slurmd", check=False)
    assert bench.cluster.controller.read(SLURM_CONF)
    bench.expect_job()


FAULTS: dict[str, Callable[[Bench], None]] = {
    "Nothing goes wrong": nothing,
    "`slurm.conf` names a controller 5 minutes after the scripts begin": slurm_conf_comes_late,
    "The mount target of FSx for Lustre listens after 4 minutes": file_system_comes_late,
    "Another program holds the lock of `dpkg` for 90 s": apt_is_busy,
    "`TopologyPlugin=topology/tree` without `topology.conf`": topology_without_its_file,
    "The AMI sets `SLURMD_OPTIONS` in a file": options_of_slurmd_in_a_file,
    "`slurm.conf` is deleted, and HyperPod writes it anew: settings return": slurm_conf_is_written_anew,
    "Power is cut while scripts run, which then run again": power_is_cut,
    "Scripts run twice: no file changes": scripts_run_again,
    "All nodes reboot": nodes_reboot,
    "HyperPod adds a worker to `slurm.conf` after its scripts": worker_is_added,
    "`systemctl restart slurmd` on the controller": slurmd_is_started_on_the_controller,
}
IMAGE_FILES: dict[Callable[[Bench], None], dict[str, str]] = {
    topology_without_its_file: {SLURM_CONF: f"{TEMPLATE}TopologyPlugin=topology/tree\n"},
    options_of_slurmd_in_a_file: {"/opt/slurm/etc/default/slurmd": "SLURMD_OPTIONS=-v\n"},
}


def documented() -> dict[str, dict[str, str]]:
    """What the documentation says: yes or no, by fault and scripts."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in TABLE.read_text().splitlines()
        if line.startswith("| ")
    ]
    header, _, *cells = rows
    return {row[0]: dict(zip(header[1:], row[1:], strict=True)) for row in cells}


def theirs(bundle: Bundle) -> Bundle:
    """The cluster with the scripts of AWS, without containers: those come from GitHub."""
    folder = Path(FOLDER)
    scripts = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    config = scripts["config.py"].replace(
        b"enable_docker_enroot_pyxis = True", b"enable_docker_enroot_pyxis = False"
    )
    form = bundle.files["provisioning_params.json"]
    named = {"provisioning_params.json": form, "provisioning_parameters.json": form}
    return replace(bundle, files={**scripts, "config.py": config, **named})


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("scripts", [THEIRS, OURS])
def test_fault(tmp_path: Path, scripts: str, fault: str) -> None:
    accounting = hp.Accounting.local(backup=None)
    default = hp.LifecycleScripts.default(accounting=accounting, reserve_login_nodes=False)
    bundle = small(tmp_path, CONTROLLER, worker(), scripts=default, lustre=True)
    act = FAULTS[fault]
    with Cluster(
        bundle if scripts == OURS else theirs(bundle),
        files=IMAGE_FILES.get(act),
        layer=reference_layer.path(),
    ) as cluster:
        try:
            act(Bench(cluster))
        except AssertionError as error:
            found = "no"
            print(f"{scripts}: {fault}: {error}")  # noqa: T201
        else:
            found = "yes"
    assert found == documented()[fault][scripts]
