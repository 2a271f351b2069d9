"""A cluster for each test of commands."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.aws.emulator import Emulator, emulator
from tests.aws.functions import obstacle
from tests.cost.server import price_server

from .live import Live, install_plugin, make_cluster


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
    install_plugin(tmp_path)
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
