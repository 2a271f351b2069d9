"""Compiles the programs of Kubernetes, installs the schemas of its objects, and runs the tests of this folder."""

import os
import subprocess
import sys

from .programs import build
from .schemas import install

ALLOWED = "HYPERPOD_KUBE"


def main() -> int:
    """Runs a command; pytest on this folder unless one is given."""
    if os.geteuid():
        sys.exit(
            "Kubernetes needs root: functions find their layers at /opt, in a namespace of mounts."
        )
    programs = build()
    install()
    command = sys.argv[1:] or ["pytest", "tests/kube"]
    return subprocess.run(
        [sys.executable, "-m", *command],
        env={**os.environ, ALLOWED: str(programs)},
        check=False,
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
