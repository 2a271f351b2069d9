"""Arguments without those that are wrong, so that what does not depend on them is validated too."""

from collections.abc import Iterable, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from typing import Any, TypeVar

from hyperpod_constructs.model.argument_path import steps_of

_GROUPS = ("instance_groups", "restricted_instance_groups")
_UNUSABLE: Any = object()

_Steps = Sequence[str | int]
_Arguments = TypeVar("_Arguments")


def without(arguments: _Arguments, wrong: Iterable[str]) -> _Arguments:
    """The arguments, with the default in place of each that is wrong.

    A list with a wrong entry is wrong. Groups keep their index: a value in place of a group stays.

    Args:
        arguments: Frozen value.
        wrong: Paths of the wrong arguments, such as `instance_groups[2].subnets[0]`. Others are
            ignored.
    """
    kind: Any = type(arguments)
    names = {each.name for each in fields(kind)}
    paths = [path for path in map(steps_of, wrong) if path and path[0] in names]
    known: _Arguments = _without(arguments, paths) if paths else arguments
    return known


def _without(value: Any, paths: Iterable[_Steps]) -> Any:
    """The value with other arguments; `_UNUSABLE` if a path is not one of its arguments."""
    if not is_dataclass(value) or isinstance(value, type):
        return _UNUSABLE
    by_name: dict[str | int, list[_Steps]] = {}
    for first, *rest in paths:
        by_name.setdefault(first, []).append(rest)
    all_fields = {each.name: each for each in fields(value)}
    changes: dict[str, Any] = {}
    for name, inner in by_name.items():
        if name not in all_fields:
            return _UNUSABLE
        changes[str(name)] = _argument(value, all_fields[str(name)], inner)
    return replace(value, **changes)


def _argument(owner: Any, field: Field[Any], paths: Sequence[_Steps]) -> Any:
    given = getattr(owner, field.name)
    known = _UNUSABLE
    if all(paths):
        known = (
            _entries(given, paths, keeps_wrong=field.name in _GROUPS)
            if isinstance(given, tuple)
            else _without(given, paths)
        )
    return _default(field) if known is _UNUSABLE else known


def _entries(values: tuple[Any, ...], paths: Iterable[_Steps], *, keeps_wrong: bool) -> Any:
    entries = list(values)
    by_index: dict[str | int, list[_Steps]] = {}
    for index, *rest in paths:
        by_index.setdefault(index, []).append(rest)
    for index, inner in by_index.items():
        if not isinstance(index, int) or index >= len(entries):
            return _UNUSABLE
        known = _without(entries[index], inner) if all(inner) else _UNUSABLE
        if known is not _UNUSABLE:
            entries[index] = known
        elif not keeps_wrong:
            return _UNUSABLE
    return tuple(entries)


def _default(field: Field[Any]) -> Any:
    if field.default is not MISSING:
        return field.default
    if field.default_factory is not MISSING:
        return field.default_factory()
    return () if "Sequence[" in str(field.type) else None
