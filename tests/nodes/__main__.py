"""Makes the image and runs the tests of this folder apart: nothing they start outlives them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import cgroup, root
from .command import run
from .network import CLAIMS

PACKAGES = {
    "systemd-nspawn": "systemd-container",
    "mmdebstrap": "mmdebstrap",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
    "gcc": "build-essential",
}
# What lets any Debian or Ubuntu check the packages of the image.
KEYS = "debian-archive-keyring"
# systemd and D-Bus of a host have 6, and the default of 128 is not enough for all hosts of a run: one
# that exceeds it ends without a word.
INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances")
INOTIFY_INSTANCES = 1024
# Everything ends with the namespaces, and those with this process, however it ends.
_APART = (
    "setpriv",
    "--pdeathsig",
    "KILL",
    "unshare",
    "--mount",
    "--net",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
)
_INSIDE = f"""
mkdir -p {CLAIMS} /run/netns /run/systemd/nspawn
mount -t tmpfs tmpfs {CLAIMS}
mount -t tmpfs tmpfs /run/netns
mount -t tmpfs tmpfs /run/systemd/nspawn
ip link set lo up
"$@"
exit $?
"""


def main() -> int:
    """Runs a command apart; pytest on this folder unless one is given."""
    if os.geteuid():
        sys.exit("The nodes need root: they are machines with an init process of their own.")
    if missing := {package for command, package in PACKAGES.items() if not shutil.which(command)}:
        run("apt-get", "update", "-qq")
        run("apt-get", "install", "-qq", "-y", "--no-install-recommends", *sorted(missing), KEYS)
    if int(INOTIFY.read_text()) < INOTIFY_INSTANCES:
        INOTIFY.write_text(str(INOTIFY_INSTANCES))
    os.environ[cgroup.RUN] = str(os.getpid())
    cgroup.remove_ended()
    command = sys.argv[1:] or ["pytest", "tests/nodes"]
    try:
        with root.built():
            return subprocess.run(
                [*_APART, "bash", "-c", _INSIDE, "bash", sys.executable, "-m", *command],
                check=False,
            ).returncode
    except KeyboardInterrupt:
        return 130
    finally:
        cgroup.remove(limit=5)


if __name__ == "__main__":
    sys.exit(main())
