"""Where the emulator cannot run, it says so in one line."""

import sys
from pathlib import Path

import pytest

from tests.aws import emulator
from tests.aws.functions import CANNOT_MOUNT

from . import demo


@pytest.fixture(params=["#!/bin/sh\nexit 1\n", None])
def powerless(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine whose `unshare` fails, as it does for users other than root, or that has none."""
    if request.param is not None:
        command = tmp_path / "unshare"
        command.write_text(request.param)
        command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("powerless")
@pytest.mark.parametrize("module", [demo, emulator])
def test_command_ends_with_the_reason(module: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["emulator"])
    with pytest.raises(SystemExit) as caught:
        module.main()  # type: ignore[attr-defined]
    assert caught.value.code == CANNOT_MOUNT
