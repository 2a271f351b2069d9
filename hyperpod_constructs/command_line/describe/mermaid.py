"""Descriptions as Mermaid flowcharts.

Source: https://mermaid.js.org/syntax/flowchart.html
"""

from collections.abc import Iterator, Sequence

from .description import ClusterDescription
from .drawing import Neighbour, among_nodes, image, neighbours, zones

_SHAPES = {"storage": '[("{}")]', "network": '(["{}"])', "service": '["{}"]'}
_IN_LABELS = str.maketrans({'"': "'", "<": "{", ">": "}", ";": ",", "`": "'"})
"""Characters that have a meaning in labels."""


def as_mermaid(clusters: Sequence[ClusterDescription]) -> str:
    """A flowchart of all clusters."""
    lines = ["flowchart LR"]
    for index, cluster in enumerate(clusters):
        lines += _lines(cluster, f"c{index}")
    return "\n".join(lines) + "\n"


def _lines(cluster: ClusterDescription, name: str) -> Iterator[str]:
    among = [f"among nodes: {each}" for each in among_nodes(cluster)]
    title = _text(f"Cluster {cluster.name}", cluster.orchestrator, *among)
    yield f'  subgraph {name}["{title}"]'
    number = 0
    for zone_number, (zone, groups) in enumerate(zones(cluster).items()):
        yield f'    subgraph {name}z{zone_number}["{_text(zone)}"]'
        for group in groups:
            partition = f"partition {group.partition}" if group.partition else ""
            label = _text(group.name, group.role, image(group), group.capacity, partition)
            yield f'      {name}g{number}["{label}"]'
            number += 1
        yield "    end"
    yield "  end"
    for index, each in enumerate(neighbours(cluster)):
        yield from _neighbour(each, f"{name}n{index}", name)


def _neighbour(neighbour: Neighbour, name: str, cluster: str) -> Iterator[str]:
    yield f"  {name}{_SHAPES[neighbour.kind].format(_text(neighbour.name, *neighbour.notes))}"
    source, target = (name, cluster) if neighbour.is_source else (cluster, name)
    label = f' -- "{_text(*neighbour.traffic)}"' if neighbour.traffic else ""
    yield f"  {source}{label} --> {target}"


def _text(*lines: str) -> str:
    return "<br/>".join(each.translate(_IN_LABELS) for each in lines if each)
