"""Numbers as types of arguments."""

import argparse
import math
from collections.abc import Callable


def whole_number(least: int, words: str, *, most: int | None = None) -> Callable[[str], int]:
    """A type of whole numbers.

    Args:
        least: The smallest number.
        words: What the number must be, such as `a number of nodes, such as 4`.
        most: The largest number, if there is one.
    """

    def read(text: str) -> int:
        if not text.isdecimal() or int(text) < least or (most is not None and int(text) > most):
            raise argparse.ArgumentTypeError(f"{text!r} must be {words}")
        return int(text)

    return read


def duration(unit: str, *, zero: bool = False) -> Callable[[str], float]:
    """A type of durations, which are above 0.

    Args:
        unit: Their unit, such as `seconds`.
        zero: Whether 0 is one.
    """

    def read(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not (number > 0 or (zero and number == 0)) or math.isinf(number):
            raise argparse.ArgumentTypeError(f"{text!r} must be a number of {unit}, such as 30")
        return number

    return read
