"""Scripts that run a second time leave the same files, also after the power was cut in between."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import hyperpod_constructs as hp
from tests.thorough import EVERY_FAULT

from .cluster import Cluster, wait_until
from .configured_files import files_of
from .hyperpod import RESOURCE_CONFIG, Node
from .shapes import CONTROLLER, LOGIN, small, worker

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGSgb8tNHHpO7xzf1uIN8kFbzTXJzX6bEk1c3Y9sQ7bM {}@laptop"
USERS = hp.Users(
    groups=[hp.UserGroup("research", gid=3000)],
    users=[
        hp.User(
            name,
            uid=2001 + number,
            groups=["research"],
            ssh_keys=[KEY.format(name)],
            slurm_account="research",
        )
        for number, name in enumerate(f"user{number}" for number in range(100))
    ],
)
SCRIPTS = hp.LifecycleScripts.default(
    users=USERS, refresh=None, accounting=hp.Accounting.local(backup=None)
)
OF_USERS = (
    *("close_logins.py", "add_users.py", "share_ssh_keys.py", "add_slurm_accounts.py"),
    "open_logins.py",
)
EVERY_POINT = (
    *("close_logins.py", "protect_metadata.sh", "add_users.py", "hold_packages.sh"),
    *("describe_node.sh", "rotate_logs.sh", "disable_slurmd.sh", "wait_for_slurm_conf.sh"),
    *("install_prolog_epilog.sh", "start_mariadb.sh", "configure_slurmdbd.py"),
    *("configure_slurm.py", "start_slurmdbd.sh", "start_slurmctld.sh", "keep_slurm_settings.sh"),
    *("add_slurm_accounts.py", "run_site_scripts.sh"),
)
ON_WORKERS = ("mount_lustre.sh", "start_slurmd.sh", "open_logins.py")
POINTS = [*EVERY_POINT, *ON_WORKERS] if EVERY_FAULT else ["start_slurmdbd.sh", "start_slurmd.sh"]
FEW = hp.Users(users=[hp.User("anna", uid=2001, ssh_keys=[KEY.format("anna")])])


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    groups = (CONTROLLER, LOGIN, worker())
    bundle = small(tmp_path, *groups, scripts=SCRIPTS, lustre=True, openzfs=True)
    with Cluster(bundle) as running:
        running.bring_up()
        yield running


def test_same_files(cluster: Cluster) -> None:
    """With 100 users, who have keys and accounts."""
    check_second_run(cluster)
    for node in cluster.nodes:
        assert node.host.run("id user99") == (
            "uid=2100(user99) gid=2100(user99) groups=2100(user99),3000(research)\n"
        )
    # How fast a machine is can change, so that this is not for every run.
    for node in cluster.nodes if EVERY_FAULT else ():
        assert processor_seconds(cluster, node) < 2
    assert cluster.controller.run("srun --partition=cpu hostname") == f"{cluster.nodes[2].name}\n"


@pytest.mark.parametrize("point", POINTS)
def test_power_cut(tmp_path: Path, point: str) -> None:
    """All nodes lose their power while one of them is at a step."""
    scripts = hp.LifecycleScripts.default(
        users=FEW, refresh=None, accounting=hp.Accounting.local(backup=None)
    )
    with Cluster(small(tmp_path, scripts=scripts, lustre=True)) as cluster:
        for server in cluster.file_servers.values():
            server.start()
        cluster.add_all()
        cluster.boot()
        cluster.start_scripts(*cluster.nodes)
        cluster.platform.write_slurm_conf()
        at_step = cluster.nodes[point in ON_WORKERS]
        wait_until(lambda: f"Step: {point}" in at_step.log(), at_step.log)
        for node in cluster.nodes:
            node.host.kill()
        cluster.boot()
        cluster.platform.write_slurm_conf()
        cluster.provision()
        cluster.expect_provisioned()
        cluster.wait_until_idle()
        check_second_run(cluster)
        assert cluster.controller.run("srun hostname") == f"{cluster.nodes[1].name}\n"


def check_second_run(cluster: Cluster) -> None:
    """Fails if the scripts change a file when they run once more."""
    first = {node.group.name: files_of(node.host) for node in cluster.nodes}
    cluster.provision()
    cluster.expect_provisioned()
    cluster.wait_until_idle()
    second = {node.group.name: files_of(node.host) for node in cluster.nodes}
    assert "/etc/fstab" in first["controller"]
    for group, before in first.items():
        assert dict(second[group].items() - before.items()) == {}
        assert dict(before.items() - second[group].items()) == {}


def processor_seconds(cluster: Cluster, node: Node) -> float:
    """What the steps for users take on a node, whatever else this machine does."""
    steps = [
        step for step in re.findall(r"Step: (\S+\.py.*)", node.log()) if step.split()[0] in OF_USERS
    ]
    last = steps[len(steps) // 2 :]
    folder = f"/tmp/{cluster.platform.bundle.place}"  # noqa: S108 - that is where HyperPod has it
    run = "; ".join(f"python3 {step} > /dev/null" for step in last)
    environment = f"export SAGEMAKER_RESOURCE_CONFIG_PATH={RESOURCE_CONFIG}"
    took = node.host.run(
        f"cd {folder}; {environment}; TIMEFORMAT='%U %S'; {{ time {{ {run}; }} 2> /dev/null; }} 2>&1"
    )
    return sum(map(float, took.split()))
