"""What UpdateCluster refuses to change, by the rows of properties of the library."""

from collections.abc import Iterator, Mapping
from typing import Any

from hyperpod_constructs.schema.cluster import CLUSTER
from hyperpod_constructs.schema.instance_group import INSTANCE_GROUP, RESTRICTED_INSTANCE_GROUP
from hyperpod_constructs.schema.kinds import Kind, ListOf
from hyperpod_constructs.schema.shapes import OneOf, Properties, Shape
from hyperpod_constructs.schema.update import Update

from .group_rules import Group, refuse

Path = tuple[str, ...]
EACH = "*"
"""In a path, each entry of a list."""


def paths(properties: Properties, update: Update) -> Iterator[Path]:
    """Where the properties are that have an effect; an object that has it as a whole is one of them."""
    for name, row in properties.rows.items():
        if isinstance(row, Properties):
            inner = list(paths(row, update))
            whole = set(inner) == {(each,) for each in row.rows}
            yield from [(name,)] if whole else ((name, *path) for path in inner)
        elif row.update is update:
            yield (name,)
        else:
            yield from ((name, *path) for path in _within(row.kind, update))


def value_at(value: Any, path: Path) -> Any:
    """The value at a path, none where there is none; a list of values where the path has `*`."""
    if not path:
        return value
    step, *rest = path
    if step == EACH:
        return [value_at(entry, tuple(rest)) for entry in value or () if rest[0] in entry]
    return value_at(value.get(step), tuple(rest)) if isinstance(value, Mapping) else None


def _within(kind: Kind, update: Update) -> Iterator[Path]:
    match kind:
        case ListOf():
            yield from ((EACH, *path) for path in _within(kind.entry, update))
        case Shape():
            yield from paths(kind.properties, update)
        case OneOf():
            for key, each in kind.kinds.items():
                yield from ((key, *path) for path in _within(each, update))


OF_CLUSTERS = tuple(paths(CLUSTER.properties, Update.REPLACES))
"""Properties of a cluster of which another value makes another cluster."""

OF_GROUPS = tuple(
    path
    for path in dict.fromkeys(
        path
        for group in (INSTANCE_GROUP, RESTRICTED_INSTANCE_GROUP)
        for path in paths(group.properties, Update.NEW_GROUP)
    )
    if path != ("InstanceGroupName",)
)
"""Properties of a group of which another value takes another group.

The name is not one of them: a group of another name is another group.
"""


def check_update(old: Group, new: Group) -> None:
    """Refuses changes of a group that the service cannot make."""
    fields = [path[-1] for path in OF_GROUPS if value_at(old, path) != value_at(new, path)]
    if fields:
        raise refuse(f"Updating fields {', '.join(fields)} on an InstanceGroup not supported")
