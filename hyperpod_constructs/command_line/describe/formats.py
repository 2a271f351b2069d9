"""Formats of a description."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

from .description import ClusterDescription
from .mermaid import as_mermaid
from .page import as_html
from .text import as_text


def as_json(clusters: Sequence[ClusterDescription]) -> str:
    """The clusters, with the attributes of `ClusterDescription`."""
    return json.dumps({"clusters": [asdict(each) for each in clusters]}, indent=2) + "\n"


FORMATS: Mapping[str, Callable[[Sequence[ClusterDescription]], str]] = {
    "html": as_html,
    "json": as_json,
    "mermaid": as_mermaid,
    "text": as_text,
}
