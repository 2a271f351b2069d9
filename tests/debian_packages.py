"""Packages of Debian that tests use without installing them on this machine."""

import subprocess
import sys
from pathlib import Path


def mirror() -> str:
    """Where this machine has the packages of Debian from."""
    listed = subprocess.run(
        [*("apt-get", "indextargets"), "--format", "$(REPO_URI)", "Created-By: Packages"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    for address in listed.split():
        if address.rstrip("/").endswith("/debian"):
            return address
    sys.exit("The tests need packages of Debian, so apt of this machine needs a mirror of Debian.")


def apt_of(folder: Path, release: str, *kinds: str) -> list[str]:
    """The command of an apt that knows one release, and keeps what it knows in a folder.

    Args:
        folder: An empty folder.
        release: The release of Debian.
        kinds: `deb` for packages, `deb-src` for sources.
    """
    for each in ("lists/partial", "archives/partial"):
        (folder / each).mkdir(parents=True)
    lines = [f"{kind} {mirror()} {release} main" for kind in kinds]
    (folder / "sources.list").write_text("\n".join([*lines, ""]))
    options = {
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder,
        "APT::Sandbox::User": "root",
    }
    return ["apt-get", "-qq", *(f"-o{key}={value}" for key, value in options.items())]
