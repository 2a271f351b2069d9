"""The pages of the documentation, and the fenced blocks on them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.synth import ROOT

README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").rglob("*.md"))]
OTHER_PAGES = [
    *sorted((ROOT / ".github").rglob("*.md")),
    ROOT / "CHANGELOG.md",
    ROOT / "lifecycle_scripts" / "README.md",
    ROOT / "tests" / "aws" / "README.md",
]
_BLOCK = re.compile(
    r"(?:^<!-- folder: (?P<folder>\w+) -->\n)?"
    r'^```(?P<language>\w+)(?: title="(?P<title>[\w.]+)")?\n(?P<text>.*?)^```$',
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        page: The page.
        language: Its language.
        text: Its content.
        title: Name of the file that it shows, if any.
        folder: Folder of lifecycle scripts that it requires, if any.
        line: Line of the page.
    """

    page: Path
    language: str
    text: str
    title: str | None
    folder: str | None
    line: int

    def __str__(self) -> str:
        return f"{name_of(self.page)}:{self.line}"


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, language: str) -> list[Block]:
    return [each for each in _blocks(page) if each.language == language]


def _blocks(page: Path) -> Iterator[Block]:
    text = page.read_text()
    for match in _BLOCK.finditer(text):
        yield Block(
            page=page,
            language=match["language"],
            text=match["text"],
            title=match["title"],
            folder=match["folder"],
            line=text.count("\n", 0, match.start("text")),
        )


def anchors(page: Path) -> set[str]:
    """Anchors of the sections of a page."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
