"""What a change set says an update would do."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.aws.front.errors import ServiceError
from tests.aws.types.handler import Handler

from .replacement import coerced, is_replaced
from .stack import Stack
from .template import Json, Resolver


def changes(
    stack: Stack, resolver: Resolver, handlers: Mapping[str, Handler], region: str
) -> list[Json]:
    """The changes of a change set; the resolver knows the resources of the stack."""
    found = []
    for name, definition in resolver.resources().items():
        kind = definition["Type"]
        current = stack.resources.get(name)
        if current is None:
            found.append(_change("Add", name, kind))
            continue
        try:
            wanted = coerced(kind, region, resolver.properties(name))
        except ServiceError:
            wanted = None
        if wanted != current.properties:
            replaced = wanted is not None and is_replaced(
                handlers[kind], kind, region, current.properties, wanted
            )
            found.append(
                _change(
                    "Modify",
                    name,
                    kind,
                    PhysicalResourceId=current.made.physical_id,
                    Replacement="True" if replaced else "False",
                    Scope=["Properties"],
                    Details=list(_details(current.properties, wanted or {})),
                )
            )
    for name, resource in stack.resources.items():
        if name not in resolver.resources():
            physical_id = resource.made.physical_id
            found.append(_change("Remove", name, resource.kind, PhysicalResourceId=physical_id))
    return found


def _change(action: str, name: str, kind: str, **more: Any) -> Json:
    return {
        "Type": "Resource",
        "ResourceChange": {
            "Action": action,
            "LogicalResourceId": name,
            "ResourceType": kind,
            **more,
        },
    }


def _details(old: Json, new: Json) -> Iterator[Json]:
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield {
                "Target": {"Attribute": "Properties", "Name": name, "RequiresRecreation": "Never"},
                "Evaluation": "Static",
                "ChangeSource": "DirectModification",
            }
