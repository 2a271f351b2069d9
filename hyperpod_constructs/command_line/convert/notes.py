"""What a person has to know of a converted cluster."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Chapter(StrEnum):
    """What kind of thing a note is about."""

    CHANGED = "Changed"
    LOST = "Without an equivalent"
    TO_DO = "To do"


@dataclass(frozen=True, slots=True)
class Note:
    """Something that is not as it was, or that a person has to do.

    Attributes:
        chapter: What kind of thing it is.
        subject: What it is about.
        text: What to know.
    """

    chapter: Chapter
    subject: str
    text: str


def notes_as_markdown(title: str, notes: Sequence[Note]) -> str:
    """The notes as a page, a chapter for each kind."""
    lines = [f"# {title}"]
    for chapter in Chapter:
        found = [note for note in notes if note.chapter is chapter]
        if found:
            lines += ["", f"## {chapter}", ""]
            lines += [f"- `{note.subject}`: {note.text}" for note in found]
    return "\n".join(lines) + "\n"
