"""How commands for clusters print: tables on a terminal, plain text in a pipe, and JSON."""

import json
import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.console import Console

_STYLES = {
    **dict.fromkeys(("Running", "UpToDate", "in place", "ok"), "green"),
    **dict.fromkeys(("unknown", "warning"), "yellow"),
    **dict.fromkeys(("Error", "Failure", "failed", "too low"), "red"),
}
_GAP = 2
_SMALLEST_LAST = 24


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, optional: Sequence[str] = ()
) -> None:
    """Prints rows below the names of columns. Empty columns are omitted.

    Args:
        columns: Names of the columns.
        rows: Cells of each row.
        optional: Columns that a narrow terminal omits, the first one first.
    """
    kept = [
        index
        for index, name in enumerate(columns)
        if index == 0 or any(row[index] for row in rows) or name == "STATE"
    ]
    shown = [[row[index] for index in kept] for row in rows]
    names = [columns[index] for index in kept]
    if sys.stdout.isatty() and _print_rich(names, shown, optional):
        return
    widths = _widths(names, shown)
    for row in (names, *shown):
        cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        sys.stdout.write("  ".join(cells).rstrip() + "\n")


def print_json(value: Any) -> None:
    """Prints a value of boto3 as JSON."""
    sys.stdout.write(json.dumps(value, indent=2, default=_text) + "\n")


def moment(value: datetime | None) -> str:
    """A time in UTC, to the minute."""
    return "" if value is None else value.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def counted(count: int, noun: str) -> str:
    """A number of things."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def say(text: str, stream: TextIO | None = None) -> None:
    """Prints a sentence to standard output, or another stream."""
    to = stream or sys.stdout
    to.write(f"{to_width(text, to)}\n")


def tell(text: str) -> None:
    """Reports progress, at once."""
    now = f"{datetime.now(UTC):%H:%M:%S} "
    sys.stderr.write(f"{to_width(now + text, sys.stderr, indent=len(now))}\n")
    sys.stderr.flush()


def to_width(text: str, stream: TextIO, *, indent: int = 0) -> str:
    """A text with lines that end between words on a terminal; as it is otherwise."""
    if not stream.isatty():
        return text
    return textwrap.fill(
        text,
        shutil.get_terminal_size().columns,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def without_metadata(answer: Mapping[str, Any]) -> dict[str, Any]:
    """An answer without what is about the request alone."""
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _widths(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(columns, *rows, strict=True)]


def _fitting(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    optional: Sequence[str],
    width: int,
) -> list[int]:
    """The columns that fit in a width. The last one is wrapped if necessary."""
    widths = _widths(columns, rows)
    widths[-1] = min(widths[-1], _SMALLEST_LAST)
    kept = list(range(len(columns)))
    for name in optional:
        if sum(widths[index] + _GAP for index in kept) - _GAP <= width:
            break
        kept = [index for index in kept if columns[index] != name]
    return kept


def _print_rich(
    columns: Sequence[str], rows: Sequence[Sequence[str]], optional: Sequence[str]
) -> bool:
    """Prints a table with rich. False if it is not installed."""
    try:
        from rich.console import Console  # noqa: PLC0415 - an extra, for terminals only
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415
    except ImportError:
        return False
    console = Console(highlight=False)
    kept = _fitting(columns, rows, optional, console.width)
    if _smallest(columns, rows, kept) > console.width:
        _print_records(console, [columns[index] for index in kept], rows, kept)
        return True
    widths = _widths(columns, rows)
    is_narrow = sum(widths[index] + _GAP for index in kept[:-1]) + _SMALLEST_LAST <= console.width
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, _GAP, 0, 0))
    for index in kept:
        whole = is_narrow and index != kept[-1]
        table.add_column(columns[index], no_wrap=whole, overflow="fold")
    for row in rows:
        cells = [row[index] for index in kept]
        table.add_row(*(Text(cell, _STYLES.get(cell, "")) for cell in cells))
    console.print(table)
    return True


def _smallest(columns: Sequence[str], rows: Sequence[Sequence[str]], kept: Sequence[int]) -> int:
    """The width of columns that are wrapped between words, except for the last one."""
    words = (
        max(
            len(word)
            for cell in (columns[index], *(row[index] for row in rows))
            for word in cell.split() or [""]
        )
        for index in kept[:-1]
    )
    return sum(word + _GAP for word in words) + _SMALLEST_LAST


def _print_records(
    console: "Console", columns: Sequence[str], rows: Sequence[Sequence[str]], kept: Sequence[int]
) -> None:
    """Prints each row as lines, the first cell as their heading."""
    width = max(map(len, columns[1:]))
    for row in rows:
        heading, *others = (row[index] for index in kept)
        console.print(heading, style=_STYLES.get(heading), markup=False, soft_wrap=True)
        for name, cell in zip(columns[1:], others, strict=True):
            if cell:
                console.print(f"  {name:{width}}  {cell}", markup=False, soft_wrap=True)
