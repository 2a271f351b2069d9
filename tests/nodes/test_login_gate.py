"""Users who try to log in while the lifecycle scripts of a node run."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import pytest

import hyperpod_constructs as hp

from .cluster import Cluster
from .command import PATIENCE
from .host import Host
from .hyperpod import Node
from .shapes import CONTROLLER, LOGIN, small, worker

OPTIONS = (
    "-n -i /root/key -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
)
# A connection that was made before the scripts ran, and says nothing until the user exists.
EARLY = """
import socket, sys, time
connection = socket.create_connection((sys.argv[1], 22))
print(connection.recv(3).decode(), flush=True)
connection.settimeout(300)
while True:
    try:
        if not connection.recv(1000):
            break
    except ConnectionError:
        break
print("closed", flush=True)
"""
LATER = """
while ! [ -e /run/stop ]; do
    timeout 20 ssh {options} anna@{address} hostname 2> /dev/null
done
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    scripts = hp.LifecycleScripts.default(
        users=hp.Users(users=[hp.User("anna", uid=2001), hp.User("bob", uid=2002)]),
        accounting=hp.Accounting.local(backup=None),
        pam_slurm_adopt=True,
        metrics=hp.MetricsExporters(node=False, gpu=False),
    )
    bundle = small(
        tmp_path_factory.mktemp("app"),
        *(CONTROLLER, LOGIN, worker()),
        scripts=scripts,
        lustre=True,
        openzfs=True,
    )
    with Cluster(bundle) as running:
        for server in running.file_servers.values():
            server.start()
        running.add_all()
        running.platform.write_slurm_conf()
        running.boot()
        yield running


@pytest.fixture(scope="module")
def outside(cluster: Cluster) -> Host:
    """A machine with the key that anna has authorized at home, which outlives her nodes."""
    host = cluster.new_host()
    cluster.others.append(host)
    host.boot()
    host.run("ssh-keygen -q -t ed25519 -N '' -f /root/key")
    home = cluster.file_servers["OPENZFS"].files / "anna"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh/authorized_keys").write_text(host.read("/root/key.pub"))
    give(home, 2001)
    return host


def give(home: Path, uid: int) -> None:
    for path in (home, *home.rglob("*")):
        os.chown(path, uid, uid)
        path.chmod(0o700 if path.is_dir() else 0o600)


@contextmanager
def attempts(outside: Host, nodes: list[Node]) -> Iterator[dict[str, list[str]]]:
    """What anna gets while the block runs, from connections of before and of meanwhile."""
    got: dict[str, list[str]] = {"early": [], "later": []}
    outside.run("rm -f /run/stop")
    outside.write("/root/early.py", EARLY)
    threads = []

    def keep(what: str, command: str) -> None:
        got[what].append(outside.run(command, check=False, limit=2 * PATIENCE))

    for node in nodes:
        node.host.write("/etc/ssh/sshd_config.d/z.conf", "PerSourcePenalties no\n")
        node.host.run("systemctl restart ssh")
        later = LATER.format(options=OPTIONS, address=node.host.address)
        for what, command in (
            ("early", f"timeout 310 python3 /root/early.py {node.host.address}"),
            ("later", later),
        ):
            thread = threading.Thread(target=keep, args=(what, command))
            thread.start()
            threads.append(thread)
    try:
        yield got
    finally:
        outside.run("touch /run/stop")
        for thread in threads:
            thread.join()


def test_nobody_is_faster_than_the_scripts(cluster: Cluster, outside: Host) -> None:
    controller, login, compute = cluster.nodes
    with attempts(outside, [controller, compute]) as got:
        cluster.provision()
    cluster.expect_provisioned()
    cluster.wait_until_idle()

    assert got == {"early": ["SSH\nclosed\n"] * 2, "later": ["", ""]}
    assert "anna" not in controller.host.run("ps -e -o user")
    ssh = f"ssh {OPTIONS} anna@{login.host.address} hostname"
    login.host.run("systemctl start ssh")
    assert outside.run(ssh) == f"{login.name}\n"


def test_sessions_outlive_a_second_run(cluster: Cluster, outside: Host) -> None:
    login = cluster.group("login")[0]
    background = f"ssh {OPTIONS} anna@{login.host.address} 'sleep 600' > /dev/null 2>&1 &"
    outside.run(f"setsid bash -c {background!r}")
    cluster.provision()
    cluster.expect_provisioned()
    cluster.wait_until_idle()
    assert "sleep 600" in login.host.run("ps -u anna -o cmd")


def test_job_is_asked_for_with_the_profile_of_a_directory(cluster: Cluster, outside: Host) -> None:
    """The profile of SSSD ends the common rules for users of /etc/passwd."""
    compute = cluster.group("cpu")[0].host
    rules = "/etc/pam.d/common-account"
    compute.run(f"sed -i '1i account sufficient pam_localuser.so' {rules}; systemctl start ssh")
    try:
        assert outside.run(f"ssh {OPTIONS} anna@{compute.address} id", check=False) == ""
        assert "no active jobs on this node" in compute.run("journalctl --no-pager --unit=ssh")
    finally:
        compute.run(f"sed -i 1d {rules}")


def test_services_of_users_do_not_start_without_a_job(cluster: Cluster) -> None:
    """`loginctl enable-linger`, which users can run, starts them."""
    for node, state in zip(cluster.nodes, ("inactive", "active", "inactive"), strict=True):
        node.host.run("systemctl start user@2001", check=False)
        assert node.host.run("systemctl is-active user@2001", check=False) == f"{state}\n"
        assert node.host.run("systemctl start user@1000; systemctl is-active user@1000") == (
            "active\n"
        )
        node.host.run("systemctl stop user@2001 user@1000")


def test_cron_runs_nothing_without_a_job(cluster: Cluster) -> None:
    for node, is_allowed in zip(cluster.nodes, (False, True, False), strict=True):
        command = "cd /; echo '0 0 1 1 * true' | sudo -u anna crontab - 2>&1 && echo done"
        assert (node.host.run(command, check=False) == "done\n") == is_allowed


def test_planted_home_is_not_used(cluster: Cluster, outside: Host) -> None:
    login = cluster.group("login")[0].host
    scripts = Path(__file__).parents[2] / "lifecycle_scripts"
    sys.path.append(str(scripts))
    sssd = import_module("configure_sssd")
    login.write(sssd.HOME_CHECK, (scripts / "require_own_home.sh").read_text(), mode="755")
    login.write(sssd.HOME_PROFILE, sssd._HOME_PROFILE)
    login.run("systemctl start ssh; pam-auth-update --enable hyperpod_mkhomedir")
    ssh = f"ssh {OPTIONS} anna@{login.address} hostname 2>&1"
    login.run("install -d -o bob -g bob /srv/planted")
    login.write("/etc/ssh/hyperpod_keys/anna", outside.read("/root/key.pub"))
    assert outside.run(ssh).endswith(f"{login.name}\n")

    login.run("sed -i s:/home/anna:/srv/planted: /etc/passwd")
    assert "/srv/planted is not a folder of anna" in outside.run(ssh, check=False)

    login.run("sed -i s:/srv/planted:/home/fresh: /etc/passwd")
    assert outside.run(ssh).endswith(f"{login.name}\n")
    assert login.run("stat --format '%U %a' /home/fresh") == "anna 700\n"
