"""Keys with which users log in to this node. Only root can write these files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from node_files import node_path, write_file

KEYS = "/etc/ssh/hyperpod_keys"
NODE_KEYS = "/etc/ssh/hyperpod_node_keys"


def write_keys(folder: str, keys: Mapping[str, Iterable[str]]) -> None:
    """Replaces the keys in a folder, with one file for each user."""
    path = node_path(folder)
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o755)
    for name, lines in keys.items():
        text = "".join(f"{line}\n" for line in lines)
        file = path / name
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            write_file(file, text, mode=0o644)
    keep_keys(folder, keys)


def keep_keys(folder: str, names: Collection[str]) -> None:
    """Removes the keys of all other users from a folder, if it exists."""
    path = node_path(folder)
    for file in path.iterdir() if path.is_dir() else ():
        if file.name not in names:
            file.unlink()
