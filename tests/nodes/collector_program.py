"""The program of the collector, Prometheus 3, from Debian unstable: the nodes' own release has an older one.

Run it as `python -m tests.nodes.collector_program` where Debian can be reached, before the nodes start.
"""

import shutil
import tempfile
from pathlib import Path

from .command import run
from .root import CACHE, mirror

PROGRAM = CACHE / "prometheus"
RELEASE = "sid"


def main() -> None:
    """Downloads it, unless it is there."""
    if PROGRAM.exists():
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for each in ("lists/partial", "archives/partial"):
            (folder / each).mkdir(parents=True)
        (folder / "sources.list").write_text(f"deb {mirror()} {RELEASE} main\n")
        options = {
            "Dir::Etc::sourcelist": folder / "sources.list",
            "Dir::Etc::sourceparts": "-",
            "Dir::State::lists": folder / "lists",
            "Dir::Cache": folder,
            "APT::Sandbox::User": "root",
        }
        apt = ["apt-get", "-qq", *(f"-o{key}={value}" for key, value in options.items())]
        run(*apt, "update")
        run("env", f"--chdir={folder}", *apt, "download", "prometheus")
        (package,) = folder.glob("*.deb")
        run("dpkg-deb", "--extract", str(package), str(folder / "x"))
        shutil.copy(folder / "x/usr/bin/prometheus", PROGRAM.with_suffix(".new"))
    PROGRAM.with_suffix(".new").rename(PROGRAM)


if __name__ == "__main__":
    main()
