"""A table of what was measured, and whether each bar is met."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One measured value.

    Attributes:
        title: What was measured.
        value: The value.
        bar: The most it may be.
        unit: Unit of value and bar.
        times: The times it comes from.
    """

    title: str
    value: float
    bar: float
    unit: str = ""
    times: str = ""

    def cells(self) -> list[str]:
        """The row as text."""
        return [
            self.title,
            f"{self.value:.2f}{self.unit}",
            f"{self.bar:.2f}{self.unit}",
            "met" if self.value <= self.bar else "NOT MET",
            self.times,
        ]


def table(rows: Sequence[Row]) -> str:
    """The rows with aligned columns."""
    cells = [["MEASURED", "VALUE", "AT MOST", "BAR", "TIMES"], *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )
