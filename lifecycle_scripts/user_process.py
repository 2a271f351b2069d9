"""Work in the home of a user, in a process that has the rights of this user and little time."""

from __future__ import annotations

import ctypes
import os
import resource
import select
import signal
import time
from collections.abc import Callable
from contextlib import suppress

from lifecycle_error import LifecycleError

SECONDS = 10
# A process that waits for a file system of its user may not end at all.
SECONDS_TO_END = 2
LARGEST_ANSWER = 1 << 16

_NO_NEW_PRIVILEGES = 38
_ENVIRONMENT = frozenset(("HYPERPOD_NODE_ROOT", "LANG", "LC_ALL", "PATH"))
_LIMITS = (
    (resource.RLIMIT_AS, 1 << 30),
    (resource.RLIMIT_CORE, 0),
    (resource.RLIMIT_CPU, SECONDS),
    (resource.RLIMIT_FSIZE, 1 << 20),
    (resource.RLIMIT_NOFILE, 64),
)


class UserError(LifecycleError):
    """What a user's own files prevent. It concerns this user only, never the node."""


def as_user(uid: int, gid: int, work: Callable[[], str]) -> str:
    """What the work answers, which the user may have made up: the real user id is the user's.

    A user can stop or kill the process, fill a disk, put a FIFO where a file should be, or let it
    wait for a file system that never answers. It has nothing of root: no environment, no terminal,
    no open file.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _run(uid, gid, work, writer)
    os.close(writer)
    try:
        answer = _read(reader)
    finally:
        os.close(reader)
        _end(child)
    if not answer.startswith("+"):
        raise UserError(" ".join(answer[1:].split()) or f"no answer within {SECONDS} s")
    return answer[1:]


def _run(uid: int, gid: int, work: Callable[[], str], writer: int) -> None:
    """Never returns."""
    answer = "-"
    try:
        _detach(writer)
        ctypes.CDLL(None).prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        for limit, value in _LIMITS:
            resource.setrlimit(limit, (value, value))
        if os.geteuid() == 0:
            os.setgroups([gid])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
        os.umask(0o077)
        os.chdir("/")
        answer = f"+{work()}"
    except BaseException as error:  # noqa: BLE001 - nothing of the parent may run in the child
        answer = f"-{error}"
    finally:
        os.write(writer, answer.encode(errors="replace")[:LARGEST_ANSWER])
        os._exit(0)


def _detach(writer: int) -> None:
    """A process that never ends must not keep the log of the step open."""
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(null, standard)
    for descriptor in map(int, os.listdir("/proc/self/fd")):  # noqa: PTH208 - numbers
        if descriptor > 2 and descriptor != writer:  # noqa: PLR2004 - the standard ones
            with suppress(OSError):
                os.close(descriptor)
    for name in set(os.environ) - _ENVIRONMENT:
        del os.environ[name]


def _read(reader: int) -> str:
    parts: list[bytes] = []
    end = time.monotonic() + SECONDS
    while len(parts) * 4096 <= LARGEST_ANSWER:
        readable, _, _ = select.select([reader], [], [], max(0.0, end - time.monotonic()))
        part = os.read(reader, 4096) if readable else b""
        if not readable:
            return "-"
        if not part:
            break
        parts.append(part)
    return b"".join(parts).decode(errors="replace")


def _end(child: int) -> None:
    with suppress(OSError):
        os.killpg(child, signal.SIGKILL)
    with suppress(OSError):
        os.kill(child, signal.SIGKILL)
    end = time.monotonic() + SECONDS_TO_END
    while os.waitpid(child, os.WNOHANG) == (0, 0) and time.monotonic() < end:
        time.sleep(0.001)
