"""The price file over HTTP, with a cache of its own for each test."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from .offers import offer
from .server import PriceServer, price_server


@pytest.fixture(scope="module")
def shared_server() -> Iterator[PriceServer]:
    with price_server() as server:
        yield server


@pytest.fixture
def server(
    shared_server: PriceServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> PriceServer:
    """A server without requests yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.chdir(tmp_path)
    shared_server.requests.clear()
    shared_server.content = json.dumps(offer()).encode()
    return shared_server
