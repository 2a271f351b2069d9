"""A cluster some of whose arguments are unknown.

Unknown texts and numbers become the placeholders that represent values of the deployment. Reading
any other unknown argument raises `UnknownArgumentError`, so that nothing is concluded from it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Never, get_args, get_origin

from hyperpod_constructs.model.argument_path import steps_of
from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.value_class import value_class

from .instance_group import INSTANCE_GROUP, RESTRICTED_INSTANCE_GROUP
from .intrinsics import UNKNOWN_NUMBER, Unknown
from .read_log import Location, ReadLog
from .shapes import Shape

_GROUPS: Mapping[str, Shape] = {
    "instance_groups": INSTANCE_GROUP,
    "restricted_instance_groups": RESTRICTED_INSTANCE_GROUP,
}
_OTHER_NAMES: Mapping[str | int, str] = {"lifecycle_scripts": "steps"}
_HIDDEN: Any = object()

_Tree = dict[str | int, Any]
"""Unknown arguments: a tree of those within for an argument, None if all of it is unknown."""


class UnknownArgumentError(Exception):
    """Raised by reading an unknown argument."""


def partly_known(
    values: ClusterValues, unknown: Iterable[str], *, has_default_groups: bool = False
) -> ClusterValues:
    """The cluster with unknown arguments.

    Args:
        values: The cluster.
        unknown: Paths of the unknown arguments.
        has_default_groups: Whether unknown arguments of groups have the default value instead.
    """
    known: ClusterValues = _Hiding(has_default_groups).hide(values, _tree(unknown), "")
    return known


def _tree(paths: Iterable[str]) -> _Tree:
    tree: _Tree = {}
    for path in paths:
        *outer, last = [_OTHER_NAMES.get(step, step) for step in steps_of(path)]
        inner = tree
        for step in outer:
            inner = inner.setdefault(step, {})
            if inner is None:
                break
        else:
            inner[last] = None
    return tree


@value_class(frozen=True, slots=True)
class _Hiding:
    has_default_groups: bool

    def hide(self, value: Any, tree: _Tree, path: str) -> Any:
        """The value without the arguments of the tree; `_HIDDEN` if nothing of it is known."""
        if isinstance(value, list | tuple):
            return self._entries(value, tree, path)
        names = {each.name: each for each in _fields(value)}
        if not tree.keys() <= names.keys():
            return _HIDDEN
        changes = {
            name: self._argument(value, names[str(name)], inner, f"{path}.{name}")
            for name, inner in tree.items()
        }
        return _copy(value, {str(name): known for name, known in changes.items()})

    def _argument(self, owner: Any, field: Field[Any], tree: _Tree | None, path: str) -> Any:
        if tree is not None:
            value = getattr(owner, field.name)
            is_groups = isinstance(owner, ClusterValues) and field.name in _GROUPS
            known = (
                self._groups(value, _GROUPS[field.name], tree, path)
                if is_groups
                else self.hide(value, tree, path)
            )
            if known is not _HIDDEN:
                return known
        if self.has_default_groups and "[" in path and field.default is not MISSING:
            return field.default
        return _placeholder(field, path)

    def _entries(self, values: Iterable[Any], tree: _Tree, path: str) -> Any:
        entries = list(values)
        for index, inner in tree.items():
            if not isinstance(index, int) or index >= len(entries) or inner is None:
                return _HIDDEN
            entries[index] = self.hide(entries[index], inner, f"{path}[{index}]")
            if entries[index] is _HIDDEN:
                return _HIDDEN
        return tuple(entries)

    def _groups(self, groups: Any, shape: Shape, tree: _Tree, path: str) -> Any:
        """Groups keep their index: one of a wrong type becomes an unknown group."""
        if not isinstance(groups, list | tuple):
            return _HIDDEN
        entries = list(groups)
        for index, inner in tree.items():
            if not isinstance(index, int) or index >= len(entries):
                return _HIDDEN
            if not isinstance(entries[index], shape.value_type):
                log = ReadLog(is_template=False, is_description=False)
                entries[index] = shape.unknown(Unknown(f"{path}{index}"), Location(), log)
            elif inner is not None:
                entries[index] = self.hide(entries[index], inner, f"{path}[{index}]")
        return tuple(entries)


def _fields(value: Any) -> Iterable[Field[Any]]:
    return fields(value) if is_dataclass(value) and not isinstance(value, type) else ()


def _placeholder(field: Field[Any], path: str) -> Any:
    """What represents an unknown text or number."""
    annotation: Any = field.type
    kinds = get_args(annotation) if get_origin(annotation) is UnionType else (annotation,)
    if any(isinstance(kind, type) and issubclass(kind, str) for kind in kinds):
        return Unknown(path).text
    return UNKNOWN_NUMBER if int in kinds else _HIDDEN


def _copy(value: Any, changes: Mapping[str, Any]) -> Any:
    """The value with other attributes, hidden ones included."""
    hidden = frozenset(name for name, known in changes.items() if known is _HIDDEN)
    kind: Any = type(value)
    copy: Any = object.__new__(_type_without(kind, hidden))
    for each in fields(value):
        if each.name not in hidden:
            known = changes[each.name] if each.name in changes else getattr(value, each.name)
            object.__setattr__(copy, each.name, known)
    return copy


@cache
def _type_without(kind: Any, hidden: frozenset[str]) -> Any:
    """A type whose values raise `UnknownArgumentError` for hidden attributes."""
    if not hidden:
        return kind
    unreadable = dict.fromkeys(hidden, property(_unreadable))
    return type(kind.__name__, (kind,), {"__slots__": (), **unreadable})


def _unreadable(_: object) -> Never:
    raise UnknownArgumentError
