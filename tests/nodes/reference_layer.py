"""What AWS's reference scripts install on a node, in a layer over the image: hosts have no internet.

Run it as `python -m tests.nodes.reference_layer` where Debian and PyPI can be reached, before the nodes start.
"""

import hashlib
import shutil
import sys
from pathlib import Path

from . import root
from .command import run

# The scripts install the first ones; HyperPod's image has the others, and Ubuntu's names of programs.
PACKAGES = (
    *("python3-pip", "apg", "equivs"),
    *("expect", "rsync", "curl", "mariadb-client-compat", "mariadb-server-compat"),
)
ANSIBLE = "ansible==10.7.0"
NODE_PYTHON = "3.13"
DRIVER = "570.172.08"
STAND_INS = {
    # The collection is part of the package that pip has installed.
    "ansible-galaxy": "exit 0",
    # The kernel of the bench has no modules, and no Lustre client.
    "ansible": """
if [[ " $* " == *" ansible.builtin.modprobe "* ]]; then
    exit 0
fi
exec python3 -c 'from ansible.cli.adhoc import main; main()' "$@"
""",
    "lctl": "exit 0",
    # systemd 257 does not start the automount of what is mounted, and the scripts fail if it is not active.
    "systemctl": """
if [[ $* == 'status fsx.automount' ]]; then
    exit 0
fi
exec /usr/bin/systemctl "$@"
""",
    "modinfo": f"echo {DRIVER}",
    # Ubuntu has this package; the scripts build an empty one of its name.
    "apt-cache": f"""
if [[ $1 == show && $2 == libnvidia-compute-* ]]; then
    printf 'Package: %s\\nVersion: {DRIVER}\\n' "${{2%%=*}}"
else
    exec /usr/bin/apt-cache "$@"
fi""",
}


def path() -> Path:
    """Where the layer lies; its name tells what it was made of."""
    parts = [root.path().name, Path(__file__).read_text()]
    return root.CACHE / f"reference-{hashlib.sha256(''.join(parts).encode()).hexdigest()[:16]}"


def main() -> None:
    """Makes the layer, unless it is there."""
    made = path()
    if made.exists():
        return
    with root.built():
        making = root.CACHE / "making-reference"
        shutil.rmtree(making, ignore_errors=True)
        upper, work, merged = (making / name for name in ("upper", "work", "merged"))
        for folder in (upper, work, merged):
            folder.mkdir(parents=True)
        layers = f"lowerdir={root.path()},upperdir={upper},workdir={work}"
        run("mount", "-t", "overlay", "-o", layers, "overlay", str(merged))
        try:
            _fill(merged)
        finally:
            run("umount", str(merged))
        upper.rename(made)
        shutil.rmtree(making)


def _fill(merged: Path) -> None:
    resolver = merged / "etc/resolv.conf"
    shutil.copy("/etc/resolv.conf", resolver)
    quiet = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "--yes")
    for arguments in (["update"], ["install", "--no-install-recommends", *PACKAGES], ["clean"]):
        run("chroot", str(merged), *quiet, *arguments)
    resolver.unlink()
    # Whether HyperPod's image enables it is not known; the scripts of AWS only start it.
    run("chroot", str(merged), "systemctl", "enable", "--quiet", "mariadb")
    packages = merged / f"usr/local/lib/python{NODE_PYTHON}/dist-packages"
    run(
        *(sys.executable, "-m", "pip", "install", "--quiet", "--target", str(packages)),
        *("--python-version", NODE_PYTHON, "--only-binary", ":all:", ANSIBLE),
    )
    for name, script in STAND_INS.items():
        program = merged / "usr/local/bin" / name
        program.write_text(f"#!/bin/bash\n{script}\n")
        program.chmod(0o755)


if __name__ == "__main__":
    main()
