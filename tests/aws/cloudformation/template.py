"""CloudFormation templates: their functions, their conditions, their edges."""

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from itertools import islice
from typing import Any

import yaml

from tests.aws.front.errors import invalid

Json = dict[str, Any]
NESTED = "AWS::CloudFormation::Stack"
_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]*)\}")
_NO_VALUE = object()


@dataclass(frozen=True)
class Made:
    """What a resource is called once it exists.

    Attributes:
        physical_id: What `Ref` gives.
        attributes: What `Fn::GetAtt` gives.
    """

    physical_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


def is_function(value: Any) -> bool:
    """Whether a value of a template is a function, or has dynamic references."""
    match value:
        case str():
            return "{{resolve:" in value
        case dict() if len(value) == 1:
            (name,) = value
            return name in {"Ref", "Condition"} or str(name).startswith("Fn::")
    return False


def placeholders(argument: Any) -> list[str]:
    """The references of the argument of `Fn::Sub`, apart from its own names."""
    text, own = argument if isinstance(argument, list) else (argument, {})
    return [path for literal, path in _PLACEHOLDER.findall(text) if not literal and path not in own]


def load(body: str) -> Json:
    """The template in a template body, which is JSON or YAML."""
    try:
        template: Json = json.loads(body)
    except json.JSONDecodeError:
        template = yaml.safe_load(body)
    if not template.get("Resources"):
        raise invalid("At least one Resources member must be defined.")
    return template


@dataclass(frozen=True)
class Resolver:
    """Replaces the functions of a template by values.

    Attributes:
        template: The template.
        parameters: Parameters and pseudo parameters, by name.
        made: Resources that exist, by logical id.
        exports: Value of an export of another stack, by its name.
        outputs: Value of an output of another stack, by the names of both.
        zones: Availability zones of the region.
    """

    template: Json
    parameters: Mapping[str, Any]
    made: Mapping[str, Made]
    exports: Callable[[str], str]
    outputs: Callable[[str, str], str]
    zones: Callable[[], list[str]]

    def properties(self, logical_id: str) -> Json:
        """The properties of a resource."""
        resolved = self.resolve(self.template["Resources"][logical_id].get("Properties", {}))
        assert isinstance(resolved, dict)
        return resolved

    def resolve(self, value: Any) -> Any:
        """A value without functions; `AWS::NoValue` is left out."""
        resolved = self._resolve(value)
        return None if resolved is _NO_VALUE else resolved

    def condition(self, name: str) -> bool:
        """Whether a condition holds."""
        if name not in self.template.get("Conditions", {}):
            raise invalid(f"Template error: Unresolved condition dependency {name}")
        return bool(self._resolve(self.template["Conditions"][name]))

    def resources(self) -> dict[str, Json]:
        """The resources whose conditions hold."""
        return {
            name: resource
            for name, resource in self.template["Resources"].items()
            if "Condition" not in resource or self.condition(resource["Condition"])
        }

    def edges(self) -> dict[str, set[str]]:
        """What each resource needs to exist before it: by reference or by `DependsOn`."""
        present = self.resources()
        edges = {}
        for name, resource in present.items():
            depends_on = resource.get("DependsOn", [])
            needed = {depends_on} if isinstance(depends_on, str) else set(depends_on)
            needed |= set(self._references(resource.get("Properties", {})))
            edges[name] = needed & present.keys()
        return edges

    def _references(self, value: Any) -> Iterator[str]:
        match value:
            case {"Ref": str(name)} if len(value) == 1:
                yield name
            case {"Fn::GetAtt": [str(name), attribute]}:
                yield name
                yield from self._references(attribute)
            case {"Fn::GetAtt": str(path)}:
                yield path.partition(".")[0]
            case {"Fn::Sub": body}:
                yield from (path.partition(".")[0] for path in placeholders(body))
                yield from self._references(body[1] if isinstance(body, list) else {})
            case {"Fn::If": [str(name), yes, no]}:
                yield from self._references(yes if self.condition(name) else no)
            case dict():
                for item in value.values():
                    yield from self._references(item)
            case list():
                for item in value:
                    yield from self._references(item)

    def _resolve(self, value: Any) -> Any:
        match value:
            case {"Condition": str(name)} if len(value) == 1:
                return self.condition(name)
            case dict() if len(value) == 1:
                (function, argument), *_ = value.items()
                if function == "Ref" or function.startswith("Fn::"):
                    return self._call(function, argument)
        match value:
            case dict():
                items = ((name, self._resolve(item)) for name, item in value.items())
                return {name: item for name, item in items if item is not _NO_VALUE}
            case list():
                return [item for item in map(self._resolve, value) if item is not _NO_VALUE]
        return value

    def _call(self, function: str, argument: Any) -> Any:  # noqa: C901, PLR0912
        if function == "Fn::If":
            name, yes, no = argument
            return self._resolve(yes if self.condition(name) else no)
        if function == "Fn::Sub":
            return self._substitute(argument)
        argument = self._resolve(argument)
        match function, argument:
            case "Ref", name:
                return self._reference(name)
            case "Fn::GetAtt", str(path):
                return self._attribute(*path.split(".", 1))
            case "Fn::GetAtt", [name, attribute]:
                return self._attribute(name, attribute)
            case "Fn::Join", [separator, parts]:
                return separator.join(map(_text, parts))
            case "Fn::Split", [separator, text]:
                return text.split(separator)
            case "Fn::Select", [index, list(items)]:
                if not 0 <= int(index) < len(items):
                    raise invalid(
                        f"Template error: Fn::Select cannot select nonexistent value at index {index}"
                    )
                return items[int(index)]
            case "Fn::ImportValue", name:
                return self.exports(name)
            case "Fn::GetStackOutput", {"StackName": stack, "OutputName": name}:
                return self.outputs(stack, name)
            case "Fn::Cidr", [block, count, *bits]:
                length = int(bits[0]) if bits else 8
                subnets = ip_network(block).subnets(new_prefix=32 - length)
                return [str(subnet) for subnet in islice(subnets, int(count))]
            case "Fn::GetAZs", _:
                return self.zones()
            case "Fn::FindInMap", [name, first, second, *more]:
                return self._mapped(name, first, second, more)
            case "Fn::Base64", text:
                return base64.b64encode(text.encode()).decode()
            case "Fn::Equals", [left, right]:
                return _text(left) == _text(right)
            case "Fn::Not", [condition]:
                return not condition
            case "Fn::And", conditions:
                return all(conditions)
            case "Fn::Or", conditions:
                return any(conditions)
            case "Fn::Contains", [items, item]:
                return item in items
        raise invalid(f"Template error: unsupported function {function}")

    def _mapped(self, name: str, first: str, second: str, more: list[Json]) -> Any:
        found = self.template.get("Mappings", {}).get(name, {}).get(first, {})
        if second in found:
            return found[second]
        if more and "DefaultValue" in more[0]:
            return more[0]["DefaultValue"]
        raise invalid(f"Template error: Unable to get mapping for {name}::{first}::{second}")

    def _reference(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _NO_VALUE
        if name in self.parameters:
            return self.parameters[name]
        return self._made(name).physical_id

    def _attribute(self, name: str, attribute: str) -> Any:
        attributes = self._made(name).attributes
        if attribute not in attributes:
            kind = self.template["Resources"][name]["Type"]
            raise invalid(
                f"Template error: resource {name} of type {kind} does not support attribute type "
                f"{attribute} in Fn::GetAtt"
            )
        return attributes[attribute]

    def _made(self, name: str) -> Made:
        if name not in self.made:
            raise invalid(f"Template error: instance of Ref references {name}, which is not there")
        return self.made[name]

    def _substitute(self, argument: Any) -> str:
        text, values = argument if isinstance(argument, list) else (argument, {})

        def replace(match: re.Match[str]) -> str:
            literal, path = match.groups()
            if literal:
                return f"${{{path}}}"
            if path in values:
                return _text(self._resolve(values[path]))
            if "." in path:
                return _text(self._attribute(*path.split(".", 1)))
            return _text(self._reference(path))

        return _PLACEHOLDER.sub(replace, text)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
