"""An alert on its way: an exporter, a Prometheus server with the rules, an alert manager, a webhook."""

import shutil
from pathlib import Path

import pytest
import yaml

from hyperpod_constructs.observability.prometheus_workspace import RULES

from .programs import free_port, running
from .webhook import ALERT_MANAGER, alert_manager, alerting, webhook

METRICS = """\
DCGM_FI_DEV_XID_ERRORS{gpu="3"} 79
DCGM_FI_DEV_XID_ERRORS{gpu="4"} 0
DCGM_FI_DEV_ROW_REMAP_FAILURE{gpu="3"} 0
"""
SECONDS_TO_WAIT = 90
PROGRAMS = ("prometheus", ALERT_MANAGER)


@pytest.mark.skipif(
    not all(map(shutil.which, PROGRAMS)), reason=f"apt-get install {' '.join(PROGRAMS)}"
)
def test_a_fault_of_a_gpu_reaches_the_webhook(tmp_path: Path) -> None:
    server = free_port()
    with webhook(METRICS) as (port, received), alert_manager(tmp_path, port) as manager:
        target = {"targets": [f"127.0.0.1:{port}"], "labels": {"cluster": "training"}}
        settings = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(RULES / "*.yaml")],
            "scrape_configs": [{"job_name": "dcgm", "static_configs": [target]}],
            "alerting": alerting(manager),
        }
        (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
        with running(
            tmp_path,
            "prometheus",
            "--config.file=prometheus.yml",
            f"--web.listen-address=127.0.0.1:{server}",
            "--storage.tsdb.path=prometheus",
        ):
            alert = received.get(timeout=SECONDS_TO_WAIT)

        assert alert["status"] == "firing"
        assert alert["labels"]["alertname"] == "GpuXidError"
        assert alert["annotations"]["summary"] == (
            f"GPU 3 of node 127.0.0.1:{port} of cluster training reports XID 79."
        )
        assert received.empty()
