"""Deploys the sample app to the local AWS emulator with machines as nodes: `make demo NODES=1`."""

import json
import shutil
import sys
import tempfile
from pathlib import Path

from tests.deploy.demo import CLUSTER, report, say, step
from tests.deploy.tools import Cli
from tests.synth import ROOT

from .live_cluster import LiveCluster
from .world import world

DEPLOY = ("deploy", "--require-approval=never")
CARLA = {"name": "carla", "uid": 2003, "groups": ["research"], "home": "/fsx/carla"}
REFRESH = "hyperpod-users-refresh.service"


def main() -> None:
    """Creates the cluster, runs jobs, adds a user, and deletes the cluster."""
    with world() as (emulator, bench), tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "app"
        shutil.copytree(ROOT / "sample_app", folder / "sample_app")
        shutil.copy2(ROOT / "cdk.json", folder)
        cli, app = Cli(emulator, folder), f"{sys.executable} -m sample_app"
        say(f"The local AWS emulator listens at {emulator.cloud.endpoint}; nodes are containers")
        step("cdk bootstrap", Cli(emulator, Path(name)).bootstrap)
        step("cdk deploy", lambda: cli.run(*DEPLOY, app=app))
        for line in report(emulator):
            say(line)
        cluster = bench.cluster(CLUSTER)
        cluster.wait_until_idle()
        show(cluster, "sinfo")
        show(cluster, "sudo -u anna srun --partition=gpu --nodes=2 hostname")

        users = folder / "sample_app" / "users.json"
        document = json.loads(users.read_text())
        document["users"].append(CARLA)
        users.write_text(json.dumps(document))
        step("cdk deploy, with the user carla", lambda: cli.run(*DEPLOY, app=app))
        say(
            f"\nNodes look for changes of users every 5 minutes; here, {REFRESH} is started at once."
        )
        for node in cluster.nodes:
            node.host.run(f"systemctl start {REFRESH}")
        show(cluster, "cd /fsx && sudo -u carla srun --partition=cpu --nodes=2 id")
        step("cdk destroy", lambda: cli.run("destroy", "--all", "--force", app=app))


def show(cluster: LiveCluster, command: str) -> None:
    """Runs a command on the login node, and prints it with its output."""
    (login,) = cluster.group("login")
    say(f"\n{login.name}$ {command}")
    say(login.host.run(f"cd / && {command}"))


if __name__ == "__main__":
    main()
