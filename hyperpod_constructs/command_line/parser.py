"""The parser of the command line, whose errors have a code."""

import argparse
import re
from typing import NoReturn

from hyperpod_constructs.model.command_error import ErrorCode


class CommandParser(argparse.ArgumentParser):
    """A parser of arguments."""

    def error(self, message: str) -> NoReturn:
        has_code = re.search(r" \([A-Z][A-Za-z]+\)\Z", message)
        super().error(message if has_code else f"{message} ({ErrorCode.ARGUMENT_INVALID})")
