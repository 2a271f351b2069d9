"""The program of the collector, Prometheus 3, from Debian unstable: the nodes' own release has an older one.

Run it as `python -m tests.nodes.collector_program` where Debian can be reached, before the nodes start.
"""

import shutil
import tempfile
from pathlib import Path

from tests.debian_packages import apt_of

from .command import run
from .root import CACHE

PROGRAM = CACHE / "prometheus"
RELEASE = "sid"


def main() -> None:
    """Downloads it, unless it is there."""
    if PROGRAM.exists():
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        apt = apt_of(folder, RELEASE, "deb")
        run(*apt, "update")
        run("env", f"--chdir={folder}", *apt, "download", "prometheus")
        (package,) = folder.glob("*.deb")
        run("dpkg-deb", "--extract", str(package), str(folder / "x"))
        shutil.copy(folder / "x/usr/bin/prometheus", PROGRAM.with_suffix(".new"))
    PROGRAM.with_suffix(".new").rename(PROGRAM)


if __name__ == "__main__":
    main()
