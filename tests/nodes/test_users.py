"""Users of a file, their way from node to node, and the scripts that a site adds."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import hyperpod_constructs as hp

from .bucket import Bucket
from .cluster import Cluster, wait_until
from .host import Host
from .shapes import CONTROLLER, LOGIN, small, worker

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGSgb8tNHHpO7xzf1uIN8kFbzTXJzX6bEk1c3Y9sQ7bM anna@laptop"
USERS = hp.Users(
    groups=[hp.UserGroup("ml", gid=3000)],
    users=[
        hp.User("anna", uid=2001, groups=["ml"], ssh_keys=[KEY], slurm_account="research"),
        hp.User("boss", uid=2002, groups=["docker"], slurm_account="research", slurm_admin=True),
    ],
)
SITE = 'echo "$HYPERPOD_NODE_TYPE $HYPERPOD_INSTANCE_GROUP" >> /root/site\n'
SCRIPTS = {
    "site/10-first.sh": f"#!/bin/bash\n{SITE}",
    "site/20-second.sh": "#!/bin/bash\necho second >> /root/site\n",
    "prolog.d/10-note.sh": '#!/bin/bash\necho "begins $SLURM_JOB_USER" >> /root/jobs\n',
    "epilog.d/10-note.sh": '#!/bin/bash\necho "ends $SLURM_JOB_USER" >> /root/jobs\n',
}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("site")
    for name, content in SCRIPTS.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content)
    scripts = hp.LifecycleScripts.default(
        users=USERS,
        accounting=hp.Accounting.local(backup=None),
        overlay=folder,
        private_data=True,
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
        running.bring_up()
        yield running


def test_same_user_everywhere(cluster: Cluster) -> None:
    for node in cluster.nodes:
        assert (
            node.host.run("id anna") == "uid=2001(anna) gid=2001(anna) groups=2001(anna),3000(ml)\n"
        )
        assert node.host.run("stat --format '%U %a' /home/anna") == "anna 700\n"
        assert KEY not in node.host.run("cat /home/anna/.ssh/authorized_keys", check=False)
        # A user namespace of anna holds no id of somebody else.
        assert "anna" not in node.host.run("cat /etc/subuid /etc/subgid", check=False)


def test_keys_are_files_of_root(cluster: Cluster) -> None:
    for node in (*cluster.group("login"), *cluster.group("cpu")):
        path = "/etc/ssh/hyperpod_keys/anna"
        assert node.host.read(path) == f"{KEY}\n"
        assert node.host.run(f"stat --format '%U %a' {path}") == "root 644\n"
        found = node.host.run("mkdir -p /run/sshd; sshd -T | grep -i authorizedkeysfile")
        assert found == (
            "authorizedkeysfile .ssh/authorized_keys /etc/ssh/hyperpod_keys/%u "
            "/etc/ssh/hyperpod_node_keys/%u\n"
        )


def test_users_do_not_log_in_at_a_controller(cluster: Cluster) -> None:
    controller, login = cluster.controller, cluster.group("login")[0].host
    controller.run("systemctl start ssh")
    key = "/home/anna/.ssh/hyperpod/id_ed25519"
    # Not even with a key that the user has authorized at home.
    login.run(f"sudo -u anna cp {key}.pub /home/anna/.ssh/authorized_keys")
    ssh = f"sudo -u anna ssh -o BatchMode=yes {controller.name} id 2>&1"
    assert "Permission denied" in login.run(ssh, check=False)
    login.run("rm /home/anna/.ssh/authorized_keys")
    assert "denyusers anna" in controller.run("sshd -T | grep -i denyusers")


def test_groups_of_root_are_not_those_of_a_controller(cluster: Cluster) -> None:
    assert "docker" not in cluster.controller.run("id boss")
    job = cluster.group("login")[0].host.run("cd / && sudo -u boss srun --partition=cpu id")
    assert "docker" in job


def test_job_in_the_account_of_its_user(cluster: Cluster) -> None:
    login = cluster.group("login")[0].host
    assert login.run("cd /home/anna && sudo -u anna srun --job-name=hers whoami") == "anna\n"
    query = (
        "sacct --allusers --noheader --parsable2 --allocations --name=hers --format=User,Account"
    )
    wait_until(lambda: login.run(query) == "anna|research\n", lambda: login.run(query))
    level = "sacctmgr --noheader --parsable2 list user boss format=AdminLevel"
    assert login.run(level) == "Administrator\n"


def test_from_node_to_node(cluster: Cluster) -> None:
    login, compute = cluster.group("login")[0].host, cluster.group("cpu")[0].host
    compute.run("systemctl start ssh")
    ssh = f"sudo -u anna ssh -o BatchMode=yes {compute.name} hostname"
    with job_of("anna", login):
        assert login.run(ssh) == f"{compute.name}\n"


def test_host_that_answers_for_a_node(cluster: Cluster) -> None:
    login, compute = cluster.group("login")[0].host, cluster.group("cpu")[0].host
    ssh = f"sudo -u anna ssh -o BatchMode=yes {compute.name} hostname 2>&1"
    other = "mkdir -p /root/other; mv /etc/ssh/ssh_host_* /root/other; ssh-keygen -q -A"
    compute.run(f"{other}; systemctl restart ssh")
    with job_of("anna", login):
        assert "Host key verification failed" in login.run(ssh, check=False)

        compute.run("mv /root/other/* /etc/ssh/; systemctl restart ssh")
        assert login.run(ssh) == f"{compute.name}\n"


def test_login_needs_a_job(cluster: Cluster) -> None:
    login, compute = cluster.group("login")[0].host, cluster.group("cpu")[0].host
    compute.run("systemctl start ssh")
    ssh = f"sudo -u boss ssh -o BatchMode=yes {compute.name} hostname"
    assert login.run(ssh, check=False) == ""
    assert "no active jobs on this node" in compute.run("journalctl --no-pager --unit=ssh")

    with job_of("boss", login):
        assert login.run(ssh) == f"{compute.name}\n"


@contextmanager
def job_of(user: str, login: Host) -> Iterator[None]:
    """A job that runs meanwhile."""
    sbatch = "sbatch --parsable --partition=cpu --wrap 'sleep 600'"
    job = login.run(f"cd /home/{user} && sudo -u {user} {sbatch}").strip()
    state = f"squeue --noheader --job {job} --format %T"
    wait_until(lambda: login.run(state) == "RUNNING\n", lambda: login.run("squeue"))
    try:
        yield
    finally:
        login.run(f"scancel {job}")
        wait_until(lambda: login.run("squeue --noheader") == "", lambda: login.run("squeue"))


def test_site_scripts_run_last_in_their_order(cluster: Cluster) -> None:
    assert cluster.controller.read("/root/site") == "controller controller\nsecond\n"
    assert cluster.group("cpu")[0].host.read("/root/site") == "worker cpu\nsecond\n"


def test_prolog_and_epilog(cluster: Cluster) -> None:
    compute = cluster.group("cpu")[0].host
    compute.run("rm -f /root/jobs")
    cluster.controller.run("cd / && sudo -u anna srun --partition=cpu true")
    wait_until(
        lambda: compute.run("cat /root/jobs", check=False) == "begins anna\nends anna\n",
        lambda: compute.run("cat /root/jobs", check=False),
    )


def test_jobs_of_others_are_not_shown(cluster: Cluster) -> None:
    login = cluster.group("login")[0].host
    with job_of("boss", login):
        assert login.run("sudo -u anna squeue --noheader") == ""
        assert login.run("sudo -u boss squeue --noheader --format=%u") == "boss\n"


def test_exporter_counts_nodes(cluster: Cluster) -> None:
    read = "import urllib.request as r; print(r.urlopen('http://localhost:9341/metrics').read().decode())"
    metrics = cluster.controller.run(f'python3 -c "{read}"')
    assert "slurm_" in metrics
    assert "idle" in metrics


def test_change_of_users_reaches_running_nodes(tmp_path: Path) -> None:
    """A new user on five nodes that run, and one who is removed."""
    scripts = hp.LifecycleScripts.default(users=USERS)
    bundle = small(tmp_path, CONTROLLER, LOGIN, worker(count=3), scripts=scripts)
    with Cluster(bundle) as cluster, Bucket(cluster) as bucket:
        bucket.put_users(bundle.steps["users"])
        cluster.bring_up()
        login, compute = cluster.group("login")[0].host, cluster.group("cpu")[0].host
        job = login.run(
            "cd / && sudo -u boss sbatch --parsable --output=/dev/null --wrap 'sleep 600'"
        ).strip()

        groups, (anna, _) = bundle.steps["users"]["groups"], bundle.steps["users"]["users"]
        carl = {"name": "carl", "uid": 2003, "ssh_keys": [KEY], "slurm_account": "research"}
        bucket.put_users({"groups": groups, "users": [anna, carl]})
        for node in cluster.nodes:
            assert node.host.run("systemctl is-active hyperpod-users-refresh.timer") == "active\n"
            node.host.run("systemctl start hyperpod-users-refresh")

        for node in cluster.nodes:
            assert node.host.run("id -u carl") == "2003\n"
            assert "/usr/sbin/nologin" in node.host.run("getent passwd boss")
        assert compute.read("/etc/ssh/hyperpod_keys/carl") == f"{KEY}\n"
        assert login.run("cd / && sudo -u carl srun whoami") == "carl\n"
        assert login.run(f"squeue --noheader --job {job} --format %T") == "RUNNING\n"
        assert login.run("ls --directory /home/boss") == "/home/boss\n"

        bucket.put_users({"groups": groups})
        for node in cluster.nodes:
            node.host.refuse("systemctl start hyperpod-users-refresh")
            assert node.host.run("id -u carl") == "2003\n"


def test_first_users_of_running_nodes(tmp_path: Path) -> None:
    """Nodes that were created without users, and users with a key in their shared home."""
    bundle = small(
        tmp_path,
        *(CONTROLLER, LOGIN),
        worker(),
        scripts=hp.LifecycleScripts.default(users=hp.Users()),
        openzfs=True,
    )
    with Cluster(bundle) as cluster, Bucket(cluster) as bucket:
        bucket.put_users(bundle.steps["users"])
        cluster.bring_up()
        bucket.put_users({"groups": [], "users": [{"name": "anna", "uid": 2001}]})
        for node in cluster.nodes:
            node.host.run("systemctl start hyperpod-users-refresh")
            assert node.host.run("id -u anna") == "2001\n"

        login = cluster.group("login")[0].host
        key = "/home/anna/.ssh/hyperpod/id_ed25519.pub"
        login.run(f"sudo -u anna cp {key} /home/anna/.ssh/authorized_keys")
        ssh = "cd / && sudo -u anna ssh -o BatchMode=yes {} id -u 2>&1"
        for node in cluster.nodes:
            node.host.run("systemctl start ssh")
        # Also to a worker without a job, since pam_slurm_adopt is off by default.
        for node in (*cluster.group("login"), *cluster.group("cpu")):
            assert login.run(ssh.format(node.name)).endswith("2001\n")
        assert "Permission denied" in login.run(ssh.format(cluster.controller.name), check=False)
