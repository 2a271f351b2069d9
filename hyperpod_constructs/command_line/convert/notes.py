"""Notes on a converted cluster."""

from collections.abc import Sequence
from enum import StrEnum

from hyperpod_constructs.model.value_class import value_class


class Chapter(StrEnum):
    """The type of a note."""

    CHANGED = "Changed"
    LOST = "Without an equivalent"
    TO_DO = "To do"


@value_class(frozen=True, slots=True)
class Note:
    """A difference, or a required action.

    Attributes:
        chapter: Type of the note.
        subject: Subject of the note.
        text: Text of the note.
    """

    chapter: Chapter
    subject: str
    text: str


def notes_as_markdown(title: str, notes: Sequence[Note]) -> str:
    """Formats notes as Markdown, with a chapter for each type."""
    lines = [f"# {title}"]
    for chapter in Chapter:
        found = [note for note in notes if note.chapter is chapter]
        if found:
            lines += ["", f"## {chapter}", ""]
            lines += [f"- `{note.subject}`: {note.text}" for note in found]
    return "\n".join(lines) + "\n"
