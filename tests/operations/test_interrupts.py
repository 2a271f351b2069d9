"""Commands that are interrupted or terminated say what may have happened."""

import signal
import threading
import time
from collections.abc import Mapping
from typing import Any

import pytest

from tests.aws.front.errors import ServiceError
from tests.thorough import rows

from .live import NAME, Live

CHANGES: Mapping[str, tuple[str, ...]] = {
    "BatchRebootClusterNodes": ("reboot", NAME, "gpu/0", "--yes"),
    "BatchReplaceClusterNodes": ("replace", NAME, "gpu/0", "--yes"),
    "BatchAddClusterNodes": ("scale", NAME, "gpu", "4"),
    "UpdateCluster": ("scale", NAME, "gpu", "1", "--yes"),
    "UpdateClusterSoftware": ("update-software", NAME, "--yes"),
    "StartClusterHealthCheck": ("health-check", NAME, "gpu/0", "--yes"),
}
SIGNALS = {signal.SIGINT: (130, "interrupted"), signal.SIGTERM: (143, "terminated")}


@pytest.mark.parametrize("operation", rows(CHANGES, "BatchReplaceClusterNodes", "UpdateCluster"))
def test_a_request_without_an_answer_is_said(
    live: Live, operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived, released = threading.Event(), threading.Event()

    def never(_self: object, _request: dict[str, Any]) -> dict[str, Any]:
        arrived.set()
        released.wait(60)
        raise ServiceError("InternalFailure", "too late")

    monkeypatch.setattr(type(live.emulator.clusters), f"_do_{operation}", never)
    process = live.start(*CHANGES[operation])
    assert arrived.wait(60)
    number = signal.SIGTERM if operation == "UpdateCluster" else signal.SIGINT
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    released.set()

    status, word = SIGNALS[number]
    assert process.returncode == status
    assert f"{word}; requests that were reported as sent continue" in err
    assert f"; {operation} was sent without an answer, and may take effect" in err
    assert "Traceback" not in err


WAITING: Mapping[str, tuple[str, ...]] = {
    "following logs": ("logs", NAME, "gpu/0", "--follow", "--interval", "0.1"),
    "waiting for an update": ("update-software", NAME, "--yes", "--wait", "--interval", "60"),
    "waiting for new nodes": ("scale", NAME, "gpu", "4", "--wait", "--interval", "60"),
}


@pytest.mark.parametrize(
    ("case", "number"),
    list(zip(WAITING, (signal.SIGINT, signal.SIGTERM, signal.SIGINT), strict=True)),
)
def test_waiting_ends_without_a_traceback(live: Live, case: str, number: signal.Signals) -> None:
    live.log(f"LifecycleConfig/gpu/{live.ids()[0]}", "start")
    process = live.start(*WAITING[case])
    stream = process.stdout if case == "following logs" else process.stderr
    assert stream is not None
    said = stream.readline()
    process.send_signal(number)
    _, err = process.communicate(timeout=60)

    status, word = SIGNALS[number]
    assert process.returncode == status
    assert "start" in said or "sent" in said
    assert word in err
    assert "without an answer" not in err
    assert "Traceback" not in err


def test_an_interrupted_run_names_the_nodes_and_starts_no_more_sessions(live: Live) -> None:
    begun = live.folder / "begun"
    process = live.start("run", NAME, "gpu/0", "gpu/1", "--", f"echo >> {begun}; sleep 60")
    while not begun.exists() or len(begun.read_text()) < 2:
        assert process.poll() is None
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)

    assert process.returncode == 130
    assert "interrupted; the command may continue on gpu/0, gpu/1\n" in err
    assert "attempt" not in err
    assert len(live.sessions()) == 2
