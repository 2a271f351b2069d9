"""Names of resources: the construct path that CDK writes into a template, or the logical ID."""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

_Description = TypeVar("_Description")
_REFERENCE = re.compile(r"<(\w+)(?:\.[\w.]+)?>")
_ENDINGS = re.compile(r"/(?:Resource|Default|Subnet)$")


def with_names(description: _Description, template: Mapping[str, Any] | None) -> _Description:
    """The description, with names of resources instead of references to them."""
    names = _names(template)
    renamed: _Description = _renamed(description, names) if names else description
    return renamed


def _names(template: Mapping[str, Any] | None) -> dict[str, str]:
    resources = (template or {}).get("Resources")
    return {
        logical_id: _name(logical_id, resource)
        for logical_id, resource in (resources if isinstance(resources, Mapping) else {}).items()
    }


def _name(logical_id: str, resource: Any) -> str:
    metadata = resource.get("Metadata") if isinstance(resource, Mapping) else None
    path = metadata.get("aws:cdk:path") if isinstance(metadata, Mapping) else None
    if not isinstance(path, str):
        return logical_id
    return _ENDINGS.sub("", path.partition("/")[2]) or logical_id


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _renamed_text(value, names)
    if isinstance(value, tuple):
        return tuple(_renamed(each, names) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        parts = {each.name: _renamed(getattr(value, each.name), names) for each in fields(value)}
        return replace(value, **parts)
    return value


def _renamed_text(text: str, names: Mapping[str, str]) -> str:
    whole = _REFERENCE.fullmatch(text)
    logical_id = whole[1] if whole else text
    if logical_id in names:
        return names[logical_id]
    return _REFERENCE.sub(
        lambda match: f"<{names[match[1]]}>" if match[1] in names else match[0], text
    )
