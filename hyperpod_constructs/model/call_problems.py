"""Arguments that are misspelled, missing, repeated or positional.

Python reports one of them at a time, without a suggestion.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from functools import wraps
from inspect import Parameter, Signature, signature
from types import FunctionType
from typing import Any

from .likely_word import likely_word
from .problem import Problem, ValidationError
from .shown_value import is_confidential

_PACKAGE = __name__.partition(".")[0]
_OTHER_WAYS = {"tags": "use cdk.Tags.of(construct).add('key', 'value') for the tags of a construct"}
_PRESET = r"multiple values for keyword argument '(\w+)'"


def explain_calls(public: object) -> None:
    """Reports the problems of calls to the constructor and the class methods of a type.

    So do the methods of constructs. The errors of constructs have their path as a note.
    Signatures, as editors, type checkers and documentation see them, stay the same.
    """
    if (
        not isinstance(public, type)
        or issubclass(public, Enum)
        or getattr(public, "_is_protocol", False)
    ):
        return
    if type(public).__call__ is not type.__call__ and "__signature__" not in vars(public):
        public.__signature__ = _SignatureOfConstructor()  # type: ignore[attr-defined]
    for kind in public.__mro__:
        if kind.__module__.partition(".")[0] == _PACKAGE:
            for name, member in list(vars(kind).items()):
                explained = _explained_member(public, name, member)
                if explained is not member:
                    setattr(kind, name, explained)


class _SignatureOfConstructor:
    """The signature of the constructor of a class whose metaclass, that of jsii, hides it."""

    def __get__(self, _: object, kind: Any) -> Signature:
        _, *parameters = signature(kind.__init__).parameters.values()
        return Signature(parameters)


def _explained_member(public: type, name: str, member: Any) -> Any:
    if name == "__init__":
        return _explained(public.__name__, member, of=public)
    if name.startswith("_"):
        return member
    if isinstance(member, FunctionType) and hasattr(public, "node"):
        return _explained(f"{public.__name__}.{name}", member)
    if isinstance(member, classmethod | staticmethod):
        return type(member)(_explained(f"{public.__name__}.{name}", member.__func__))
    return member


def _explained(name: str, function: Any, *, of: type | None = None) -> Any:
    if hasattr(function, "__wrapped__"):
        return function

    @wraps(function)
    def call(*args: Any, **keywords: Any) -> Any:
        try:
            return function(*args, **keywords)
        except ValidationError as error:
            _add_path(error, args, keywords)
            raise
        except TypeError as error:
            problems = [
                *_call_problems(name, _parameters(function, of), args, keywords),
                *_preset_problems(name, keywords, str(error)),
            ]
            if not problems:
                raise
        raise ValidationError(problems)

    return call


def _add_path(error: ValidationError, args: Sequence[Any], keywords: Mapping[str, object]) -> None:
    """Adds the path of the construct, which tracebacks show, to an error of its arguments."""
    if getattr(error, "__notes__", None):
        return
    scope, id_ = (*args[1:3], None, None)[:2]
    scope, id_ = keywords.get("scope", scope), keywords.get("id", id_)
    path = _path_of(args[0] if args else None)
    outer = _path_of(scope)
    if path is None and outer is not None and isinstance(id_, str):
        path = f"{outer}/{id_}"
    if path is not None:
        number = len(error.problems)
        error.add_note(f"{path}: {number} problem{'' if number == 1 else 's'}")


def _path_of(construct: object) -> str | None:
    """The path of a construct in its app; None for the app, other objects and before it is created."""
    try:
        path = construct.node.path  # type: ignore[attr-defined]
    except (AttributeError, RuntimeError):
        return None
    return path if isinstance(path, str) and path else None


def _parameters(function: Callable[..., Any], of: type | None) -> list[Parameter]:
    """The parameters of a function, or of the constructor of a type, with that of the object."""
    known = getattr(of, "__signature__", None)
    if known is None:
        return list(signature(function).parameters.values())
    return [Parameter("self", Parameter.POSITIONAL_OR_KEYWORD), *known.parameters.values()]


def _call_problems(
    name: str, known: Sequence[Parameter], args: Sequence[Any], keywords: Mapping[str, Any]
) -> Iterator[Problem]:
    """Arguments must be those of the signature, and each is passed once."""
    parameters = {
        each.name: each
        for each in known
        if each.kind not in (Parameter.VAR_KEYWORD, Parameter.VAR_POSITIONAL)
    }
    takes_others = len(parameters) < len(known)
    ordered = [each for each in parameters if parameters[each].kind is not Parameter.KEYWORD_ONLY]
    by_position = ordered[: len(args)]
    left = [each for each in parameters if each not in by_position and each not in keywords]
    scope_is_missing = (
        left[:1] == ["id"] and by_position[1:] == ["scope"] and isinstance(args[1], str)
    )
    shown = _without_passwords if any(map(is_confidential, parameters)) else _as_given
    for value in args[len(ordered) :]:
        yield Problem(
            code="PositionalArgument",
            path=name,
            value=shown(value),
            message="is passed by position, and this argument requires a name",
            fix=f"pass {_taking(value, left, parameters)}=..., for example" if left else "omit it",
        )
    meant: set[str | None] = set()
    for keyword, value in keywords.items():
        if keyword in by_position:
            yield _repeated(f"{name}.{keyword}", value, "is also passed by position")
        elif keyword not in parameters and not takes_others:
            close = _alike(keyword, [each for each in parameters if each not in by_position])
            meant.add(close)
            yield Problem(
                code="UnknownArgument",
                path=f"{name}.{keyword}",
                value=keyword,
                message="is not an argument",
                fix=_OTHER_WAYS.get(keyword)
                or (f"use {close}=..." if close else f"use one of {', '.join(left)}"),
            )
    for each in left:
        if scope_is_missing and each == "id":
            yield Problem(
                code="MissingArgument",
                path=f"{name}.scope",
                value=None,
                message=f"is required before the ID {args[1]!r}",
                fix=f"use {name}(stack, {args[1]!r}, ...)",
            )
        elif parameters[each].default is Parameter.empty and each not in meant:
            yield Problem(
                code="MissingArgument",
                path=f"{name}.{each}",
                value=None,
                message="is required",
                fix=f"pass {each}=...",
            )


def _as_given(value: object) -> object:
    return value


def _without_passwords(value: object) -> object:
    """A text may be the password that belongs to a secret."""
    return "..." if isinstance(value, str | bytes) else value


def _taking(value: object, names: Sequence[str], parameters: Mapping[str, Parameter]) -> str:
    """The argument whose annotation names the type of the value, or else the first."""
    kind = type(value).__name__
    of_kind = (
        name for name in names if re.search(rf"\b{kind}\b", str(parameters[name].annotation))
    )
    return next(of_kind, names[0])


def _alike(keyword: str, names: Sequence[str]) -> str | None:
    """The name that is meant, if any: one that has the word, or one with other letters."""
    longer = (name for name in names if keyword in name.split("_"))
    return next(longer, None) or likely_word(keyword, names)


def _preset_problems(name: str, keywords: Mapping[str, Any], error: str) -> Iterator[Problem]:
    """An argument that a method sets cannot be passed among its options."""
    for keyword in re.findall(_PRESET, error):
        if keyword in keywords:
            yield _repeated(f"{name}.{keyword}", keywords[keyword], f"is set by {name}")


def _repeated(path: str, value: object, message: str) -> Problem:
    """Each argument is passed once."""
    return Problem(code="RepeatedArgument", path=path, value=value, message=message, fix="omit it")
