"""Links of pages that are read in the repository."""

import re
from pathlib import Path

import pytest

from .pages import OTHER_PAGES, README, anchors, name_of

_LINK = re.compile(r"(?<!`)\[[^\]\n]*\]\(([^)\s]+)\)|src=\"([^\"]+)\"")


@pytest.mark.parametrize("page", [README, *OTHER_PAGES], ids=name_of)
def test_links_lead_to_files_and_sections(page: Path) -> None:
    dead = []
    for inline, source in _LINK.findall(page.read_text()):
        path, _, anchor = (inline or source).partition("#")
        if path.startswith(("http:", "https:", "mailto:")):
            continue
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(inline or source)

    assert dead == []


def test_the_readme_is_short() -> None:
    assert len(README.read_text().splitlines()) <= 250
