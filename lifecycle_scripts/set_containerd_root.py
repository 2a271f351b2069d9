"""Sets where containerd keeps its data; everything else in config.toml stays. Argument: folder."""

from __future__ import annotations

import re
import sys

from command import run_step
from node_files import node_path, write_file

CONFIG = "/etc/containerd/config.toml"
_ROOT = re.compile(r"^[ \t]*root[ \t]*=.*\n?", re.MULTILINE)
_FIRST_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)


def main() -> None:
    """Keys before the first table are those of containerd itself."""
    path = node_path(CONFIG)
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    table = _FIRST_TABLE.search(before)
    end = table.start() if table else len(before)
    own = _ROOT.sub("", before[:end])
    if own and not own.endswith("\n"):
        own += "\n"
    after = f'{own}root = "{sys.argv[1]}"\n{before[end:]}'
    if after != before:
        write_file(path, after)


if __name__ == "__main__":
    run_step(main)
