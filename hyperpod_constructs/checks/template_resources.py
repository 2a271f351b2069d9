"""Resources of a template, and references between them."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from hyperpod_constructs.schema.intrinsics import is_intrinsic

_SUB = r"\$\{(\w+)(?:\.([\w.]+))?\}"
_T = TypeVar("_T")
_OUTSIDE = ("Fn::ImportValue", "Fn::FindInMap")
"""Functions whose result is not a resource of the template."""


class UnfollowedError(Exception):
    """Raised for a value that is known only at deployment."""


@dataclass(frozen=True)
class Resources:
    """Resources of a template by logical ID."""

    template: Mapping[str, Any]

    def properties(self, logical_id: str | None, kind: str) -> Mapping[str, Any] | None:
        """Properties of a resource of a type; None if there is no such resource."""
        resource = self._all.get(logical_id)
        if not isinstance(resource, Mapping) or resource.get("Type") != kind:
            return None
        properties = resource.get("Properties", {})
        if not isinstance(properties, Mapping) or is_intrinsic(properties):
            raise UnfollowedError
        return properties

    def of_type(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Resources of a type, with their properties.

        Raises:
            UnfollowedError: If the properties of one of them are known only at deployment.
        """
        for logical_id in self._all:
            properties = self.properties(logical_id, kind)
            if properties is not None:
                yield logical_id, properties

    def has_condition(self, logical_id: str) -> bool:
        """Whether a resource is created under a condition of the template."""
        resource = self._all.get(logical_id)
        return isinstance(resource, Mapping) and "Condition" in resource

    def any_of_type(self, kind: str, holds: Callable[[Mapping[str, Any]], bool]) -> bool:
        """Whether something holds for the properties of at least one resource of a type.

        Raises:
            UnfollowedError: See `any_known`.
        """

        def is_one(logical_id: str) -> bool:
            properties = self.properties(logical_id, kind)
            return properties is not None and holds(properties)

        return any_known(is_one, self._all)

    def referred(self, value: Any) -> str | None:
        """Logical ID of the resource that a value refers to; None if it is in no template.

        Raises:
            UnfollowedError: If it is known only at deployment.
        """
        if isinstance(value, str):
            return None
        if isinstance(value, Mapping) and len(value) == 1:
            ((function, argument),) = value.items()
            match function, argument:
                case "Ref", str():
                    return argument
                case "Fn::GetAtt", [str(logical_id), *_]:
                    return logical_id
                case "Fn::GetAtt", str():
                    return argument.partition(".")[0]
                case "Fn::Sub", str() if whole := re.fullmatch(_SUB, argument):
                    return whole[1]
            if function in _OUTSIDE:
                return None
        raise UnfollowedError

    def referred_in(self, values: Any) -> list[str | None]:
        """Same as `referred`, for a list."""
        return [self.referred(value) for value in known_list(values)]

    @property
    def _all(self) -> Mapping[Any, Any]:
        resources = self.template.get("Resources")
        return resources if isinstance(resources, Mapping) else {}


def any_known(holds: Callable[[_T], bool], values: Iterable[_T]) -> bool:
    """Whether something holds for at least one value, in whatever order they are.

    Raises:
        UnfollowedError: If it holds for none, and is known only at deployment for one of them.
    """
    unfollowed = False
    for value in values:
        try:
            if holds(value):
                return True
        except UnfollowedError:
            unfollowed = True
    if unfollowed:
        raise UnfollowedError
    return False


def known_list(values: Any) -> list[Any]:
    """The entries of a list, or a single value as a list.

    Raises:
        UnfollowedError: If it is known only at deployment.
    """
    if values is None:
        return []
    if isinstance(values, Mapping) and is_intrinsic(values):
        raise UnfollowedError
    return values if isinstance(values, list) else [values]


def known_objects(values: Any) -> list[Mapping[str, Any]]:
    """Same as `known_list`, for objects."""
    entries = known_list(values)
    if not all(isinstance(entry, Mapping) and not is_intrinsic(entry) for entry in entries):
        raise UnfollowedError
    return entries
