"""What a command has begun and not seen the end of: requests without an answer, and commands on nodes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

_READING = ("describe_", "list_")
_begun: list[str] = []
_unanswered: list[str] = []
_running: list[str] = []


@contextmanager
def sending(operation: str) -> Iterator[None]:
    """Notes an operation of boto3 until it is answered. An interrupt leaves it noted."""
    if operation.startswith(_READING):
        yield
        return
    _begun.append(operation)
    _unanswered.append(operation)
    try:
        yield
    except Exception:
        _unanswered.remove(operation)
        raise
    _unanswered.remove(operation)


def has_sent() -> bool:
    """Whether there were requests that change something."""
    return bool(_begun)


def unanswered() -> Sequence[str]:
    """The operations that may or may not have taken effect, as the API names them."""
    return ["".join(map(str.capitalize, each.split("_"))) for each in _unanswered]


def leave_running(nodes: Sequence[str]) -> None:
    """Notes the nodes on which a command was running when it was interrupted."""
    _running.extend(nodes)


def left_running() -> Sequence[str]:
    """The nodes on which a command may continue."""
    return _running
