"""Host keys of the nodes, in a folder of root on a file system of all nodes."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator

import patterns
from guarded_path import Folder, open_folder, read_small_file
from lifecycle_error import LifecycleError
from node_files import node_path

KNOWN_HOSTS = "known_hosts"
_PUBLIC_KEYS = "etc/ssh/ssh_host_*_key.pub"


def publish(shared: str, cluster_name: str, addresses: list[str]) -> str:
    """Adds the host keys of this node, and returns the path of those of all nodes.

    Args:
        shared: Mount point of the file system.
        cluster_name: Name of the cluster.
        addresses: Addresses of this node in the cluster.

    Raises:
        LifecycleError: This node has no address or no host keys, or users can write to the folder.
    """
    path = f"{shared}/aws/hyperpod/{cluster_name}/host_keys"
    if not cluster_name or not addresses:
        raise LifecycleError("the name of the cluster or the address of this node is unknown")
    own = "".join(lines_of(addresses[0]))
    if not own:
        raise LifecycleError(f"there is no file /{_PUBLIC_KEYS}")
    with open_folder(path, make=True) as folder:
        folder.require_trust()
        replace(folder, addresses[0], own)
        # The node that writes last sees the keys of all others.
        written = ""
        while written != (found := all_keys(folder)):
            written = found
            replace(folder, KNOWN_HOSTS, written)
    return f"{path}/{KNOWN_HOSTS}"


def lines_of(address: str) -> Iterator[str]:
    """Lines of known hosts: the names of this node and each of its keys."""
    name = f"ip-{address.replace('.', '-')}"
    for path in sorted(node_path("/").glob(_PUBLIC_KEYS)):
        kind, key, *_ = [*read_small_file(str(path)).decode(errors="replace").split(), "", ""]
        if re.fullmatch(r"[\w.@-]+", kind) and re.fullmatch(r"[\w+/=]+", key):
            yield f"{address},{name},{name}.* {kind} {key}\n"


def all_keys(folder: Folder) -> str:
    """Keys of all nodes, of which each has written a file."""
    names = sorted(os.listdir(folder.descriptor))  # noqa: PTH208 - by descriptor
    return "".join(
        read_small_file(name, folder.descriptor).decode(errors="replace")
        for name in names
        if re.fullmatch(patterns.ADDRESS, name)
    )


def replace(folder: Folder, name: str, text: str) -> None:
    """Replaces a file at once."""
    new = f".new.{secrets.token_hex(8)}"
    os.close(folder.write_new(new, text.encode(), 0o644))
    os.rename(new, name, src_dir_fd=folder.descriptor, dst_dir_fd=folder.descriptor)
