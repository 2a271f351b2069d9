"""What a template has: single resources, and the order in which they are created."""

import re
from collections.abc import Iterator
from typing import Any

from tests.aws.cloudformation.order import ancestors


def one(found: dict[str, Any], kind: str, **properties: Any) -> tuple[str, dict[str, Any]]:
    """The resource of a type with some properties."""
    (resource,) = (
        (name, each)
        for name, each in found["Resources"].items()
        if each["Type"] == kind
        and all(each["Properties"].get(key) == value for key, value in properties.items())
    )
    return resource


def after(found: dict[str, Any], name: str) -> set[str]:
    """What a resource is created after."""
    resources = found["Resources"]
    edges = {
        key: {each for each in _needed(value) if each in resources}
        for key, value in resources.items()
    }
    return ancestors(edges, name)


def _needed(value: Any) -> Iterator[str]:
    match value:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [name, _]}:
            yield name
        case {"Fn::Sub": str(text)}:
            yield from re.findall(r"\$\{([A-Za-z0-9]+)", text)
        case dict():
            depends_on = value.get("DependsOn", [])
            yield from [depends_on] if isinstance(depends_on, str) else depends_on
            for each in value.values():
                yield from _needed(each)
        case list():
            for each in value:
                yield from _needed(each)
