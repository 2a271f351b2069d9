"""Two controllers that share their state and a database: one reboots, then it dies, the other goes on."""

import json
import time
from collections.abc import Iterator

import pytest

import hyperpod_constructs as hp

from . import root
from .cluster import Cluster, wait_until
from .database import MASTER, Database
from .hyperpod import Node
from .shapes import LOGIN, small, worker

ARN = "arn:aws:secretsmanager:us-west-2:111122223333:secret:slurm-abcdef"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cluster, Database]]:
    """The cluster, and its database with a master user."""
    configurations = hp.SlurmConfigurations(
        slurm_database_secret_arn=ARN,
        slurm_database_endpoint="database.rds.amazonaws.com",
        slurm_database_user=MASTER,
        slurm_shared_directory="/fsx",
    )
    bundle = small(
        tmp_path_factory.mktemp("app"),
        hp.InstanceGroup.controller(instance_type="ml.m5.xlarge", count=2),
        LOGIN,
        worker(),
        lustre=True,
        orchestrator=hp.Slurm(slurm_configurations=configurations),
    )
    with Cluster(bundle) as running, Database(running, MASTER) as database:
        form = bundle.form
        form["slurm_configurations"]["slurm_database_secret_arn"] = database.secret_arn
        running.platform.bundle = bundle.with_files(provisioning_params__json=json.dumps(form))
        running.bring_up()
        yield running, database


@pytest.fixture
def cluster(world: tuple[Cluster, Database]) -> Cluster:
    return world[0]


def test_primary_comes_back(cluster: Cluster) -> None:
    primary, _ = cluster.platform.controllers()
    cluster.reboot([primary])
    wait_until(
        lambda: "is UP" in up(cluster, primary.name),
        lambda: primary.host.run("systemctl status slurmctld", check=False),
    )
    cluster.wait_until_idle()


def test_backup_takes_over(world: tuple[Cluster, Database]) -> None:
    cluster, database = world
    check_users(cluster, database)
    primary, backup = cluster.platform.controllers()
    (login,) = cluster.group("login")
    login.host.run("srun --partition=cpu --job-name=before true")
    assert "is UP" in up(cluster, primary.name)
    assert "is UP" in up(cluster, backup.name)
    login.host.run("sbatch --partition=cpu --hold --job-name=waiting --chdir=/fsx --wrap true")
    wait_until_saved(primary, time.time())

    primary.host.kill()
    wait_until(lambda: "is DOWN" in up(cluster, primary.name), lambda: up(cluster, primary.name))
    wait_until(lambda: queue(login) == "waiting\n", lambda: queue(login))
    assert login.host.run("srun --partition=cpu --job-name=after hostname") == (
        f"{cluster.group('cpu')[0].name}\n"
    )
    if root.SLURM_RELEASE != root.RELEASE:
        # slurmctld 26.05 holds back its records after it took over.
        backup.host.run("scontrol reconfigure")
    names = "sacct --noheader --parsable2 --allocations --starttime=now-1hour --format=JobName"
    wait_until(lambda: set(login.host.run(names).split()) >= {"before", "after"}, limit=120)


def check_users(cluster: Cluster, database: Database) -> None:
    """Fails unless slurmdbd has a user for its schema alone: that of the controller that wrote last."""
    controllers = cluster.platform.controllers()
    users = {f"slurm_{node.host.address}" for node in controllers}
    conf = controllers[0].host.run("cat /opt/slurm/etc/slurmdbd.conf")
    settings = dict(line.split("=", 1) for line in conf.splitlines()[1:])
    assert settings["StorageUser"] in users
    assert database.PASSWORD not in conf
    for user in users:
        everywhere, *there = database.query(f"SHOW GRANTS FOR '{user}'@'%'").splitlines()
        assert everywhere.startswith("GRANT USAGE ON *.* ")
        assert [r" ON `slurm\_acct\_db`.* " in grant for grant in there] == [True]


def wait_until_saved(controller: Node, moment: float) -> None:
    """Waits until slurmctld has saved its jobs, which it does every few seconds."""
    state = "stat --format %Y /var/spool/slurmctld/job_state"
    wait_until(lambda: float(controller.host.run(state)) > moment)


def queue(node: Node) -> str:
    """The names of the jobs that are pending."""
    return node.host.run("squeue --noheader --states=pending --format=%j", check=False)


def up(cluster: Cluster, name: str) -> str:
    """What the login node hears of a controller."""
    pings = cluster.group("login")[0].host.run("scontrol ping", check=False)
    return next((line for line in pings.splitlines() if name in line), pings)
