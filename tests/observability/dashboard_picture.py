"""Draws docs/images/dashboard.svg from the definition of the dashboard, with numbers of an example.

Run it as `python -m tests.observability.dashboard_picture`.
"""

import json
import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_sns as sns

import hyperpod_constructs as hp
from tests.clusters.stacks import make_cluster
from tests.synth import CONTEXT, ROOT, make_stack, resources_of

PICTURE = ROOT / "docs" / "images" / "dashboard.svg"
COMMAND = "python -m tests.observability.dashboard_picture"
UNIT, GAP = 40, 6
COLOURS = ("#0972d3", "#d91515", "#037f0c", "#8456ce", "#b8530d")
SERIES = {
    "HardwareFaults": (0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0),
    "LifecycleFailures": (0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0),
    "LifecycleAttempts": (4, 0, 0, 0, 1, 0, 1, 1, 1, 0, 0, 0),
    "LifecycleSuccesses": (3, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0),
    "Records": (40, 35, 6, 9, 22, 7, 24, 24, 19, 6, 6, 7),
}
NOTHING = (0,) * 12
NODE = "LifecycleConfig/gpu/i-0123456789abcdef0"
AGENT = "SagemakerHealthMonitoringAgent/gpu/i-0fedcba9876543210"
ROWS: dict[tuple[str, ...], list[tuple[str, ...]]] = {
    ("@logStream", "failures"): [(NODE, "2"), (AGENT, "1")],
    ("@logStream", "attempts", "successes"): [(NODE, "3", "1")],
    ("@timestamp", "@logStream", "@message"): [
        ("2026-06-01 17:45:02", NODE, "[SageMaker] The lifecycle scripts failed."),
        ("2026-06-01 17:20:25", AGENT, '{"level":"info","msg":"NPD caught event: %v", ...'),
    ],
}
"""Rows of an example, by the columns of the query."""


def definition() -> dict[str, Any]:
    """The dashboard of a Slurm cluster, with a word for values that only the deployment knows."""
    stack = make_stack(cdk.App(context=CONTEXT), "Training")
    cluster = make_cluster(stack, cluster_name="training")
    hp.ClusterWatch(stack, "Watch", cluster=cluster, topic=sns.Topic(stack, "Topic"))
    (found,) = resources_of(stack, "AWS::CloudWatch::Dashboard").values()
    text = ""
    for part in found["Properties"]["DashboardBody"]["Fn::Join"][1]:
        names = part.get("Fn::GetAtt", ["token"]) if isinstance(part, dict) else [part]
        text += re.sub(r"^Watch(Records)?(\w+?)(Alarm)?[0-9A-F]{8}$", r"\2", names[0])
    body: dict[str, Any] = json.loads(text)
    return body


def picture() -> str:
    """The picture of all widgets."""
    widgets = definition()["widgets"]
    height = max(widget["y"] + widget["height"] for widget in widgets) * UNIT
    drawn = "\n".join(line for widget in widgets for line in _widget(widget))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {24 * UNIT} {height}" role="img">\n'
        "<style>text { font: 13px system-ui, sans-serif; fill: #16191f } .title { font-weight: 600 }"
        " .small { font-size: 11px; fill: #414d5c } rect { fill: #fff; stroke: #b6bec9 }</style>\n"
        f"{drawn}\n</svg>\n"
    )


def _widget(widget: dict[str, Any]) -> Iterator[str]:
    x, y = widget["x"] * UNIT + GAP, widget["y"] * UNIT + GAP
    width, height = widget["width"] * UNIT - 2 * GAP, widget["height"] * UNIT - 2 * GAP
    properties = widget["properties"]
    yield f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="4"/>'
    yield _text(x + 10, y + 22, properties["title"], "title")
    match widget["type"]:
        case "alarm":
            for index, name in enumerate(properties["alarms"]):
                yield f'<circle cx="{x + 20 + index * 220}" cy="{y + 57}" r="7" fill="#037f0c"/>'
                yield _text(x + 34 + index * 220, y + 62, f"{name}: OK")
        case "metric":
            yield from _graph(x, y, width, height, properties["metrics"])
        case "log":
            yield from _table(x, y, width, properties["query"])


def _graph(x: int, y: int, width: int, height: int, metrics: Sequence[Any]) -> Iterator[str]:
    names = [metric[-1].get("label", metric[1]) for metric in metrics]
    bottom, room = y + height - 62, height - 112
    highest = max(max(SERIES.get(name, NOTHING)) for name in names) or 1
    yield f'<path d="M{x + 20} {bottom} H{x + width - 20}" stroke="#b6bec9"/>'
    yield _text(x + 20, bottom - room - 6, str(highest), "small")
    for index, name in enumerate(names):
        colour = COLOURS[index % len(COLOURS)]
        points = " ".join(
            f"{x + 20 + step * (width - 40) // 11},{bottom - value * room // highest}"
            for step, value in enumerate(SERIES.get(name, NOTHING))
        )
        yield f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        column, row = x + 20 + index % 2 * 220, bottom + 18 + index // 2 * 16
        yield f'<path d="M{column} {row - 4} h14" stroke="{colour}" stroke-width="3"/>'
        yield _text(column + 18, row, name, "small")


def _table(x: int, y: int, width: int, query: str) -> Iterator[str]:
    columns = _columns(query)
    numbers = [width - 80 * left for left in range(len(columns) - 1, 0, -1)]
    starts = [0, 150, 560] if columns[0] == "@timestamp" else [0, *numbers]
    for row, cells in enumerate([columns, *ROWS[columns]]):
        for start, cell in zip(starts, cells, strict=False):
            yield _text(x + 10 + start, y + 50 + row * 24, cell, "small" if row else "title")


def _columns(query: str) -> tuple[str, ...]:
    """The columns that a query returns."""
    grouped = re.findall(r" as (\w+)", query)
    if grouped:
        return ("@logStream", *grouped)
    (fields,) = re.findall(r"fields ([^\n|]+)", query)
    return tuple(fields.strip().split(", "))


def _text(x: int, y: int, text: str, kind: str = "") -> str:
    return f'<text x="{x}" y="{y}" class="{kind}">{escape(text)}</text>'


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
