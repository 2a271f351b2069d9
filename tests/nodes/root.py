"""The machine image: a Debian with Slurm, laid out like the image of HyperPod's nodes."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.debian_packages import mirror

from .command import run

CACHE = Path("/var/cache/hyperpod-nodes")
RELEASE = "trixie"
SLURM_RELEASE = os.environ.get("SLURM_RELEASE") or RELEASE
"""The release of Debian whose Slurm nodes run: 24.11 of trixie, unless it is another one."""

IMAGE = Path(__file__).parent / "image"
SLURM = "opt/slurm"

PACKAGES = (
    *("systemd", "systemd-sysv", "dbus", "libpam-systemd", "udev", "kmod", "procps"),
    *("slurm-wlm", "slurmdbd", "slurm-client", "munge", "mariadb-server"),
    *("libpam-slurm-adopt", "libslurm-dev"),
    *("iproute2", "iputils-ping", "hostname", "openssh-server", "openssh-client"),
    *("python3", "jq", "awscli", "sudo", "logrotate", "cron", "ca-certificates", "gettext-base"),
)
OF_SLURM = ("slurm*", "libslurm*", "libpam-slurm*", "libhwloc*")
"""Packages of Slurm, including those that only one of the releases requires."""
FETCHED = ("prometheus-node-exporter",)
NOT_YET = ("slurmctld", "slurmd", "slurmdbd", "mariadb")
EXCLUDED = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*")


def path() -> Path:
    """Where the image lies; its name tells what it was made of."""
    parts = [SLURM_RELEASE, *PACKAGES, *FETCHED, Path(__file__).read_text()]
    parts += [item.read_text() for item in sorted(IMAGE.rglob("*")) if item.is_file()]
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return CACHE / f"{SLURM_RELEASE}-{digest[:16]}"


@contextmanager
def built() -> Iterator[None]:
    """Makes the image unless it is there, and keeps it from being removed meanwhile."""
    CACHE.mkdir(parents=True, exist_ok=True)
    made = path()
    with (CACHE / "lock").open("w") as one_at_a_time, made.with_suffix(".in-use").open("w") as use:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        fcntl.flock(use, fcntl.LOCK_SH)
        if not made.exists():
            _remove_unused()
            making = CACHE / "making"
            _install(making)
            _lay_out(making)
            making.rename(made)
        fcntl.flock(one_at_a_time, fcntl.LOCK_UN)
        yield


def _remove_unused() -> None:
    shutil.rmtree(CACHE / "making", ignore_errors=True)
    for lock in CACHE.glob(f"{SLURM_RELEASE}-*.in-use"):
        with lock.open() as use, suppress(BlockingIOError):
            fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
            lock.unlink()


def _install(root: Path) -> None:
    options = [f"--dpkgopt=path-exclude={pattern}" for pattern in EXCLUDED]
    fetch = f"apt-get install --yes --download-only --no-install-recommends {' '.join(FETCHED)}"
    done = subprocess.run(
        [
            *("mmdebstrap", "--verbose", "--variant=apt", f"--include={','.join(PACKAGES)}"),
            *('--aptopt=Apt::Install-Recommends "false"', "--dpkgopt=force-unsafe-io", *options),
            *_from_slurm_release(),
            *("--skip=cleanup/apt", '--customize-hook=chroot "$1" apt-get clean'),
            *(f'--customize-hook=chroot "$1" {fetch}', RELEASE, str(root)),
            *(f"deb {mirror()} {release} main" for release in sorted({RELEASE, SLURM_RELEASE})),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"The image of the nodes cannot be made: {done.stdout[-3000:]}")


def _from_slurm_release() -> Iterator[str]:
    """Options with which packages of Slurm, and no others, come from another release."""
    if SLURM_RELEASE == RELEASE:
        return
    pins = ((SLURM_RELEASE, " ".join(OF_SLURM), 990), (SLURM_RELEASE, "*", 100))
    text = "".join(
        f"Package: {packages}\\nPin: release n={release}\\nPin-Priority: {priority}\\n\\n"
        for release, packages, priority in pins
    )
    yield f'--setup-hook=mkdir -p "$1/etc/apt/preferences.d"; printf \'{text}\' > "$1/etc/apt/preferences.d/slurm"'
    # A mirror of unstable is often older than its signature is valid.
    yield '--aptopt=Acquire::Check-Valid-Until "false"'


def _lay_out(root: Path) -> None:
    """Slurm below /opt/slurm, none of its services enabled, a user `ubuntu`, the shims."""
    slurm = root / f"{SLURM}-{_version(root)}"
    slurm.mkdir()
    (root / SLURM).symlink_to(slurm.name)
    (root / "etc/slurm").rename(slurm / "etc")
    (root / "etc/slurm").symlink_to("/opt/slurm/etc")
    for name, place in (("bin", "/usr/bin"), ("sbin", "/usr/sbin"), ("lib", _library(root))):
        (slurm / name).symlink_to(place)
    (root / "etc/munge/munge.key").unlink()
    for name in ("etc/resolv.conf", "etc/machine-id", "etc/hostname"):
        (root / name).unlink(missing_ok=True)
    shutil.copytree(IMAGE, root, symlinks=True, dirs_exist_ok=True)
    for command in (
        ["systemctl", "disable", "--quiet", *NOT_YET],
        ["useradd", "--create-home", "--shell", "/bin/bash", "--uid", "1000", "ubuntu"],
        ["install", "-d", "-o", "slurm", "-g", "slurm", "/var/spool/slurmctld"],
        ["install", "-d", "/var/spool/slurmd", "/opt/ml/config"],
        ["chown", "-R", "slurm:slurm", "/opt/slurm/etc/"],
    ):
        run("chroot", str(root), *command)


def _version(root: Path) -> str:
    """The version of Slurm, as the folder is named to which /opt/slurm is a link."""
    shown = subprocess.run(
        [*("chroot", str(root), "dpkg-query", "--show", "--showformat", "${Version}"), "slurmctld"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    return ".".join(shown.split(".")[:2])


def _library(root: Path) -> str:
    (library,) = root.glob("usr/lib/*/slurm-wlm")
    return f"/{library.relative_to(root)}"
