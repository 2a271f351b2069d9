"""Lets users go from node to node by ssh, if their homes are shared. Arguments: user names."""

from __future__ import annotations

import re
import shutil
import socket
import sys
from pathlib import Path

from accounts import Account, find_users
from command import output_of, run_step
from guarded_path import read_small_file
from home_folder import make_home
from host_keys import publish
from lifecycle_error import LifecycleError
from login_keys import NODE_KEYS, write_keys
from node_files import node_path, write_file
from patterns import NODE_KEY
from resource_config import ResourceConfig
from shared_folder import SHARED_MOUNT_POINTS, mount_point_of
from this_node import own_addresses
from user_process import UserError, as_user

FOLDER = ".ssh/hyperpod"
KEY_NAME = "id_ed25519"
CLIENT_CONFIG = "/etc/ssh/ssh_config.d/hyperpod_constructs.conf"
OTHER_KEYS = ("id_rsa", "id_ecdsa", "id_ed25519")


def main() -> None:
    """Gives every user with a shared home one key for all nodes."""
    users = find_users(sys.argv[1:])
    mounts = {user: mount for user in users.values() if (mount := shared_mount_point(user))}
    keys = {}
    for user in mounts:
        key = own_key(user)
        if key:
            keys[user.name] = [key]
    write_keys(NODE_KEYS, keys)
    if mounts:
        trust_nodes(set(mounts.values()))
    else:
        print(f"Nobody of {', '.join(sys.argv[1:])} has a home on a shared file system.")  # noqa: T201


def shared_mount_point(user: Account) -> str | None:
    """The shared file system of a home. A user who replaces the home meanwhile has none."""
    try:
        mount_point = mount_point_of(user.home_path)
    except (LifecycleError, OSError) as error:
        print(f"user {user.name}: {error}")  # noqa: T201
        return None
    return next((path for path in SHARED_MOUNT_POINTS if node_path(path) == mount_point), None)


def own_key(user: Account) -> str | None:
    """The public half of the key of a user, which the user's own process reads or makes."""
    folder = user.home_path / FOLDER
    try:
        make_home(user.home, user.uid, user.gid)
        public = as_user(user.uid, user.gid, lambda: read_or_make(folder, user.name)).strip()
    except (UserError, OSError) as error:
        print(f"user {user.name}: there is no key for other nodes: {error}")  # noqa: T201
        return None
    if not re.fullmatch(NODE_KEY, public):
        print(f"user {user.name}: {folder / KEY_NAME}.pub is not a public key")  # noqa: T201
        return None
    return public


def read_or_make(folder: Path, name: str) -> str:
    """Runs with the rights of the user only. Of several nodes the first one to make it wins."""
    if not folder.exists():
        folder.parent.mkdir(mode=0o700, exist_ok=True)
        new = folder.with_name(f".hyperpod.{socket.gethostname()}")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        output_of(
            "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", f"{new}/{KEY_NAME}"
        )
        try:
            new.rename(folder)
        except OSError:
            shutil.rmtree(new)
    return read_small_file(f"{folder}/{KEY_NAME}.pub").decode(errors="replace")


def trust_nodes(mount_points: set[str]) -> None:
    """Has ssh compare the host keys of nodes with those that the nodes have written."""
    config = ResourceConfig.read()
    addresses = [address for group in config.addresses.values() for address in group]
    networks = {tuple(address.split(".")[:2]) for address in addresses}
    hosts = [
        pattern
        for first, second in sorted(networks)
        for pattern in (f"ip-{first}-{second}-*", f"{first}.{second}.*")
    ]
    # Naming a key turns off the keys that ssh tries otherwise.
    keys = [f"~/{FOLDER}/{KEY_NAME}", *(f"~/.ssh/{name}" for name in OTHER_KEYS)]
    write_file(
        node_path(CLIENT_CONFIG),
        "# Written anew whenever the lifecycle scripts run.\n"
        f"Host {' '.join(hosts)}\n"
        + "".join(f"    IdentityFile {key}\n" for key in keys)
        + "    StrictHostKeyChecking accept-new\n"
        f"    {known_hosts(mount_points, config.cluster_name, addresses)}\n"
        "    LogLevel ERROR\n",
    )


def known_hosts(mount_points: set[str], cluster_name: str, addresses: list[str]) -> str:
    """The option of ssh that names the host keys of the nodes.

    Without them nothing is remembered: a replaced node has the address of its predecessor and
    another key.
    """
    own = [address for address in own_addresses() if address in addresses]
    try:
        path = publish(min(mount_points), cluster_name, own)
    except (LifecycleError, OSError) as error:
        print(f"Host keys of nodes are not verified: {error}")  # noqa: T201
        return "UserKnownHostsFile /dev/null"
    return f"GlobalKnownHostsFile /etc/ssh/ssh_known_hosts {path}"


if __name__ == "__main__":
    run_step(main)
