"""Clusters of a template, including those of `Fn::ForEach`, and macros that can add clusters.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
and https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.schema.paths import PropertyPath

from .assembly import CLUSTER_TYPE
from .findings import Finding

_LOOP = "Fn::ForEach::"
_FRAGMENT = "Fn::Transform"
_KNOWN_TRANSFORMS = ("AWS::LanguageExtensions", "AWS::Serverless", "AWS::SecretsManager")


def template_clusters(template: Mapping[str, Any]) -> Iterator[tuple[PropertyPath, Any]]:
    """Path and properties of each cluster. A loop has one, with the values of the loop unknown."""
    yield from _clusters(template.get("Resources"), ("Resources",), ())


def unread_parts(template: Mapping[str, Any]) -> Iterator[Finding]:
    """What may define clusters and is not read: macros, included files, modules, nested stacks."""
    transforms = template.get("Transform", ())
    for transform in transforms if isinstance(transforms, list) else [transforms]:
        name = transform.get("Name") if isinstance(transform, Mapping) else transform
        if transform and not str(name).startswith(_KNOWN_TRANSFORMS):
            yield _unread(("Transform",), str(name), "is a macro, which can define clusters")
    for path, key, value in _entries(template.get("Resources"), ("Resources",)):
        if key == _FRAGMENT:
            name = value.get("Name") if isinstance(value, Mapping) else value
            yield _unread(path, str(name), "is a macro, which can define clusters")
        elif key.startswith(_LOOP):
            yield _unread(path, key, "is not a loop over resources")
        elif isinstance(value, Mapping):
            kind = str(value.get("Type"))
            properties = value.get("Properties")
            if _FRAGMENT in value or (
                kind == CLUSTER_TYPE and isinstance(properties, Mapping) and _FRAGMENT in properties
            ):
                yield _unread(path, key, "is defined by a macro")
            elif kind.endswith("::MODULE"):
                yield _unread(path, kind, "is a module, which can define clusters")
            elif kind == "AWS::CloudFormation::Stack" and "aws:asset:path" not in str(
                value.get("Metadata")
            ):
                yield _unread(path, key, "is a nested stack, which can define clusters")


def _unread(path: PropertyPath, value: str, message: str) -> Finding:
    """Macros, modules and nested stacks can define clusters, and are not read."""
    return Finding(
        Problem(
            code="TemplateNotRead",
            path="",
            value=value,
            message=f"{message}, and is not validated",
            fix="specify the processed template: aws cloudformation get-template --template-stage "
            "Processed",
            severity=Severity.WARNING,
        ),
        path,
    )


def _clusters(
    resources: object, outer: PropertyPath, loops: tuple[str, ...]
) -> Iterator[tuple[PropertyPath, Any]]:
    for key, value in _items(resources):
        body = _body(key, value)
        if body is not None:
            yield from _clusters(body, (*outer, key, 2), (*loops, str(value[0])))
        elif isinstance(value, Mapping) and value.get("Type") == CLUSTER_TYPE:
            properties = value.get("Properties")
            yield (
                (*outer, key, "Properties"),
                {} if properties is None else _with_unknown(properties, loops),
            )


def _entries(resources: object, outer: PropertyPath) -> Iterator[tuple[PropertyPath, str, Any]]:
    """Entries that are no loop, including those within loops."""
    for key, value in _items(resources):
        body = _body(key, value)
        if body is None:
            yield (*outer, key), key, value
        else:
            yield from _entries(body, (*outer, key, 2))


def _items(resources: object) -> Iterator[tuple[str, Any]]:
    if isinstance(resources, Mapping):
        for key, value in resources.items():
            yield str(key), value


def _body(key: str, value: object) -> Mapping[str, Any] | None:
    """Resources of a loop; None if it is not one."""
    match value:
        case [str(), _, Mapping() as body] if key.startswith(_LOOP):
            return body
        case _:
            return None


def _with_unknown(value: Any, loops: tuple[str, ...]) -> Any:
    """The value, with the values of loops unknown. `Ref` is so anyway."""
    if isinstance(value, str) and any(
        f"{sign}{{{name}}}" in value for name in loops for sign in "$&"
    ):
        return {"Fn::Sub": value.replace("&{", "${")}
    if isinstance(value, list):
        return [_with_unknown(each, loops) for each in value]
    if isinstance(value, Mapping):
        return {
            key: each if key == "Fn::Sub" else _with_unknown(each, loops)
            for key, each in value.items()
        }
    return value
