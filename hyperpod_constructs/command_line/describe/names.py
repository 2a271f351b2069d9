"""Names of resources: the construct path that CDK writes into a template, or the logical ID."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

from hyperpod_constructs.schema.json_values import object_of, value_at

from .values import readable

_Description = TypeVar("_Description")
_REFERENCE = re.compile(r"<(\w+)(?:\.[\w.]+)?>")
_ENDINGS = re.compile(r"/(?:Resource|Default|Subnet)$")


@dataclass(frozen=True)
class _Name:
    """The name of a resource, and what stands for a reference to it within a text."""

    name: str
    within: str


def with_names(description: _Description, template: Mapping[str, Any] | None) -> _Description:
    """The description, with names of resources instead of references to them."""
    names = _names(template)
    renamed: _Description = _renamed(description, names) if names else description
    return renamed


def _names(template: Mapping[str, Any] | None) -> dict[str, _Name]:
    resources = object_of((template or {}).get("Resources"))
    return {logical_id: _name(logical_id, resource) for logical_id, resource in resources.items()}


def _name(logical_id: str, resource: Any) -> _Name:
    bucket = value_at(resource, "Properties", "BucketName")
    if bucket is not None:
        return _Name(readable(bucket), readable(bucket))
    path = value_at(resource, "Metadata", "aws:cdk:path")
    name = _ENDINGS.sub("", path.partition("/")[2]) if isinstance(path, str) else ""
    return _Name(name or logical_id, f"<{name or logical_id}>")


def _renamed(value: Any, names: Mapping[str, _Name]) -> Any:
    if isinstance(value, str):
        return _renamed_text(value, names)
    if isinstance(value, tuple):
        return tuple(_renamed(each, names) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        parts = {each.name: _renamed(getattr(value, each.name), names) for each in fields(value)}
        return replace(value, **parts)
    return value


def _renamed_text(text: str, names: Mapping[str, _Name]) -> str:
    whole = _REFERENCE.fullmatch(text)
    logical_id = whole[1] if whole else text
    if logical_id in names:
        return names[logical_id].name
    return _REFERENCE.sub(
        lambda match: names[match[1]].within if match[1] in names else match[0], text
    )
