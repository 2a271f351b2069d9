"""Values of JSON whose shape is not known to be right."""

from collections.abc import Mapping
from typing import Any


def value_at(document: Any, *path: str | int) -> Any:
    """The value at a path of keys and indexes; None if there is none."""
    for step in path:
        if isinstance(document, Mapping):
            document = document.get(step)
        elif isinstance(document, list) and isinstance(step, int) and step < len(document):
            document = document[step]
        else:
            return None
    return document


def object_of(value: object) -> Mapping[str, Any]:
    """The fields of an object; empty for other values."""
    return value if isinstance(value, Mapping) else {}


def items_of(value: object) -> list[Any]:
    """The entries of a list; empty for other values."""
    return value if isinstance(value, list) else []
