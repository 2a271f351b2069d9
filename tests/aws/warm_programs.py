"""Python programs that are imported once and run in a fork for each call, as Lambda does it."""

import json
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

_SERVER = Path(__file__).parent / "runtime" / "warm.py"
_CLIENT = """#!{python} -IS
import json, os, socket, sys
call = {{"arguments": sys.argv[1:], "folder": os.getcwd(), "environment": dict(os.environ)}}
with socket.socket(socket.AF_UNIX) as server:
    server.connect({place!r})
    socket.send_fds(server, [json.dumps(call).encode() + b"\\n"], [0, 1, 2])
    sys.exit(int(server.recv(9) or 1))
"""
_numbers = count()


@cache
def workspace() -> Path:
    """A folder that goes when the process ends."""
    return Path(_folder().name)


def start(
    program: Sequence[str | Path], environment: Mapping[str, str], around: Sequence[str] = ()
) -> Path:
    """Starts to import a program, which ends with this process. Calls wait until it is imported.

    Args:
        program: A Python file and its first arguments.
        environment: The environment in which it is imported.
        around: A command that runs another, to run it in.

    Returns:
        The socket that takes calls.
    """
    place = workspace() / str(next(_numbers))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place))
        listener.listen()
        number = listener.fileno()
        server = subprocess.Popen(
            [*around, sys.executable, _SERVER, str(number), *program],
            env=environment,
            pass_fds=[number],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
    _servers.append(server)
    return place


def run(
    place: Path, text: str, *, folder: Path, environment: Mapping[str, str], seconds: int
) -> tuple[str, int | None]:
    """Runs a program once.

    Args:
        place: The socket of the program.
        text: Its standard input.
        folder: Where it runs.
        environment: Its environment.
        seconds: How long it may run.

    Returns:
        What it wrote, and its exit status; None if its time was over before its end.
    """
    call: dict[str, Any] = {"arguments": [], "folder": str(folder), "seconds": seconds}
    line = json.dumps({**call, "environment": dict(environment)}).encode() + b"\n"
    with (
        tempfile.TemporaryFile("w+") as given,
        tempfile.TemporaryFile("w+") as written,
        socket.socket(socket.AF_UNIX) as server,
    ):
        given.write(text)
        given.seek(0)
        server.connect(str(place))
        files = [given.fileno(), written.fileno(), written.fileno()]
        socket.send_fds(server, [line], files)
        status = server.recv(9)
        written.seek(0)
        return written.read(), int(status) if status else None


def stand_in(script: Path, environment: Mapping[str, str]) -> None:
    """Puts a script in the place of a Python program, that has it run by its warm process."""
    program = script.with_name(f"{script.name}-program")
    script.rename(program)
    place = start([program], environment)
    script.write_text(_CLIENT.format(python=sys.executable, place=str(place)))
    script.chmod(0o755)


_servers: list[subprocess.Popen[bytes]] = []


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="hyperpod-emulator-")
