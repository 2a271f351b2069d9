"""Commands that are interrupted or terminated: they say what may have happened."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from hyperpod_constructs.operations.in_flight import has_sent, left_running, unanswered

_FIRST_STATUS = 128


class TerminatedError(KeyboardInterrupt):
    """Raised for the signal TERM, with which systems end processes."""


@contextmanager
def terminable() -> Iterator[None]:
    """Raises `TerminatedError` for the signal TERM."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def last_words(interrupt: KeyboardInterrupt) -> str:
    """What an interrupted command says."""
    word = "terminated" if isinstance(interrupt, TerminatedError) else "interrupted"
    sent = unanswered()
    unclear = f"; {', '.join(sent)} was sent without an answer, and may take effect" if sent else ""
    nodes = left_running()
    if nodes:
        return f"{word}; the command may continue on {', '.join(nodes)}"
    if not has_sent():
        return word
    return f"{word}; requests that were reported as sent continue{unclear}"


def status_of(interrupt: KeyboardInterrupt) -> int:
    """The exit status, as shells report signals."""
    number = signal.SIGTERM if isinstance(interrupt, TerminatedError) else signal.SIGINT
    return _FIRST_STATUS + number


def _terminate(_number: int, _frame: FrameType | None) -> None:
    raise TerminatedError
