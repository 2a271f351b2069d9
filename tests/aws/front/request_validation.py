"""Whether requests and answers obey the model of their service: members, enums, lengths, patterns."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import botocore.session
import regex
from botocore.model import ServiceModel, Shape

from .errors import ServiceError

_PRIMITIVES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "float": (int, float),
}


def validate(service: str, operation: str, request: Mapping[str, Any]) -> None:
    """Validates a request against the model of a service.

    Raises:
        ServiceError: With everything that is wrong.
    """
    shape = model_of(service).operation_model(operation).input_shape
    problems = [] if shape is None else list(_problems(shape, request, ""))
    if problems:
        noun = "error" if len(problems) == 1 else "errors"
        raise ServiceError(
            "ValidationException",
            f"{len(problems)} validation {noun} detected: {'; '.join(problems)}",
        )


def validate_answer(service: str, operation: str, answer: Mapping[str, Any]) -> None:
    """Validates an answer of the emulator against the model of a service.

    Raises:
        TypeError: With everything that is wrong.
    """
    shape = model_of(service).operation_model(operation).output_shape
    problems = (
        list(_problems(shape, answer, "")) if shape else [f"'{x}' is unknown" for x in answer]
    )
    if problems:
        raise TypeError(f"Answer of {operation}: {'; '.join(problems)}")


@cache
def model_of(service: str) -> ServiceModel:
    """The model of a service."""
    model: ServiceModel = botocore.session.get_session().get_service_model(service)
    return model


def _problems(shape: Shape, value: Any, path: str) -> Iterator[str]:
    match shape.type_name:
        case "structure":
            yield from _structure(shape, value, path)
        case "list":
            yield from _list(shape, value, path)
        case "map":
            yield from _map(shape, value, path)
        case kind:
            yield from _primitive(shape, kind, value, path)


def _structure(shape: Any, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"Value at '{path}' must be a structure"
        return
    for name in shape.required_members:
        if name not in value:
            where = _join(path, name)
            yield f"Value null at '{where}' failed to satisfy constraint: Member must not be null"
    for name, item in value.items():
        if name not in shape.members:
            yield f"Unknown member at '{_join(path, name)}'"
        else:
            yield from _problems(shape.members[name], item, _join(path, name))


def _list(shape: Any, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"Value at '{path}' must be a list"
        return
    yield from _size(shape, len(value), value, path)
    for index, item in enumerate(value, 1):
        yield from _problems(shape.member, item, f"{path}.{index}.member")


def _map(shape: Any, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"Value at '{path}' must be a map"
        return
    yield from _size(shape, len(value), value, path)
    for key, item in value.items():
        yield from _problems(shape.key, key, f"{path}.key")
        yield from _problems(shape.value, item, f"{path}.{key}")


def _primitive(shape: Any, kind: str, value: Any, path: str) -> Iterator[str]:
    expected = _PRIMITIVES.get(kind)
    if expected is None:
        return
    fits = isinstance(value, expected) and (bool in expected or not isinstance(value, bool))
    if not fits:
        yield f"Value '{value}' at '{path}' must be of type {kind}"
        return
    if kind != "string":
        if kind != "boolean":
            yield from _size(shape, value, value, path)
        return
    yield from _size(shape, len(value), value, path)
    if shape.enum and value not in shape.enum:
        yield (
            f"Value '{value}' at '{path}' failed to satisfy constraint: Member must satisfy enum "
            f"value set: [{', '.join(shape.enum)}]"
        )
    pattern = shape.metadata.get("pattern")
    if pattern and not regex.fullmatch(pattern, value):
        yield (
            f"Value '{value}' at '{path}' failed to satisfy constraint: Member must satisfy "
            f"regular expression pattern: {pattern}"
        )


def _size(shape: Any, size: float, value: Any, path: str) -> Iterator[str]:
    noun = "length" if shape.type_name in {"string", "list", "map"} else "value"
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    said = f"Value '{value}' at '{path}' failed to satisfy constraint: Member must have {noun}"
    if low is not None and size < low:
        yield f"{said} greater than or equal to {low}"
    if high is not None and size > high:
        yield f"{said} less than or equal to {high}"


def _join(path: str, name: str) -> str:
    name = name[0].lower() + name[1:]
    return f"{path}.{name}" if path else name
