"""An alert on its way from a node: exporter, collector, server with the rules, alert manager, webhook."""

import re
import shutil
from pathlib import Path

import pytest

from hyperpod_constructs.observability.prometheus_workspace import RULES
from tests.observability.webhook import ALERT_MANAGER, alert_manager, alerting, webhook

from .collecting import collecting
from .collector_program import PROGRAM
from .command import PATIENCE

REASON = "GPU 3 has an XID"

pytestmark = pytest.mark.skipif(
    not PROGRAM.exists() or shutil.which(ALERT_MANAGER) is None,
    reason=f"python -m tests.nodes.collector_program; apt-get install {ALERT_MANAGER}",
)


def test_a_drained_node_reaches_the_webhook(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    text = (RULES / "alert_rules.yaml").read_text(encoding="utf-8")
    # Half an hour is none here.
    rules.write_text(re.sub(r"^ +for: .*\n", "", text, flags=re.MULTILINE), encoding="utf-8")
    with (
        webhook() as (port, received),
        alert_manager(tmp_path, port) as manager,
        collecting(
            tmp_path,
            **{"global": {"evaluation_interval": "1s"}},
            rule_files=[str(rules)],
            alerting=alerting(manager),
        ) as (cluster, _),
    ):
        name = cluster.group("cpu")[0].name
        cluster.controller.run(f"scontrol update nodename={name} state=drain reason='{REASON}'")
        alert = received.get(timeout=PATIENCE)

    assert alert["labels"]["alertname"] == "SlurmNodesDrained"
    assert alert["annotations"]["summary"] == (
        f"1 nodes of cluster small are drained. Reason: {REASON}."
    )
