"""Sets where Docker keeps its data; everything else in daemon.json stays. Argument: folder."""

from __future__ import annotations

import json
import sys

from command import run_step
from lifecycle_error import LifecycleError
from node_files import node_path, write_file

CONFIG = "/etc/docker/daemon.json"


def main() -> None:
    """Merges the one key."""
    path = node_path(CONFIG)
    try:
        settings = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except ValueError as error:
        raise LifecycleError(f"{path} is not JSON: {error}") from error
    settings["data-root"] = sys.argv[1]
    write_file(path, json.dumps(settings, indent=4) + "\n")


if __name__ == "__main__":
    run_step(main)
