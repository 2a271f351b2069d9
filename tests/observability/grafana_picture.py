"""Draws docs/images/grafana-slurm.svg: the Slurm dashboard with what a cluster of the node tests had.

Run it as `python -m tests.observability.grafana_picture`, after `python -m tests.nodes
tests.nodes.record_panels` where the panels have changed.
"""

import json
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from tests.synth import ROOT

from .panels import panels

BOARD = "slurm"
PICTURE = ROOT / "docs" / "images" / "grafana-slurm.svg"
RECORDING = Path(__file__).with_name("recorded_panels.json")
COMMAND = "python -m tests.observability.grafana_picture"
WIDTH, HEIGHT, GAP = 44, 30, 6
COLOURS = ("#73bf69", "#f2cc0c", "#5794f2", "#ff780a", "#f2495c", "#b877d9", "#8ab8ff", "#c0d8ff")
STYLE = (
    "text { font: 13px system-ui, sans-serif; fill: #ccccdc } .title { font-weight: 600 } "
    ".small { font-size: 11px; fill: #9fa7b3 } .big { font-size: 30px; fill: #73bf69 } "
    ".frame { fill: #181b1f; stroke: #2c3235 }"
)


def picture() -> str:
    """The picture of all panels."""
    recorded = json.loads(RECORDING.read_text(encoding="utf-8"))
    found = panels(BOARD)
    height = max(_box(panel)[1] + _box(panel)[3] for panel in found) + GAP
    drawn = []
    times = [when for shown in recorded.values() for each in shown for when, _ in each["values"]]
    begin, end = min(times), max(times)
    for panel in found:
        drawn += list(_panel(panel, recorded[panel["title"]], begin, end))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {24 * WIDTH} {height}" role="img">\n'
        f'<style>{STYLE}</style>\n<rect width="100%" height="100%" fill="#111217"/>\n'
        + "\n".join(drawn)
        + "\n</svg>\n"
    )


def _box(panel: dict[str, Any]) -> tuple[int, int, int, int]:
    place = panel["gridPos"]
    return (
        place["x"] * WIDTH + GAP,
        place["y"] * HEIGHT + GAP,
        place["w"] * WIDTH - GAP,
        place["h"] * HEIGHT - GAP,
    )


def _panel(
    panel: dict[str, Any], series: list[dict[str, Any]], begin: float, end: float
) -> Iterator[str]:
    x, y, width, height = _box(panel)
    yield f'<rect class="frame" x="{x}" y="{y}" width="{width}" height="{height}" rx="3"/>'
    yield _text(x + 10, y + 20, panel["title"], "title")
    match panel["type"]:
        case "stat":
            (only,) = series
            yield _text(x + 10, y + height - 26, _shown(panel, float(only["values"][-1][1])), "big")
        case "timeseries":
            yield from _graph(panel, series, begin, end)
        case "table":
            current = [each["metric"] for each in series if each["values"][-1][0] == end]
            yield from _table(x, y, current)


def _graph(
    panel: dict[str, Any], series: list[dict[str, Any]], begin: float, end: float
) -> Iterator[str]:
    x, y, width, height = _box(panel)
    highest = max(float(value) for each in series for _, value in each["values"]) or 1.0
    left, bottom, room, wide = x + 60, y + height - 40, height - 84, width - 74
    for part in (0, 1):
        line = bottom - part * room
        yield f'<path d="M{left} {line} h{wide}" stroke="#2c3235"/>'
        yield _text(x + 10, line + 4, _shown(panel, part * highest), "small")
    legend = left
    for index, each in enumerate(series):
        colour = COLOURS[index % len(COLOURS)]
        points = " ".join(
            f"{left + (when - begin) / (end - begin) * wide:.1f},"
            f"{bottom - float(value) / highest * room:.1f}"
            for when, value in each["values"]
        )
        yield f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
        name = _legend(panel, each)
        yield f'<path d="M{legend} {bottom + 24} h12" stroke="{colour}" stroke-width="3"/>'
        yield _text(legend + 16, bottom + 28, name, "small")
        legend += 30 + 6 * len(name)


def _table(x: int, y: int, rows: list[dict[str, str]]) -> Iterator[str]:
    columns = ("cluster", "node", "state", "reason")
    for index, row in enumerate([{name: name for name in columns}, *rows]):
        for column, name in enumerate(columns):
            kind = "small" if index else "title"
            yield _text(x + 10 + column * 240, y + 50 + index * 24, row[name], kind)


def _legend(panel: dict[str, Any], each: dict[str, Any]) -> str:
    """The text of the legend, for the query that the series comes from."""
    legends = [target.get("legendFormat", "") for target in panel["targets"]]
    text = legends[0] if len(legends) == 1 else legends[each["query"]]
    for name, value in each["metric"].items():
        text = text.replace(f"{{{{{name}}}}}", value)
    return str(text)


def _shown(panel: dict[str, Any], value: float) -> str:
    match panel["fieldConfig"]["defaults"]["unit"]:
        case "bool_yes_no":
            return "Yes" if value else "No"
        case "s" if 0 < value < 1:
            return f"{1e6 * value:.0f} us"
        case "s":
            return f"{value:.0f} s"
    return f"{value:g}"


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text x="{x}" y="{y}" class="{kind}">{escape(text)}</text>'


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
