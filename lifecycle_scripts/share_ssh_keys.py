"""Lets users go from node to node by ssh, if their homes are shared. Arguments: user names."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from contextlib import suppress
from pathlib import Path

from accounts import find_user
from command import output_of, run_step
from home_folder import acting_as, authorize_keys, make_home
from node_files import node_path, write_file
from resource_config import ResourceConfig
from shared_folder import is_shared

KEY_SOURCE = "key of the cluster"
KEY_NAME = "id_ed25519"
CLIENT_CONFIG = "/etc/ssh/ssh_config.d/hyperpod_constructs.conf"


def main() -> None:
    """Gives every user with a shared home one key for all nodes."""
    users = [user for user in map(find_user, sys.argv[1:]) if user]
    sharing = [user for user in users if is_shared(user.home_path)]
    for user in sharing:
        make_home(user.home_path, user.uid, user.gid)
        with acting_as(user.uid, user.gid):
            private = own_key(user.home_path / ".ssh", user.name)
            public = output_of("ssh-keygen", "-y", "-f", str(private)).strip()
            authorize_keys(user.home_path, KEY_SOURCE, [public])
    if sharing:
        trust_nodes()
    else:
        print(f"Nobody of {', '.join(sys.argv[1:])} has a home on a shared file system.")  # noqa: T201


def own_key(folder: Path, name: str) -> Path:
    """The private key of a user; of several nodes that make one, the first one wins."""
    folder.mkdir(mode=0o700, exist_ok=True)
    key = folder / KEY_NAME
    if not key.exists():
        workshop = folder / f".new.{socket.gethostname()}"
        shutil.rmtree(workshop, ignore_errors=True)
        workshop.mkdir(mode=0o700)
        new = workshop / KEY_NAME
        output_of("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(new))
        with suppress(FileExistsError):
            os.link(new, key)
        shutil.rmtree(workshop)
    return key


def trust_nodes() -> None:
    """A replaced node has an address that is known and a host key that is not."""
    addresses = [address for group in ResourceConfig.read().addresses.values() for address in group]
    write_file(
        node_path(CLIENT_CONFIG),
        "# Written anew whenever the lifecycle scripts run.\n"
        f"Host {' '.join(['ip-*', *sorted(addresses)])}\n"
        "    StrictHostKeyChecking accept-new\n"
        "    UserKnownHostsFile /dev/null\n"
        "    LogLevel ERROR\n",
    )


if __name__ == "__main__":
    run_step(main)
