"""Command `dashboards`: dashboards of Grafana for the metrics of clusters."""

import argparse
from importlib.resources import files
from pathlib import Path

from hyperpod_constructs.checks.package_version import PACKAGE
from hyperpod_constructs.command_line.documents import UnreadableError
from hyperpod_constructs.model.command_error import ErrorCode

DASHBOARDS = {
    "slurm": "nodes, jobs, accounts and schedulers of a Slurm cluster",
    "nodes": "processors, memory, file systems and network of nodes",
    "gpus": "use, temperature, power and errors of GPUs",
}


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the parser of the command."""
    names = "\n".join(f"  {name + '.json':<14}{what}" for name, what in DASHBOARDS.items())
    parser = commands.add_parser(
        "dashboards",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Writes dashboards that Grafana imports. They query a Prometheus data source,\n"
        "such as a workspace of Amazon Managed Service for Prometheus.",
        epilog=f"""dashboards:
{names}

examples:
  {PACKAGE} dashboards --output dashboards

exit status: 0, or 2 if a file cannot be written""",
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="folder, created if it is missing"
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    folder: Path = options.output
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in DASHBOARDS:
            path = folder / f"{name}.json"
            path.write_text(text_of(name), encoding="utf-8")
            print(path)  # noqa: T201 - the answer of the command
    except OSError as error:
        message = f"{folder}: cannot be written: {error.strerror}"
        raise UnreadableError(ErrorCode.FILE_UNWRITABLE, message) from error
    return 0


def text_of(name: str) -> str:
    """A dashboard as JSON."""
    return (files(__package__) / f"{name}.json").read_text(encoding="utf-8")
