"""`python -m hyperpod_constructs`: checks and conversions at the command line."""

import argparse
import sys
from collections.abc import Sequence

from hyperpod_constructs.command_line.check.command import add_check
from hyperpod_constructs.command_line.convert.command import add_convert
from hyperpod_constructs.command_line.documents import UnreadableError


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command.

    Args:
        arguments: Arguments of the program; those it was started with when left out.

    Returns:
        The exit status: 0, 1 for problems, 2 for wrong arguments or files.
    """
    parser = argparse.ArgumentParser(
        prog="hyperpod-constructs", description="SageMaker HyperPod clusters, without AWS or CDK."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_check(commands)
    add_convert(commands)
    options = parser.parse_args(arguments)
    try:
        status: int = options.run(options)
    except UnreadableError as error:
        sys.stderr.write(f"{parser.prog}: {error}\n")
        return 2
    return status


if __name__ == "__main__":
    sys.exit(main())
