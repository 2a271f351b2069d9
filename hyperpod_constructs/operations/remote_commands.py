"""Commands on many nodes at once, each in a Session Manager session.

Systems Manager starts three sessions a second for an account, and SendCommand does not reach the nodes
of HyperPod. Its agent splits a command into words and starts it without a shell, so that the command is one. The
plug-in does not report the exit status, so that the command prints it.

Sources: https://docs.aws.amazon.com/general/latest/gr/ssm.html and
https://github.com/aws/amazon-ssm-agent/blob/mainline/agent/session/shell/shell_unix.go
"""

import re
import secrets
import shlex
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field

from .errors import OperationError
from .in_flight import leave_running
from .live_cluster import Node
from .sessions import Session, Sessions

DOCUMENT = "AWS-StartNonInteractiveCommand"
_SECONDS_BETWEEN_STARTS = 0.4
_ATTEMPTS = 4
_MOST_SESSIONS = 50
_SECONDS_TO_END = 5.0
_FIRST_LINE = re.compile(r"\A\s*Starting session with SessionId: \S+[ \t]*\n?")
_LAST_LINE = re.compile(r"\s*Exiting session with sessionId: \S+\s*\Z")
_TRANSIENT = ("EOF", "TargetNotConnected")


@dataclass(frozen=True)
class Result:
    """What a command did on a node.

    Attributes:
        node: The node.
        status: Exit status. None if the command did not end.
        output: What the command printed.
        error: Why the command did not end, if so.
    """

    node: Node
    status: int | None
    output: str = ""
    error: str = ""


@dataclass
class RemoteCommand:
    """A command for a shell of nodes.

    Attributes:
        sessions: Starts the sessions.
        text: The command.
        timeout: Seconds after which a session is ended.
        tell: Receives a line for each session that is started again.
    """

    sessions: Sessions
    text: str
    timeout: float
    tell: Callable[[str], None]
    _next: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _running: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    _is_ended: threading.Event = field(default_factory=threading.Event)

    def run(self, nodes: Sequence[Node]) -> Iterator[Result]:
        """Runs the command on nodes, and returns results as they arrive."""
        with ThreadPoolExecutor(min(_MOST_SESSIONS, len(nodes))) as pool:
            try:
                for each in as_completed([pool.submit(self._on_node, node) for node in nodes]):
                    yield each.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self._is_ended.set()
                running = dict(self._running)
                leave_running(sorted(running))
                for process in running.values():
                    process.terminate()
                raise

    def _on_node(self, node: Node) -> Result:
        for attempt in range(1, _ATTEMPTS + 1):
            result = self._once(node)
            is_transient = any(each in result.error for each in _TRANSIENT)
            if not is_transient or attempt == _ATTEMPTS or self._is_ended.is_set():
                break
            self.tell(f"{node.name}: {result.error}; attempt {attempt + 1} of {_ATTEMPTS}")
            time.sleep(attempt)
        return result

    def _once(self, node: Node) -> Result:
        marker = f"exit-status-{secrets.token_hex(8)}"
        command = shlex.join(["sh", "-c", f"( {self.text}\n) 2>&1; echo {marker}=$?"])
        self._wait_for_turn()
        if self._is_ended.is_set():
            return Result(node, None, error="was not started")
        try:
            session = self.sessions.start(node, DOCUMENT, {"command": [command]})
        except OperationError as error:
            return Result(node, None, error=str(error))
        output, errors = self._output(node, session)
        text = _LAST_LINE.sub("", _FIRST_LINE.sub("", output.replace("\r\n", "\n")))
        ended = re.search(rf"{marker}=(\d+)", text)
        if ended:
            return Result(node, int(ended[1]), text[: ended.start()])
        if errors.strip():
            return Result(node, None, text, " ".join(errors.split()))
        printed = " ".join(text.split())
        return Result(node, None, error=printed or "the session ended without output (EOF)")

    def _output(self, node: Node, session: Session) -> tuple[str, str]:
        process = subprocess.Popen(  # noqa: S603
            session.command,
            env=session.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        self._running[node.name] = process
        try:
            return process.communicate(timeout=self.timeout)
        except subprocess.TimeoutExpired:
            output = _ended(process)
            return output, f"timed out after {self.timeout:g} seconds; the command may continue"
        finally:
            del self._running[node.name]

    def _wait_for_turn(self) -> None:
        """Spaces the starts of sessions."""
        with self._lock:
            turn = max(self._next, time.monotonic())
            self._next = turn + _SECONDS_BETWEEN_STARTS
        time.sleep(max(0.0, turn - time.monotonic()))


def _ended(process: subprocess.Popen[str]) -> str:
    """Ends a plug-in, and returns what it has printed."""
    process.terminate()
    try:
        return process.communicate(timeout=_SECONDS_TO_END)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        return ""
