"""Templates of an app together: references from one stack to another become references to resources.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-importvalue.html
and https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hyperpod_constructs.schema.json_values import value_at

_STACK = "AWS::CloudFormation::Stack"
_OUTPUTS = "Outputs."
_UNKNOWN = object()


def linked_template(
    template: Mapping[str, Any], others: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any]:
    """A template with the resources of the other templates of its app.

    Exports, outputs of other stacks, and parameters of nested stacks are followed. A logical ID of
    another template that the template has as well gets a number.

    Args:
        template: Content of the template.
        others: Content of the other templates.
    """
    if not others:
        return template
    every = [template]
    taken = set(_resources(template))
    for number, other in enumerate(others, 2):
        names = {each: f"{each}{number}" for each in _resources(other) if each in taken}
        every.append(_renamed(other, names) if names else other)
        taken.update(_resources(every[-1]))
    resources = {name: each for part in every for name, each in _resources(part).items()}
    return {**template, "Resources": _followed(resources, every, 0)}


def _renamed(template: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """A template with other logical IDs."""
    parts = {key: _references_renamed(template.get(key), names) for key in ("Resources", "Outputs")}
    resources = _resources(parts)
    return {**parts, "Resources": {names.get(key, key): each for key, each in resources.items()}}


def _references_renamed(value: Any, names: Mapping[str, str]) -> Any:
    match value:
        case {"Ref": str(name), **rest} if not rest:
            return {"Ref": names.get(name, name)}
        case {"Fn::GetAtt": [str(name), *attribute], **rest} if not rest:
            return {"Fn::GetAtt": [names.get(name, name), *attribute]}
        case list():
            return [_references_renamed(each, names) for each in value]
        case Mapping():
            return {key: _references_renamed(each, names) for key, each in value.items()}
        case _:
            return value


_DEEPEST = 20


def _followed(value: Any, templates: Sequence[Mapping[str, Any]], depth: int) -> Any:
    if isinstance(value, list):
        return [_followed(each, templates, depth) for each in value]
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1 and depth < _DEEPEST:
        found = list(_targets(*next(iter(value.items())), templates))
        if found and all(each == found[0] for each in found):
            return _followed(found[0], templates, depth + 1)
    return {key: _followed(each, templates, depth) for key, each in value.items()}


def _targets(function: str, argument: Any, templates: Sequence[Mapping[str, Any]]) -> Iterator[Any]:
    """The values in other templates that a function returns."""
    output: object = _UNKNOWN
    match function, argument:
        case "Fn::GetStackOutput", {"OutputName": str(output)}:
            pass
        case "Fn::GetAtt", [_, str(attribute)] if attribute.startswith(_OUTPUTS):
            output = attribute.removeprefix(_OUTPUTS)
    for template in templates:
        outputs = template.get("Outputs")
        for name, each in (outputs if isinstance(outputs, Mapping) else {}).items():
            exported = value_at(each, "Export", "Name")
            if name == output or (function == "Fn::ImportValue" and exported == argument):
                yield value_at(each, "Value")
        if function == "Ref":
            yield from _parameters(template, argument)


def _parameters(template: Mapping[str, Any], name: Any) -> Iterator[Any]:
    """The values of a parameter in the nested stacks of a template."""
    for resource in _resources(template).values():
        if value_at(resource, "Type") == _STACK and isinstance(name, str):
            value = value_at(resource, "Properties", "Parameters", name)
            if value is not None:
                yield value


def _resources(template: Mapping[str, Any]) -> Mapping[str, Any]:
    resources = template.get("Resources")
    return resources if isinstance(resources, Mapping) else {}
