"""The parser of the command line."""

import argparse
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from hyperpod_constructs.model.command_error import ErrorCode

WORDS = "words"
"""Where a parser that has a default for it puts the words after `--`."""


class CommandParser(argparse.ArgumentParser):
    """A parser whose errors have a code, and which leaves the words after `--` alone."""

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        if args is None or self.get_default(WORDS) is None:
            return super().parse_known_args(args, namespace)
        end = args.index("--") if "--" in args else len(args)
        found, unknown = super().parse_known_args(args[:end], namespace)
        if unknown and "--" not in args:
            self.error(
                f"unrecognized arguments: {' '.join(unknown)}; specify a command after --, such as "
                "-- nvidia-smi -L"
            )
        setattr(found, WORDS, list(args[end + 1 :]))
        return found, unknown

    def error(self, message: str) -> NoReturn:
        has_code = re.search(r" \([A-Z][A-Za-z]+\)\Z", message)
        super().error(message if has_code else f"{message} ({ErrorCode.ARGUMENT_INVALID})")
