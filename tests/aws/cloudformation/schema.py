"""The schemas of resource types, which CloudFormation publishes and cfn-lint brings along.

Source: https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import regex

from .template import Json, is_function

PropertyPath = tuple[str, ...]
_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}
_NAMES = {dict: "JSONObject", list: "JSONArray", str: "String", bool: "Boolean", type(None): "Null"}
_ANYTHING = ("AWS::CloudFormation::CustomResource", "AWS::CDK::Metadata")


@dataclass(frozen=True)
class ResourceSchema:
    """The schema of a resource type.

    Attributes:
        document: The schema.
    """

    document: Json

    @property
    def create_only(self) -> list[PropertyPath]:
        """The properties whose change replaces the resource."""
        return self._paths("createOnlyProperties")

    @property
    def read_only(self) -> list[PropertyPath]:
        """The attributes that the resource has once it exists."""
        return self._paths("readOnlyProperties")

    @property
    def identifier(self) -> list[PropertyPath]:
        """The properties that no two resources share."""
        return self._paths("primaryIdentifier")

    def has_attribute(self, name: str) -> bool:
        """Whether `Fn::GetAtt` gives an attribute."""
        path = tuple(name.split("."))
        known = {*self.read_only, *((each,) for each in self.document["properties"])}
        return any(each[: len(path)] == path or path[: len(each)] == each for each in known)

    def replaces(self, old: Json, new: Json) -> bool:
        """Whether a change creates a new resource."""
        return any(value_at(old, path) != value_at(new, path) for path in self.create_only)

    def problems(self, properties: Json) -> list[str]:
        """What is wrong with properties; functions may be any value."""
        own = [
            f"#: Encountered read-only property [{name}]"
            for (name, *more) in self.read_only
            if not more and name in properties and (name,) not in self.identifier
        ]
        return [*own, *self._problems(self.document, properties, "#")]

    def coerced(self, properties: Json) -> Json:
        """Properties with numbers, booleans and texts where the schema wants them."""
        coerced: Json = self._coerced(self.document, properties)
        return coerced

    def _paths(self, key: str) -> list[PropertyPath]:
        return [
            tuple(path.removeprefix("/properties/").split("/"))
            for path in self.document.get(key, [])
        ]

    def _resolved(self, schema: Json) -> Json:
        while "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            schema = self.document.get("definitions", {}).get(name, {})
        return schema

    def _problems(self, schema: Json, value: Any, path: str) -> Iterator[str]:
        if is_function(value):
            return
        schema = self._resolved(schema)
        value = _scalar(schema, value)
        types = _types(schema)
        if types and not any(_is(value, kind) for kind in types):
            found = _NAMES.get(type(value), type(value).__name__.capitalize())
            yield f"{path}: expected type: {types[0].capitalize()}, found: {found}"
            return
        yield from _scalar_problems(schema, value, path)
        match value:
            case dict():
                yield from self._object_problems(schema, value, path)
            case list():
                yield from _size_problems(schema, "Items", len(value), path)
                for index, item in enumerate(value):
                    yield from self._problems(schema.get("items", {}), item, f"{path}/{index}")
        for each in schema.get("allOf", []):
            yield from self._problems(each, value, path)
        for key in ("anyOf", "oneOf"):
            choices = schema.get(key, [])
            if choices and all(any(self._problems(each, value, path)) for each in choices):
                yield (
                    f"{path}: #: no subschema matched out of the total {len(choices)} subschemas"
                )

    def _object_problems(self, schema: Json, value: Json, path: str) -> Iterator[str]:
        for name in schema.get("required", []):
            if name not in value:
                yield f"{path}: required key [{name}] not found"
        for name, item in value.items():
            inner = _member(schema, name)
            if inner is None:
                yield f"{path}: extraneous key [{name}] is not permitted"
            else:
                yield from self._problems(inner, item, f"{path}/{name}")

    def _coerced(self, schema: Json, value: Any) -> Any:
        schema = self._resolved(schema)
        match value:
            case dict():
                return {
                    name: self._coerced(_member(schema, name) or {}, item)
                    for name, item in value.items()
                }
            case list():
                return [self._coerced(schema.get("items", {}), item) for item in value]
        return _scalar(schema, value)


def value_at(properties: Any, path: PropertyPath) -> Any:
    """The value at a path of properties; `*` is each item of a list."""
    if not path or properties is None:
        return properties
    name, *rest = path
    if name == "*":
        return [value_at(item, tuple(rest)) for item in properties]
    inner = properties.get(name) if isinstance(properties, dict) else None
    return value_at(inner, tuple(rest)) if inner is not None else None


def _member(schema: Json, name: str) -> Json | None:
    """The schema of a member of an object; None if there can be none of that name."""
    if name in schema.get("properties", {}):
        member: Json = schema["properties"][name]
        return member
    for pattern, inner in schema.get("patternProperties", {}).items():
        if regex.search(pattern, name):
            found: Json = inner
            return found
    more = schema.get("additionalProperties", True)
    return (more if isinstance(more, dict) else {}) if more else None


def _types(schema: Json) -> list[str]:
    types = schema.get("type", [])
    return [types] if isinstance(types, str) else list(types)


def _is(value: Any, kind: str) -> bool:
    expected = _TYPES.get(kind, (object,))
    return isinstance(value, expected) and (bool in expected or not isinstance(value, bool))


def _scalar(schema: Json, value: Any) -> Any:
    """A scalar as the schema wants it: templates may have any of them as text."""
    types = _types(schema)
    if any(_is(value, kind) for kind in types) or isinstance(value, dict | list):
        return value
    if isinstance(value, str):
        if "boolean" in types and value.lower() in {"true", "false"}:
            return value.lower() == "true"
        if {"integer", "number"} & set(types) and regex.fullmatch(r"-?\d+(\.\d+)?", value):
            return float(value) if "." in value else int(value)
    if "string" in types and isinstance(value, bool | int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value


def _scalar_problems(schema: Json, value: Any, path: str) -> Iterator[str]:
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value} is not a valid enum value"
    if isinstance(value, str):
        yield from _size_problems(schema, "Length", len(value), path)
        pattern = schema.get("pattern")
        if pattern and not regex.search(pattern, value):
            yield f"{path}: string [{value}] does not match pattern {pattern}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value < schema.get("minimum", value):
            yield f"{path}: {value} is not greater or equal to {schema['minimum']}"
        if value > schema.get("maximum", value):
            yield f"{path}: {value} is not less or equal to {schema['maximum']}"


def _size_problems(schema: Json, noun: str, size: int, path: str) -> Iterator[str]:
    if size < schema.get(f"min{noun}", size):
        yield f"{path}: expected {noun.lower()} >= {schema[f'min{noun}']}, found: {size}"
    if size > schema.get(f"max{noun}", size):
        yield f"{path}: expected {noun.lower()} <= {schema[f'max{noun}']}, found: {size}"


@cache
def schema_of(kind: str, region: str) -> ResourceSchema | None:
    """The schema of a resource type in a region; None for types of which everything is allowed.

    Raises:
        KeyError: If the region does not have the type.
    """
    if kind.startswith("Custom::") or kind in _ANYTHING:
        return None
    folder = _folder()
    name = _names(region)[kind]
    return ResourceSchema(json.loads((folder / "resources" / f"{name}.json").read_text()))


@cache
def _names(region: str) -> dict[str, str]:
    names: dict[str, str] = json.loads((_folder() / "providers" / f"{region}.json").read_text())
    return names


@cache
def _folder() -> Path:
    spec = find_spec("cfnlint")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / "data" / "schemas"
