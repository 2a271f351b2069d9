"""Descriptions as one HTML page without other files."""

from collections.abc import Iterator, Sequence
from html import escape

from .description import ClusterDescription, GroupDescription
from .drawing import Neighbour, among_nodes, image, neighbours, zones
from .page_style import STYLE
from .text import group_notes, network_rows, roles_by_permissions, scripts_text


def as_html(clusters: Sequence[ClusterDescription]) -> str:
    """The page."""
    title = ", ".join(f"Cluster {each.name}" for each in clusters) or "No cluster"
    body = "\n".join(line for each in clusters for line in _cluster(each))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
{body or "<main><p>These files contain no HyperPod cluster.</p></main>"}
</body>
</html>
"""


def _cluster(cluster: ClusterDescription) -> Iterator[str]:
    yield "<main>"
    yield f"<header><h1>{escape(cluster.name)}</h1>"
    yield f"<p>{escape(cluster.orchestrator)} · {escape(cluster.file)}</p>"
    yield f"<p>{escape(' · '.join(cluster.settings))}</p></header>"
    yield from _problems(cluster)
    yield from _drawing(cluster)
    yield from _section("Instance groups", _groups(cluster))
    yield from _section("Network", _pairs(iter(network_rows(cluster))))
    yield from _section(
        "Steps of the nodes", _pairs((each.name, each.what) for each in cluster.steps)
    )
    yield from _section(
        "Lifecycle scripts", _pairs((each.uri, scripts_text(each)) for each in cluster.scripts)
    )
    yield from _section(
        "Kubernetes",
        _pairs(
            (f"{each.kind} {each.name}", each.what or "default version")
            for each in cluster.kubernetes
        ),
    )
    yield from _section("Alarms", _pairs((each.name, each.what) for each in cluster.alarms))
    yield from _section("What nodes may do", _roles(cluster))
    yield from _section(
        "Service quotas", _pairs((name, str(count)) for name, count in cluster.quotas.items())
    )
    yield from _section("Next", [f"<pre><code>{escape(cluster.next_command)}</code></pre>"])
    yield "</main>"


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"<section><h2>{title}</h2>"
        yield from lines
        yield "</section>"


def _problems(cluster: ClusterDescription) -> Iterator[str]:
    if cluster.problems:
        yield '<ul class="problems">'
        for each in cluster.problems:
            yield (
                f'<li class="{escape(each.severity)}"><b>{escape(each.severity)} '
                f"{escape(each.code)}</b> {escape(each.text)}</li>"
            )
        yield "</ul>"


def _drawing(cluster: ClusterDescription) -> Iterator[str]:
    around = neighbours(cluster)
    sources = [each for each in around if each.is_source]
    targets = [each for each in around if not each.is_source]
    yield '<section class="drawing" aria-label="Drawing of the cluster">'
    if sources:
        yield from _side(sources, "sources")
    yield '<div class="nodes">'
    for zone, groups in zones(cluster).items():
        yield f'<div class="zone"><h3>{escape(zone)}</h3><div class="groups">'
        for group in groups:
            yield from _card(group)
        yield "</div></div>"
    traffic = among_nodes(cluster)
    if traffic:
        yield f'<p class="among">among nodes: {escape(", ".join(traffic))}</p>'
    yield "</div>"
    if targets:
        yield from _side(targets, "targets")
    yield "</section>"


def _side(around: Sequence[Neighbour], name: str) -> Iterator[str]:
    yield f'<div class="side {name}">'
    for each in around:
        yield '<div class="link">'
        yield f'<span class="arrow">{escape(", ".join(each.traffic))}</span>'
        yield f'<div class="box {each.kind}"><b>{escape(each.name)}</b>'
        yield from (f"<small>{escape(note)}</small>" for note in each.notes)
        yield "</div></div>"
    yield "</div>"


def _card(group: GroupDescription) -> Iterator[str]:
    yield f'<div class="box group {escape(group.role)}"><b>{escape(group.name)}</b>'
    partition = f"partition {group.partition}" if group.partition else ""
    for line in (group.role, image(group), group.capacity, partition):
        if line:
            yield f"<small>{escape(line)}</small>"
    yield "</div>"


def _groups(cluster: ClusterDescription) -> list[str]:
    if not cluster.groups:
        return []
    head = ("Name", "Role", "Instances", "Partition", "Zone", "Capacity", "Volumes", "Notes")
    rows: list[tuple[str, ...]] = [head]
    for group in cluster.groups:
        cells = (
            group.name,
            group.role,
            image(group),
            group.partition,
            group.zone,
            group.capacity,
            "; ".join(group.volumes),
            "; ".join(group_notes(group)),
        )
        rows.append(cells)
    used = [column for column in range(len(head)) if any(row[column] for row in rows[1:])]
    titles, *others = [[escape(row[column]) for column in used] for row in rows]
    return [
        '<div class="wide"><table><thead><tr>',
        *(f"<th>{each}</th>" for each in titles),
        "</tr></thead><tbody>",
        *(f"<tr>{''.join(f'<td>{each}</td>' for each in row)}</tr>" for row in others),
        "</tbody></table></div>",
    ]


def _pairs(pairs: Iterator[tuple[str, str]]) -> list[str]:
    lines = [f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in pairs]
    return ["<dl>", *lines, "</dl>"] if lines else []


def _roles(cluster: ClusterDescription) -> list[str]:
    return [
        f"<details open><summary>{escape(title)}</summary><ul>"
        + "".join(f"<li>{escape(each)}</li>" for each in may)
        + "</ul></details>"
        for title, may in roles_by_permissions(cluster.roles)
    ]
