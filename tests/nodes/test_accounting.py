"""Accounting: jobs are recorded, on the controller or in a database elsewhere that outlives it."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .bucket import Bucket
from .cluster import Cluster, wait_until
from .database import LIMITED, MASTER, Database
from .shapes import CONTROLLER, LOGIN, small, worker

GROUPS = (CONTROLLER, LOGIN, worker())
PREFIX = "lifecycle-scripts/Small-accounting"
BACKUP = {"bucket": "sagemaker-small", "prefix": PREFIX, "region": "us-west-2", "minutes": 60}
BACK_UP = "systemctl start hyperpod-accounting-backup"


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster with MariaDB on its controller."""
    steps = json.dumps({"accounting": {}})
    bundle = small(tmp_path_factory.mktemp("app"), *GROUPS).with_files(steps__json=steps)
    with Cluster(bundle) as running:
        running.bring_up()
        yield running


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[tuple[Cluster, Bucket]]:
    """The same, whose records are written to S3."""
    steps = json.dumps({"accounting": {"backup": BACKUP}})
    bundle = small(tmp_path, *GROUPS).with_files(steps__json=steps)
    with Cluster(bundle) as running, Bucket(running) as bucket:
        running.bring_up()
        yield running, bucket


@contextmanager
def outside(folder: Path, user: str) -> Iterator[Cluster]:
    """A cluster with a database elsewhere, whose user and password are in Secrets Manager."""
    with Cluster(small(folder)) as cluster, Database(cluster, user) as database:
        cluster.platform.bundle = cluster.platform.bundle.with_files(
            steps__json=json.dumps({"accounting": database.argument})
        )
        yield cluster


def test_on_the_controller(inside: Cluster) -> None:
    check_recorded(inside, "inside")
    login = inside.group("login")[0].host
    assert login.run("sacct --noheader --parsable2 --allocations --format=JobName") == "inside\n"
    listed = login.run("sacctmgr --noheader --parsable2 list cluster format=Cluster")
    assert listed == "small\n"


def test_survives_reboot(inside: Cluster) -> None:
    check_recorded(inside, "before")
    inside.reboot(inside.platform.controllers())
    inside.wait_until_idle()
    check_recorded(inside, "after")
    assert recorded(inside) >= {"before", "after"}


def test_survives_replacement_of_the_controller(tmp_path: Path) -> None:
    with outside(tmp_path, MASTER) as cluster:
        cluster.bring_up()
        check_recorded(cluster, "before")
        cluster.replace(cluster.platform.controllers()[0])
        # Its slurmctld has no state, and takes nodes of HyperPod for powered down until they register.
        cluster.wait_until_idle()
        check_recorded(cluster, "after")
        assert recorded(cluster) == {"before", "after"}


def test_records_outlive_the_controller(kept: tuple[Cluster, Bucket]) -> None:
    """A controller that shuts down, one whose power is cut, and a backup that is broken."""
    cluster, bucket = kept
    begins_empty = "Slurm accounting begins without records"
    assert begins_empty in cluster.platform.controllers()[0].log()
    check_recorded(cluster, "first")
    cluster.controller.shut_down()
    assert "has the records of s3://" in log_of_replacement(cluster)

    check_recorded(cluster, "second")
    # Numbers of jobs go on, so that sacct shows them all without being asked for duplicates.
    names = "sacct --noheader --parsable2 --allocations --starttime=now-1hour --format=JobName"
    assert set(cluster.controller.run(names).split()) == {"first", "second"}
    cluster.controller.run(BACK_UP)
    assert "Nothing has changed" in cluster.controller.run(
        f"{BACK_UP}; journalctl --unit hyperpod-accounting-backup --output cat --no-pager"
    )
    assert cluster.controller.run("ls /var/lib/hyperpod_constructs/accounting_backup") == (
        "lock\nstate.json\n"
    )
    first, second = bucket.keys(PREFIX)
    bucket.put(f"{PREFIX}/9-broken.sql.gz", bucket.get(second)[:-100])
    hidden = gzip.decompress(bucket.get(second)).replace(
        b"\n-- Dump completed", b"\nCOMMIT; CREATE VIEW `seen` AS SELECT 1;\n-- Dump completed"
    )
    bucket.put(f"{PREFIX}/9-hidden.sql.gz", gzip.compress(hidden))
    log = log_of_replacement(cluster)
    assert f"{PREFIX}/9-hidden.sql.gz is not restored, and stays: it has more than tables" in log
    assert f"{PREFIX}/9-broken.sql.gz is not restored, and stays: it cannot be decompressed" in log
    assert f"has the records of s3://sagemaker-small/{second}" in log
    assert first < second
    check_recorded(cluster, "third")
    assert recorded(cluster) == {"first", "second", "third"}


def test_user_that_creates_no_users_is_the_one_of_slurmdbd(tmp_path: Path) -> None:
    conf = "/opt/slurm/etc/slurmdbd.conf"
    with outside(tmp_path, LIMITED) as cluster:
        controller = cluster.add(cluster.platform.bundle.groups[0])
        cluster.platform.write_slurm_conf()
        cluster.boot()
        cluster.provision()
        cluster.expect_provisioned()
        assert controller.host.run(f"stat --format '%a %U' {conf}") == "600 slurm\n"
        assert controller.host.run(f"grep ^StorageUser= {conf}") == f"StorageUser={LIMITED}\n"
        assert "no user for it could be created: Access denied" in controller.log()
        assert Database.PASSWORD not in controller.log()


def log_of_replacement(cluster: Cluster) -> str:
    """Replaces the controller, whose slurmctld then knows all nodes."""
    controller = cluster.replace(cluster.platform.controllers()[0])
    for node in cluster.nodes:
        if node is not controller:
            # The timer would need half a minute.
            node.host.run("systemctl start hyperpod-slurmd-registration")
    cluster.wait_until_idle()
    return controller.log()


def check_recorded(cluster: Cluster, name: str) -> None:
    """Runs a job and fails unless it is recorded."""
    cluster.controller.run(f"srun --partition=cpu --job-name={name} true")
    wait_until(lambda: name in recorded(cluster), lambda: recorded(cluster))


def recorded(cluster: Cluster) -> set[str]:
    """The names of the jobs on record, also of those whose number a new controller used again.

    Nothing is on record while slurmdbd starts.
    """
    query = "sacct --duplicates --noheader --parsable2 --allocations --starttime=now-1hour --format=JobName"
    return set(cluster.controller.run(f"{query} 2> /dev/null || true").split())
