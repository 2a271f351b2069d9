"""Immutable values, compared and shown by their fields.

At run time, `value_class` does what `dataclass` does for frozen classes with slots. `dataclass`
compiles the methods of each class, which would be most of the import of this package; values share
theirs.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, fields
from functools import cache
from inspect import Parameter, Signature
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
        with_fields = dataclass(init=False, eq=False, repr=False, slots=slots, kw_only=kw_only)
        return lambda kind: with_fields(_with_shared_methods(kind))


class _SignatureOfFields:
    """The signature of the constructor of a class, for `inspect.signature`."""

    def __get__(self, _: object, kind: type) -> Signature:
        return Signature([_parameter(each) for each in _arguments(kind).values()])


def _with_shared_methods(kind: type[_T]) -> type[_T]:
    for name, method in _SHARED.items():
        if name not in vars(kind):
            setattr(kind, name, method)
    return kind


def _initialize(self: Any, *positional: object, **named: object) -> None:
    kind = self.__class__
    if positional:
        named |= _by_name(kind, positional, named)
    known = 0
    for name, each in _arguments(kind).items():
        if name in named:
            content = named[name]
            known += 1
        elif each.default_factory is not MISSING:
            content = each.default_factory()
        else:
            content = each.default
        if content is MISSING:
            message = f"{kind.__name__}.__init__() missing a required argument: {name!r}"
            raise TypeError(message)
        object.__setattr__(self, name, content)
    if known < len(named):
        unknown = next(name for name in named if name not in _arguments(kind))
        message = f"{kind.__name__}.__init__() got an unexpected keyword argument {unknown!r}"
        raise TypeError(message)
    if hasattr(kind, "__post_init__"):
        self.__post_init__()


def _by_name(
    kind: type, positional: tuple[object, ...], named: Mapping[str, object]
) -> dict[str, object]:
    names = [name for name, each in _arguments(kind).items() if not each.kw_only]
    if len(positional) > len(names):
        message = f"{kind.__name__}.__init__() takes {len(names)} positional arguments"
        raise TypeError(message)
    for name in names[: len(positional)]:
        if name in named:
            message = f"{kind.__name__}.__init__() got multiple values for argument {name!r}"
            raise TypeError(message)
    return dict(zip(names, positional, strict=False))


@cache
def _arguments(kind: Any) -> Mapping[str, Field[Any]]:
    given = [each for each in fields(kind) if each.init]
    return {each.name: each for each in sorted(given, key=lambda each: each.kw_only is True)}


def _parameter(field: Field[Any]) -> Parameter:
    default = field.default
    if default is MISSING:
        default = Parameter.empty
    if field.default_factory is not MISSING:
        default = field.default_factory()
    kind = Parameter.KEYWORD_ONLY if field.kw_only else Parameter.POSITIONAL_OR_KEYWORD
    return Parameter(field.name, kind, default=default, annotation=field.type)


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
    contents = _compared(self.__class__)(self)
    try:
        return hash(contents)
    except TypeError:  # a dict, or what contains one
        return hash(_hashable(contents))


def _hashable(content: Any) -> Any:
    """The same for equal contents. Lists and dicts of values are copies, which stay as they are."""
    if isinstance(content, Mapping):
        return frozenset((key, _hashable(inner)) for key, inner in content.items())
    if isinstance(content, list | tuple):
        return tuple(map(_hashable, content))
    return content


def _text(self: Any) -> str:
    shown = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


@cache
def _compared(kind: Any) -> Callable[[Any], Any]:
    names = [each.name for each in fields(kind) if each.compare]
    return attrgetter(*names) if names else lambda _: ()


_SHARED = {
    "__init__": _initialize,
    "__setattr__": _set,
    "__delattr__": _delete,
    "__eq__": _equals,
    "__hash__": _hash,
    "__repr__": _text,
    "__signature__": _SignatureOfFields(),
}
