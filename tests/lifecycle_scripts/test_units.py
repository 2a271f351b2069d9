"""What services of the scripts can do, as systemd judges it."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import PretendNode

ANALYZE = shutil.which("systemd-analyze")
SCRIPTS = {
    "slurm-exporter": ["install_slurm_exporter.sh", "training"],
    "hyperpod-metadata": ["protect_metadata.sh"],
    "efa-exporter": ["install_efa_exporter.sh"],
    "hyperpod-collector": [
        *("install_collector.sh", "http://prometheus/", "", "training", "gpu", "worker", "node"),
    ],
    "dcgm-exporter": ["install_dcgm_exporter.sh"],
    "hyperpod-slurmd-registration": ["keep_registered.sh", "use", "gpu"],
    "hyperpod-accounting-backup": [
        *("install_accounting_backup.sh", "bucket", "prefix", "us-west-2", "slurm_acct_db", "5"),
    ],
    "data.mount-s3": ["mount_s3.sh", "bucket", "/mnt/data", "", "read-only", ""],
}
AT_MOST = {
    "slurm-exporter": 2.0,
    "efa-exporter": 2.0,
    "hyperpod-collector": 2.0,
    # Root, with the capabilities that rules of the firewall require. Loads kernel modules.
    "hyperpod-metadata": 5.1,
    # Root, without capabilities.
    "hyperpod-slurmd-registration": 4.5,
    # Root, which reads any file, which MariaDB knows by its socket, and which reaches S3.
    "hyperpod-accounting-backup": 4.4,
    # Asks Docker, which limits the container itself: `no-new-privileges`, and one capability.
    "dcgm-exporter": 9.6,
    # Its mount would not be seen by others if the service had a view of its own.
    "data.mount-s3": 9.6,
}


@pytest.mark.skipif(ANALYZE is None, reason="needs systemd-analyze")
@pytest.mark.parametrize("unit", AT_MOST)
def test_exposure(node: PretendNode, unit: str) -> None:
    node.file("/dev/nvidia0").touch()
    node.file("/sys/class/infiniband/efa_0/ports/1/hw_counters/rx_bytes").touch()
    node.replace("mount-s3", "exit 0")
    node.replace("systemd-escape", "echo data")
    node.replace("prometheus", "echo '  --[no-]agent '")
    node.replace("id", "echo 998")
    node.replace("useradd", 'echo "useradd $*" >> "$NOTES/calls"')
    (node.scripts / "wait_until_ready.py").write_text("")
    script, *arguments = SCRIPTS[unit]
    assert node.run(script, *arguments).returncode == 0

    assert 0 < exposure(node.root / f"etc/systemd/system/{unit}.service") <= AT_MOST[unit]


def exposure(unit: Path) -> float:
    """From 0, nothing, to 10."""
    command = [str(ANALYZE), "security", "--offline=true", "--no-pager", str(unit)]
    printed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found = re.search(r"Overall exposure level for .*: ([0-9.]+)", printed)
    assert found, printed
    return float(found[1])
