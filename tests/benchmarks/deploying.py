"""Deploys the stack by hand and the one with the library, in turns, to an AWS on this machine.

Prints the seconds of each, one pair a line: `python -m tests.benchmarks.deploying`.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk

from tests.aws.emulator import emulator
from tests.deploy.tools import create, prepare, synthesize

from . import by_hand, with_library
from .measure import RUNS
from .shared import STACK_NAME

GROUPS = 3
MAKERS: dict[str, Callable[[cdk.App, int], cdk.Stack]] = {
    "ours": with_library.make_stack,
    "theirs": by_hand.make_stack,
}


def main() -> None:
    """Prints one line a round, after one round that is not counted."""
    with tempfile.TemporaryDirectory() as folder:
        assemblies = [_assembly(Path(folder) / name, name) for name in MAKERS]
        for number in range(RUNS + 1):
            seconds = [_deploy(assembly) for assembly in assemblies]
            if number:
                sys.stdout.write(" ".join(f"{value:.4f}" for value in seconds) + "\n")


def _assembly(folder: Path, name: str) -> Path:
    def fill(app: cdk.App) -> None:
        MAKERS[name](app, GROUPS)

    return synthesize(folder, fill)


def _deploy(assembly: Path) -> float:
    template = json.loads((assembly / f"{STACK_NAME}.template.json").read_text())
    with emulator() as running:
        prepare(running, assembly)
        start = time.perf_counter()
        stack = create(running, STACK_NAME, template)
        seconds = time.perf_counter() - start
    if stack.status != "CREATE_COMPLETE":
        sys.exit(f"{assembly.name}: {stack.status}")
    return seconds


if __name__ == "__main__":
    main()
