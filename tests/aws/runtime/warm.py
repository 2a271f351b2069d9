"""Runs a Python program again and again, each time in a fork that finds its modules imported.

`warm.py NUMBER PROGRAM ARGUMENT...` imports the program, or runs it with `--version` where it has no
arguments, and accepts calls at a listening socket, the file of that number, until its standard input
ends. A call is a line of JSON with further arguments, folder, environment and seconds, sent with the
three standard files; the answer is the exit status.
"""

import contextlib
import functools
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn


def main() -> None:
    number, program, *arguments = sys.argv[1:]
    sys.argv = [program, *arguments]
    sys.path[0] = str(Path(program).parent)
    before = dict(os.environ)
    with contextlib.suppress(Exception, SystemExit):  # the first call says what is wrong
        if arguments:
            runpy.run_path(program, run_name="warm")
        else:
            sys.argv.append("--version")
            runpy.run_path(program, run_name="__main__")
    # A fork would print what is buffered here.
    sys.stdout.flush()
    sys.stderr.flush()
    for botocore in sys.modules.keys() & {"botocore", "awscli.botocore"}:
        read_models(botocore)
    # A fork is over before it has made garbage.
    gc.disable()
    imported = dict(os.environ.items() - before.items())
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.socket(fileno=int(number))
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        connection, _ = listener.accept()
        if os.fork() == 0:
            answer(connection, program, arguments, imported)
        connection.close()


def read_models(botocore: str) -> None:
    """Reads what clients of Amazon S3 read from files, so that the forks have it.

    Args:
        botocore: The package; the AWS CLI has one of its own.
    """
    session: Any = importlib.import_module(f"{botocore}.session")
    session.create_loader = functools.cache(session.create_loader)
    session.get_session().create_client("s3")


def answer(
    connection: socket.socket, program: str, arguments: list[str], imported: dict[str, str]
) -> NoReturn:
    """Runs the program as a call wants it, and ends.

    Args:
        connection: Sends the call.
        program: The program.
        arguments: Its first arguments.
        imported: What its modules added to the environment.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    text, files, _, _ = socket.recv_fds(connection, 65536, 3)
    while not text.endswith(b"\n"):
        text += connection.recv(65536)
    for number, file in enumerate(files):
        os.dup2(file, number)
    call = json.loads(text)
    os.chdir(call["folder"])
    os.environ.clear()
    os.environ.update(call["environment"] | imported)
    signal.alarm(call.get("seconds", 0))
    sys.argv = [program, *arguments, *call["arguments"]]
    status = run(program)
    sys.stdout.flush()
    sys.stderr.flush()
    connection.sendall(str(status).encode())
    os._exit(0)


def run(program: str) -> int:
    """Runs the program, and says with which status it ended."""
    try:
        runpy.run_path(program, run_name="__main__")
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    main()
