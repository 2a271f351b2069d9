"""Measures the library against aws-cdk-lib alone: `python -m tests.benchmarks`.

Nothing fails when a bar is missed; the table says so.
"""

import sys
from collections.abc import Iterator, Mapping

from .importing import LIBRARY, modules_alone, modules_loaded_by, names_of
from .measure import (
    ROOT,
    RUNS,
    Rounds,
    Seconds,
    median_ratio,
    medians,
    printed_median,
    printed_medians,
    rounds_of,
)
from .report import Row, table

RATIO_BAR = 1.10
IMPORT_BAR = 1.05
TENFOLD_BAR = 10
CURVE_BAR = 1.5
JUDGING_BAR = 5
READING_BAR = 5
DEPLOYMENT_BAR = 1.15
HELP_BAR = 0.15

GROWING = (10, 100)
BEYOND = (505, 1000)

BY_HAND = ("-m", "tests.benchmarks.by_hand")
WITH_LIBRARY = ("-m", "tests.benchmarks.with_library")
BY_HAND_EKS = ("-m", "tests.benchmarks.by_hand_eks")
WITH_LIBRARY_EKS = ("-m", "tests.benchmarks.with_library_eks")
ONE_BY_ONE = (*WITH_LIBRARY, "--one-by-one")

EXPLANATION = f"""\
Medians of {RUNS} whole processes, started in turns after one warm-up each, in processor time of
Python and Node.js; the time by the clock in brackets. Ratios are the medians of as many pairs. Validation and analytics of CDK are off.
Start-up is the import of CDK. The curve is what groups 506 to 1000 add, divided by what groups
11 to 505 add: a straight line has 1, a parabola 2.9. It is measured beyond the 100 groups that a
cluster may have, with that limit lifted, since up to there the groups add less than the processes
differ.
"""


def main() -> None:
    sys.stdout.write(f"{EXPLANATION}\n{table(list(measure()))}\n")


def measure() -> Iterator[Row]:
    """Every row of the table."""
    for size in (3, 100):
        yield ratio(
            f"stack of {size} groups, library / by hand",
            rounds_of({"ours": (*WITH_LIBRARY, str(size)), "theirs": (*BY_HAND, str(size))}),
        )
    yield ratio(
        "EKS with all add-ons, library / by hand",
        rounds_of({"ours": WITH_LIBRARY_EKS, "theirs": BY_HAND_EKS}),
    )
    slurm = names_of(ROOT / "tests/benchmarks/with_library.py")
    yield ratio(
        "import of the names of a Slurm cluster, library / CDK alone",
        rounds_of({"ours": slurm, "theirs": modules_loaded_by(slurm)}),
        bar=IMPORT_BAR,
    )
    imports = rounds_of({"ours": LIBRARY, "theirs": modules_alone()})
    yield ratio("import of all public names, library / CDK alone", imports, bar=IMPORT_BAR)
    start_up = medians(imports)["theirs"]
    at_once = _sizes(WITH_LIBRARY, (*GROWING, *BEYOND))
    yield tenfold("groups at once", at_once, start_up=start_up)
    yield curve("groups at once", at_once)
    by_hand = _sizes(BY_HAND, (GROWING[0], *BEYOND))
    yield curve("groups at once by hand", by_hand, bar=None)
    yield tenfold("groups one by one", _sizes(ONE_BY_ONE, GROWING), start_up=start_up)
    yield Row(
        title="judging 100 groups without Node.js",
        value=printed_median(("-m", "tests.benchmarks.judging")),
        bar=JUDGING_BAR,
        unit=" ms",
    )
    yield Row(
        title="reading and judging 1,000 requests without Node.js",
        value=printed_median(("-m", "tests.benchmarks.reading")),
        bar=READING_BAR,
        unit=" s",
    )
    yield Row(
        title="help of the command line",
        value=medians(rounds_of({"help": ("-m", "hyperpod_constructs", "--help")}))[
            "help"
        ].processor,
        bar=HELP_BAR,
        unit=" s",
    )
    ours, theirs = printed_medians(("-m", "tests.benchmarks.deploying"))
    yield Row(
        title="deployment to this machine's AWS, library / by hand",
        value=ours / theirs,
        bar=DEPLOYMENT_BAR,
        times=f"{ours:.2f} / {theirs:.2f} s by the clock",
    )


def ratio(title: str, rounds: Rounds, *, bar: float = RATIO_BAR) -> Row:
    return Row(
        title=title,
        value=median_ratio(rounds, "ours", "theirs"),
        bar=bar,
        times=_text(medians(rounds)),
    )


def tenfold(name: str, times: Mapping[str, Seconds], *, start_up: Seconds) -> Row:
    few, many = (times[str(size)].processor - start_up.processor for size in GROWING)
    return Row(
        title=f"{name}, 100 / 10 groups without start-up",
        value=many / few,
        bar=TENFOLD_BAR,
        times=_text(times),
    )


def curve(name: str, times: Mapping[str, Seconds], *, bar: float | None = CURVE_BAR) -> Row:
    few, half, most = (times[str(size)].processor for size in (GROWING[0], *BEYOND))
    return Row(
        title=f"{name}, curve from 10 over 505 to 1000",
        value=(most - half) / (half - few),
        bar=bar,
        times=f"{(half - few) / (BEYOND[0] - GROWING[0]) * 1000:.1f} ms a group up to 505",
    )


def _sizes(command: tuple[str, ...], sizes: tuple[int, ...]) -> dict[str, Seconds]:
    return medians(rounds_of({str(size): (*command, str(size)) for size in sizes}))


def _text(times: Mapping[str, Seconds]) -> str:
    processor = " / ".join(f"{seconds.processor:.2f}" for seconds in times.values())
    clock = " / ".join(f"{seconds.clock:.2f}" for seconds in times.values())
    return f"{processor} s ({clock} s)"


if __name__ == "__main__":
    main()
