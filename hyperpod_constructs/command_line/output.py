"""Where a command writes its result."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from hyperpod_constructs.model.command_error import ErrorCode

from .documents import UnreadableError


def add_output_arguments(
    parser: argparse.ArgumentParser, formats: Iterable[str], *, what: str
) -> None:
    """Adds `--format` and `--output`.

    Args:
        parser: Parser of the command.
        formats: Names of the formats, with `text`.
        what: What is written, such as `report`.
    """
    parser.add_argument("--format", choices=sorted(formats), default="text")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help=f"write the {what} to FILE instead of standard output",
    )


def write_output(text: str, file: Path | None) -> None:
    """Writes to a file, or else to standard output.

    Raises:
        UnreadableError: If the file cannot be written.
    """
    if file is None:
        sys.stdout.write(text)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UnreadableError(ErrorCode.FILE_UNWRITABLE, f"{file}: {error.strerror}") from error
