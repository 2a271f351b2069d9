"""Command line interface: `python -m hyperpod_constructs`."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any

from hyperpod_constructs.checks.package_version import (
    PACKAGE,
    documentation_url,
    package_version,
)
from hyperpod_constructs.command_line.commands import COMMANDS, add_commands
from hyperpod_constructs.command_line.parser import CommandParser
from hyperpod_constructs.model.command_error import CommandError

_SIGINT, _SIGPIPE = 130, 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command.

    Args:
        arguments: Command line arguments. Defaults to those of the process.

    Returns:
        Exit status: 0 for success, 1 for problems, 2 for invalid arguments or files, 130 if interrupted, 141
        if the reader of a pipe has read enough.
    """
    given = sys.argv[1:] if arguments is None else arguments
    name = next((each for each in given if not each.startswith("-")), None)
    parser: argparse.ArgumentParser = CommandParser(
        prog=PACKAGE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Validates, describes, converts and operates SageMaker HyperPod clusters.\n"
        "Requires no CDK.",
        epilog=None if name in COMMANDS else _epilog(),
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    add_commands(parser.add_subparsers(required=True, metavar="COMMAND"), name)
    options = parser.parse_args(given)
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except CommandError as error:
        sys.stderr.write(f"{parser.prog}: {error.with_code}\n")
        return 2
    except BrokenPipeError:
        # The reader of a pipe has read enough; the interpreter must not write to it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _SIGPIPE
    except KeyboardInterrupt:
        sys.stderr.write(f"\n{parser.prog}: interrupted\n")
        return _SIGINT
    return status


def _epilog() -> str:
    return f"""examples:
  {PACKAGE} check create-cluster.json provisioning_params.json
  {PACKAGE} describe cdk.out
  {PACKAGE} explain ClusterName
  {PACKAGE} policies operator
  {PACKAGE} cost cdk.out --region us-west-2
  {PACKAGE} preflight cdk.out
  {PACKAGE} nodes llm-training --failing
  {PACKAGE} run llm-training gpu -- nvidia-smi -L
  {PACKAGE} diff cdk.out --cluster llm-training
  {PACKAGE} convert --cluster create-cluster.json --form provisioning_params.json --output app

documentation: {documentation_url("README.md")}"""


class _Version(argparse.Action):
    """Prints the version, which is read for this option alone."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,  # noqa: ARG002 - as argparse calls it
        values: Any,  # noqa: ARG002
        option_string: str | None = None,  # noqa: ARG002
    ) -> None:
        sys.stdout.write(f"{PACKAGE} {package_version()}\n")
        parser.exit()


if __name__ == "__main__":
    sys.exit(main())
