"""How commands for clusters print: tables on a terminal, plain text in a pipe, and JSON."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

_GOOD = {"Running", "in place", "UpToDate"}
_BAD = {"Failure", "Error"}


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints rows below the names of columns. Empty columns are omitted."""
    kept = [
        index
        for index, name in enumerate(columns)
        if index == 0 or any(row[index] for row in rows) or name == "STATE"
    ]
    shown = [[row[index] for index in kept] for row in rows]
    names = [columns[index] for index in kept]
    if sys.stdout.isatty() and _print_rich(names, shown):
        return
    widths = [max(map(len, column)) for column in zip(names, *shown, strict=True)]
    for row in (names, *shown):
        cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        sys.stdout.write("  ".join(cells).rstrip() + "\n")


def print_json(value: Any) -> None:
    """Prints a value of boto3 as JSON."""
    sys.stdout.write(json.dumps(value, indent=2, default=_text) + "\n")


def moment(value: datetime | None) -> str:
    """A time in UTC, to the minute."""
    return "" if value is None else value.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def tell(text: str) -> None:
    """Reports progress, at once."""
    sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} {text}\n")
    sys.stderr.flush()


def without_metadata(answer: Mapping[str, Any]) -> dict[str, Any]:
    """An answer without what is about the request alone."""
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _print_rich(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Prints a table with rich. False if it is not installed."""
    try:
        from rich.console import Console  # noqa: PLC0415 - an extra, for terminals only
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415
    except ImportError:
        return False
    table = Table(box=None, pad_edge=False, header_style="bold")
    for index, name in enumerate(columns):
        table.add_column(name, no_wrap=index < len(columns) - 1, overflow="fold")
    for row in rows:
        styles = ("green" if cell in _GOOD else "red" if cell in _BAD else "" for cell in row)
        table.add_row(*(Text(cell, style) for cell, style in zip(row, styles, strict=True)))
    Console(highlight=False).print(table)
    return True
