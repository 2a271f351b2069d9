"""The ingress rules between security groups of a whole app."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_RULE = ("IpProtocol", "FromPort", "ToPort")
_NESTED = "AWS::CloudFormation::Stack"
_DIGEST = re.compile(r"[0-9a-f]{64}")


def edges(folder: Path) -> list[tuple[str, ...]]:
    """Target, source, protocol and ports of every ingress rule of an assembly."""
    assembly = _Assembly(folder)
    return [edge for path in assembly.templates for edge in assembly.edges(path)]


class _Assembly:
    """The templates of an app, and what their references to one another are."""

    def __init__(self, folder: Path) -> None:
        self.templates: dict[Path, Any] = {
            path: json.loads(path.read_text()) for path in sorted(folder.rglob("*.template.json"))
        }
        self._assets: dict[str, Path] = {
            digest: path.parent / asset["source"]["path"]
            for path in folder.rglob("*.assets.json")
            for digest, asset in json.loads(path.read_text())["files"].items()
        }
        self._exports: dict[str, tuple[Path, Any]] = {}
        self._parents: dict[Path, tuple[Path, Any]] = {}
        for path, template in self.templates.items():
            for output in template.get("Outputs", {}).values():
                if "Export" in output:
                    self._exports[json.dumps(output["Export"]["Name"])] = path, output["Value"]
            for resource in template.get("Resources", {}).values():
                if resource["Type"] == _NESTED:
                    parameters = resource["Properties"].get("Parameters", {})
                    self._parents[self._nested(resource)] = path, parameters

    def edges(self, path: Path) -> Iterator[tuple[str, ...]]:
        """The rules of a template, whether of a resource or of a security group."""
        for logical_id, resource in self.templates[path].get("Resources", {}).items():
            properties = resource.get("Properties", {})
            match resource["Type"]:
                case "AWS::EC2::SecurityGroupIngress":
                    yield self._edge(path, properties["GroupId"], properties)
                case "AWS::EC2::SecurityGroup":
                    for rule in properties.get("SecurityGroupIngress", ()):
                        yield self._edge(path, {"Fn::GetAtt": [logical_id, "GroupId"]}, rule)

    def _edge(self, path: Path, target: Any, rule: Mapping[str, Any]) -> tuple[str, ...]:
        source = rule.get("SourceSecurityGroupId", rule.get("CidrIp"))
        ports = (json.dumps(rule.get(name)) for name in _RULE)
        return (self._meant(path, target), self._meant(path, source), *ports)

    def _meant(self, path: Path, value: Any) -> str:
        """What a value is, whichever template refers to it."""
        match value:
            case {"Fn::ImportValue": name} if json.dumps(name) in self._exports:
                return self._meant(*self._exports[json.dumps(name)])
            case {"Ref": name} if name in self._parents.get(path, (path, {}))[1]:
                parent, parameters = self._parents[path]
                return self._meant(parent, parameters[name])
            case {"Fn::GetAtt": [logical_id, attribute]}:
                resource = self.templates[path]["Resources"][logical_id]
                if resource["Type"] != _NESTED:
                    return f"{path.name} {logical_id}.{attribute}"
                nested = self._nested(resource)
                output = self.templates[nested]["Outputs"][attribute.removeprefix("Outputs.")]
                return self._meant(nested, output["Value"])
        return json.dumps(value, sort_keys=True)

    def _nested(self, resource: Mapping[str, Any]) -> Path:
        """The template of a nested stack, whose URL has its digest."""
        url = json.dumps(resource["Properties"]["TemplateURL"])
        return next(self._assets[digest] for digest in _DIGEST.findall(url))
