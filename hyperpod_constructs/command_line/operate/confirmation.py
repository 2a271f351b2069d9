"""Confirmation of what destroys data or ends work."""

import argparse
import sys

from hyperpod_constructs.model.command_error import ErrorCode
from hyperpod_constructs.operations.errors import OperationError

from .printing import to_width


def confirm(options: argparse.Namespace, question: str) -> bool:
    """Asks whether to continue, unless `--yes` is specified.

    Raises:
        OperationError: If there is no terminal to ask.
    """
    if options.yes:
        return True
    if not sys.stdin.isatty():
        raise OperationError(
            ErrorCode.CONFIRMATION_MISSING,
            f"{question} Specify --yes, since there is no terminal to ask for confirmation",
        )
    sys.stderr.write(f"{to_width(f'{question} Continue? [y/N]', sys.stderr)} ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
