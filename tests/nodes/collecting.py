"""A cluster whose nodes write their metrics to a Prometheus server beside them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import hyperpod_constructs as hp

from .cluster import Cluster
from .collector_program import PROGRAM
from .prometheus_server import PORT, PrometheusServer
from .shapes import CONTROLLER, small, worker

SERVER = "prometheus"


@contextmanager
def collecting(folder: Path, **settings: object) -> Iterator[tuple[Cluster, PrometheusServer]]:
    """A controller, a node with GPUs and one without; settings are those of the server."""
    groups = (CONTROLLER, worker("gpu", "ml.p5.48xlarge"), worker("cpu"))
    url = f"http://{SERVER}:{PORT}/api/v1/write"
    exporters = hp.MetricsExporters(gpu=False, remote_write=url)
    accounting = hp.Accounting.local(backup=None)
    scripts = hp.LifecycleScripts.default(accounting=accounting, metrics=exporters)
    with (
        Cluster(small(folder, *groups, scripts=scripts)) as cluster,
        PrometheusServer(folder, cluster.network.gateway, settings) as server,
    ):
        cluster.network.names.addresses[SERVER] = cluster.network.gateway
        nodes = cluster.add_all()
        for node in nodes:
            shutil.copy(PROGRAM, node.host.files / "usr/bin/prometheus")
        cluster.boot()
        cluster.start_scripts(*nodes)
        cluster.platform.write_slurm_conf()
        cluster.wait_for_scripts(nodes)
        cluster.expect_provisioned()
        cluster.wait_until_idle()
        yield cluster, server
