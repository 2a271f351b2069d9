"""A cluster for each test of commands."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.aws.emulator import Emulator, emulator
from tests.aws.functions import obstacle
from tests.cost.server import price_server

from . import plugin
from .live import Live, make_cluster


@pytest.fixture(scope="session")
def running() -> Iterator[Emulator]:
    """The emulator of this process."""
    reason = obstacle()
    if reason is not None:
        pytest.skip(reason)
    with emulator() as started:
        yield started


@pytest.fixture(scope="session")
def price_url() -> Iterator[str]:
    """Address of a price file."""
    with price_server() as server:
        yield server.url


@pytest.fixture
def live(running: Emulator, price_url: str, tmp_path: Path) -> Iterator[Live]:
    """A cluster with continuous provisioning, and the stand-in of the plug-in."""
    running.forget()
    (tmp_path / "bin").mkdir()
    (tmp_path / "faults").mkdir()
    stand_in = tmp_path / "bin" / "session-manager-plugin"
    stand_in.write_text(f"#!{sys.executable}\n{Path(plugin.__file__).read_text()}")
    stand_in.chmod(0o755)
    more = {"PRICES": price_url, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    yield Live(running, make_cluster(running), tmp_path, more=more)
    faults = running.faults.take()
    assert not faults, "\n".join(faults)


@pytest.fixture
def at_once(live: Live) -> Live:
    """A cluster without continuous provisioning."""
    live.emulator.forget()
    live.arn = make_cluster(live.emulator, continuous=False)
    return live
