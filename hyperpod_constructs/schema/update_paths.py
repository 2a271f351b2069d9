"""Paths of the properties whose change has an effect beyond an update in place."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from .cluster import CLUSTER
from .instance_group import INSTANCE_GROUP, RESTRICTED_INSTANCE_GROUP
from .kinds import Kind, ListOf
from .shapes import OneOf, Properties, Shape
from .update import Update

UpdatePath = tuple[str, ...]
EACH = "*"
"""In a path, each entry of a list."""


@cache
def cluster_paths(update: Update) -> tuple[UpdatePath, ...]:
    """Paths of the properties of a cluster with an effect."""
    return tuple(_paths(CLUSTER.properties, update))


@cache
def group_paths() -> tuple[UpdatePath, ...]:
    """Paths of the properties of instance groups that cannot be changed, except the name.

    A group of another name is another group.
    """
    paths = (
        path
        for group in (INSTANCE_GROUP, RESTRICTED_INSTANCE_GROUP)
        for path in _paths(group.properties, Update.NEW_GROUP)
    )
    return tuple(path for path in dict.fromkeys(paths) if path != ("InstanceGroupName",))


def values_at(value: Any, path: UpdatePath) -> Any:
    """The value at a path; None if there is none, and a list of values for a path with `EACH`."""
    if not path:
        return value
    step, *rest = path
    if step == EACH:
        entries = value if isinstance(value, list | tuple) else ()
        values = (values_at(entry, tuple(rest)) for entry in entries)
        return [each for each in values if each is not None]
    return values_at(value.get(step), tuple(rest)) if isinstance(value, Mapping) else None


def _paths(properties: Properties, update: Update) -> Iterator[UpdatePath]:
    """An object whose properties all have the effect is a path itself."""
    for name, row in properties.rows.items():
        if isinstance(row, Properties):
            inner = list(_paths(row, update))
            whole = set(inner) == {(each,) for each in row.rows}
            yield from [(name,)] if whole else ((name, *path) for path in inner)
        elif row.update is update:
            yield (name,)
        else:
            yield from ((name, *path) for path in _within(row.kind, update))


def _within(kind: Kind, update: Update) -> Iterator[UpdatePath]:
    match kind:
        case ListOf():
            yield from ((EACH, *path) for path in _within(kind.entry, update))
        case Shape():
            yield from _paths(kind.properties, update)
        case OneOf():
            for key, each in kind.kinds.items():
                yield from ((key, *path) for path in _within(each, update))
