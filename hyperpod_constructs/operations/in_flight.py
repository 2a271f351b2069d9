"""Requests that change a cluster and were sent, but not answered."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

_READING = ("describe_", "list_")
_unanswered: list[str] = []


@contextmanager
def sending(operation: str) -> Iterator[None]:
    """Notes an operation of boto3 until it is answered. An interrupt leaves it noted."""
    if operation.startswith(_READING):
        yield
        return
    _unanswered.append(operation)
    try:
        yield
    except Exception:
        _unanswered.remove(operation)
        raise
    _unanswered.remove(operation)


def unanswered() -> Sequence[str]:
    """The operations that may or may not have taken effect, as the API names them."""
    return ["".join(map(str.capitalize, each.split("_"))) for each in _unanswered]
