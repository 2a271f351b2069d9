"""The site: builds strictly without a network, has no dead link, and loads nothing from elsewhere."""

import html
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import hyperpod_constructs as hp
from tests.synth import ROOT
from tests.thorough import thorough

BUILD = """
import socket, sys

def refuse(*_):
    sys.exit("the build connects to a network")

socket.socket.connect = socket.getaddrinfo = refuse
from mkdocs.__main__ import cli
cli()
"""


class _Page(HTMLParser):
    """Addresses and anchors of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors = {""}
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "link" and given.get("rel") in {"stylesheet", "icon", "preload"}:
            self.loaded.append(given["href"])
        if "src" in given:
            self.loaded.append(given["src"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, _Page]:
    folder = tmp_path_factory.mktemp("site")
    result = subprocess.run(
        [sys.executable, "-c", BUILD, "build", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert "WARNING" not in result.stderr
    return {path: _Page(path.read_text()) for path in sorted(folder.rglob("*.html"))}


def targets(page: Path, links: list[str]) -> Iterator[tuple[Path, str]]:
    """Files and anchors within the site."""
    for link in links:
        parts = urlsplit(link)
        if not parts.scheme and not parts.netloc and not link.startswith("/"):
            path = page.parent / unquote(parts.path) if parts.path else page
            target = path.resolve()
            yield (target / "index.html" if target.is_dir() else target), unquote(parts.fragment)


@thorough
def test_no_link_is_dead(site: dict[Path, _Page]) -> None:
    dead = [
        f"{path}: {target}#{anchor}"
        for path, page in site.items()
        for target, anchor in targets(path, page.links)
        if not target.is_file() or (target in site and anchor not in site[target].anchors)
    ]

    assert dead == []
    assert sum(len(page.links) for page in site.values()) > 1000


@thorough
def test_nothing_is_loaded_from_elsewhere(site: dict[Path, _Page]) -> None:
    loaded = {each for page in site.values() for each in page.loaded}

    assert loaded
    assert [each for each in loaded if urlsplit(each).netloc] == []


@thorough
def test_signatures_are_those_of_the_classes(site: dict[Path, _Page]) -> None:
    (page,) = (path for path in site if path.parts[-2:] == ("instance-groups", "index.html"))
    text = html.unescape(re.sub(r"<[^>]+>", "", page.read_text()))
    shown = re.search(r"^InstanceGroup\((.*?)^\)", text, re.MULTILINE | re.DOTALL)

    assert shown
    names = re.findall(r"^ +(\w+|\*)(?:=.*)?,", shown[1], re.MULTILINE)
    assert names[:2] == ["name", "*"]
    assert {*names} - {"*"} == {*inspect.signature(hp.InstanceGroup).parameters}


def test_every_public_name_is_in_the_reference() -> None:
    documented = [
        name
        for page in sorted((ROOT / "docs" / "reference").glob("*.md"))
        for name in re.findall(r"^::: hyperpod_constructs\.(\w+)$", page.read_text(), re.MULTILINE)
    ]

    assert sorted(documented) == hp.__all__
