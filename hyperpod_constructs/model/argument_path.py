"""Paths of arguments in problems, such as `instance_groups[2].labels['team']`."""

import re
from collections.abc import Iterator

_STEP = r"(\w+)|\[(\d+)\]"
_SEPARATOR = r"[.\[]"


def steps_of(path: str) -> list[str | int]:
    """Names and indexes of a path."""
    return [int(index) if index else name for name, index in re.findall(_STEP, path)]


def argument_of(path: str) -> str:
    """The argument that the path begins with."""
    return re.split(_SEPARATOR, path)[0]


def around(path: str) -> Iterator[str]:
    """The path, and those of the arguments that it is in."""
    yield path
    for match in re.finditer(_SEPARATOR, path):
        yield path[: match.start()]
