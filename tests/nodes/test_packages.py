"""Packages that scripts install: apt is busy, as it is on a machine that has just started."""

from pathlib import Path

import hyperpod_constructs as hp

from .apt_lock import HOLD
from .cluster import Cluster, wait_until
from .shapes import small

EXPORTER = "prometheus-node-exporter"


def test_apt_is_locked(tmp_path: Path) -> None:
    scripts = hp.LifecycleScripts.default(
        accounting=None, metrics=hp.MetricsExporters(gpu=False, slurm=False)
    )
    with Cluster(small(tmp_path, scripts=scripts)) as cluster:
        controller = cluster.add(cluster.platform.bundle.groups[0])
        cluster.platform.write_slurm_conf()
        cluster.boot()
        controller.host.write("/run/hold.py", HOLD)
        controller.host.run("systemd-run --quiet python3 /run/hold.py")
        wait_until(lambda: bool(controller.host.run("ls /run/held", check=False)))
        cluster.start_scripts(controller)
        wait_until(lambda: "lock was locked" in controller.log(), controller.log)
        assert controller.is_running_scripts()
        assert controller.host.run(f"systemctl is-active {EXPORTER}", check=False) == "inactive\n"
        controller.host.run("touch /run/free")
        assert controller.wait_for_scripts() == 0, controller.log()
        assert controller.host.run(f"systemctl is-active {EXPORTER}") == "active\n"
