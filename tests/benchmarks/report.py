"""A table of what was measured, and whether each bar is met."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One measured value.

    Attributes:
        title: What was measured.
        value: The value.
        bar: The most it may be, if it is not just for comparison.
        unit: Unit of value and bar.
        times: The times it comes from.
    """

    title: str
    value: float
    bar: float | None
    unit: str = ""
    times: str = ""

    def cells(self) -> list[str]:
        """The row as text."""
        return [
            self.title,
            f"{self.value:.2f}{self.unit}",
            "" if self.bar is None else f"{self.bar:.2f}{self.unit}",
            self._verdict(),
            self.times,
        ]

    def _verdict(self) -> str:
        if self.bar is None:
            return ""
        return "met" if self.value <= self.bar else "NOT MET"


def table(rows: Sequence[Row]) -> str:
    """The rows with aligned columns."""
    cells = [["MEASURED", "VALUE", "AT MOST", "BAR", "TIMES"], *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )
