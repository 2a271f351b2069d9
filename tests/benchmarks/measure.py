"""Times whole processes, started alternately."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
RUNS = 9


@dataclass(frozen=True, slots=True)
class Seconds:
    """How long a process takes.

    Attributes:
        processor: Time of the process and its Node.js on processors. Ratios are made of it, since
            other work on the machine disturbs it less than the clock.
        clock: Time that passes.
    """

    processor: float
    clock: float


Rounds = list[dict[str, Seconds]]


def rounds_of(commands: Mapping[str, Sequence[str]]) -> Rounds:
    """Several runs of each command, in turns, after one warm-up each."""
    for command in commands.values():
        _seconds(command)
    return [{name: _seconds(command) for name, command in commands.items()} for _ in range(RUNS)]


def median_ratio(rounds: Rounds, ours: str, theirs: str) -> float:
    """The median of the ratios of neighbours in time, which the drift of the machine spares."""
    return median(times[ours].processor / times[theirs].processor for times in rounds)


def medians(rounds: Rounds) -> dict[str, Seconds]:
    """The medians of each command."""
    return {
        name: Seconds(
            processor=median(times[name].processor for times in rounds),
            clock=median(times[name].clock for times in rounds),
        )
        for name in rounds[0]
    }


def printed_median(command: Sequence[str]) -> float:
    """The median of the numbers that a command prints, of several runs after one warm-up."""
    numbers = [float(printed(command)) for _ in range(RUNS + 1)]
    return median(numbers[1:])


def printed_medians(command: Sequence[str]) -> list[float]:
    """The medians of the columns that a command prints, a line a run."""
    rows = [[float(cell) for cell in line.split()] for line in printed(command).splitlines()]
    return [median(column) for column in zip(*rows, strict=True)]


def _seconds(command: Sequence[str]) -> Seconds:
    processor, clock = _processor_seconds(), time.perf_counter()
    printed(command)
    return Seconds(processor=_processor_seconds() - processor, clock=time.perf_counter() - clock)


def _processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def printed(command: Sequence[str]) -> str:
    """What a command prints."""
    environment = {**os.environ, "CDK_VALIDATION": "false"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    finished = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    if finished.returncode != 0:
        sys.exit(f"{finished.stderr}\n{' '.join(command)} failed")
    return finished.stdout
