"""Immutable values, compared and shown by their fields.

At run time, `value_class` does what `dataclass` does for frozen classes with slots. `dataclass` compiles
six methods for each class, which is most of the import of this package; values share five of them.
"""

from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, fields
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal, TypeVar

__all__ = ["value_class"]

_T = TypeVar("_T")

if TYPE_CHECKING:
    from dataclasses import dataclass as value_class
else:

    def value_class(
        *,
        frozen: Literal[True],  # noqa: ARG001 - what type checkers need to know
        slots: Literal[True],
        kw_only: bool = False,
    ) -> Callable[[type[_T]], type[_T]]:
        """Returns the decorator of a class of values, whose fields can be set once."""
        with_fields = dataclass(eq=False, repr=False, slots=slots, kw_only=kw_only)
        return lambda kind: with_fields(_with_shared_methods(kind))


def _with_shared_methods(kind: type[_T]) -> type[_T]:
    for name, method in _SHARED_METHODS.items():
        if name not in vars(kind):
            setattr(kind, name, method)
    return kind


def _set(self: Any, name: str, content: object) -> None:
    if hasattr(self, name):
        message = f"cannot assign to field {name!r}"
        raise FrozenInstanceError(message)
    object.__setattr__(self, name, content)


def _delete(_: Any, name: str) -> None:
    message = f"cannot delete field {name!r}"
    raise FrozenInstanceError(message)


def _equals(self: Any, other: Any) -> Any:
    if self is other:
        return True
    if other.__class__ is not self.__class__:
        return NotImplemented
    contents = _compared(self.__class__)
    return contents(self) == contents(other)


def _hash(self: Any) -> int:
    return hash(_compared(self.__class__)(self))


def _text(self: Any) -> str:
    shown = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


@cache
def _compared(kind: Any) -> Callable[[Any], Any]:
    names = [each.name for each in fields(kind) if each.compare]
    return attrgetter(*names) if names else lambda _: ()


_SHARED_METHODS = {
    "__setattr__": _set,
    "__delattr__": _delete,
    "__eq__": _equals,
    "__hash__": _hash,
    "__repr__": _text,
}
