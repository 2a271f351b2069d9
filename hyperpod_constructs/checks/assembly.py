"""Cloud assemblies: templates, assets, and the problems of constructs.

Source: https://github.com/aws/aws-cdk-cli/tree/main/packages/%40aws-cdk/cloud-assembly-schema
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hyperpod_constructs.model.problem import REPORTED, Problem, Severity
from hyperpod_constructs.model.value_class import value_class
from hyperpod_constructs.schema.json_values import object_of, value_at

CLUSTER_TYPE = "AWS::SageMaker::Cluster"
_ACKNOWLEDGED = "aws:cdk:acknowledged-rules"
_WARNING = "aws:cdk:warning"
_RULE_PREFIXES = ("hyperpod-constructs::", "Annotation::hyperpod-constructs:")
"""Start of the rule IDs of the plugin, and of those of the warnings of a construct."""


@value_class(frozen=True, kw_only=True, slots=True)
class ReportedWarning:
    """A warning that a construct has reported at synthesis.

    Attributes:
        construct: Path of the construct.
        logical_id: Logical ID of a resource of the construct, if it has one.
        problem: The problem, whose message contains the value.
    """

    construct: str
    logical_id: str | None
    problem: Problem


def assembly_templates(folder: Path) -> Iterator[Path]:
    """Templates of the stacks in a folder such as `cdk.out`, including nested stacks."""
    for artifact in object_of(_read_json(folder / "manifest.json").get("artifacts")).values():
        file = value_at(artifact, "properties", "templateFile")
        directory = value_at(artifact, "properties", "directoryName")
        if isinstance(file, str):
            yield folder / file
            yield from nested_templates(folder / file)
        elif isinstance(directory, str):
            yield from assembly_templates(folder / directory)


def nested_templates(template: Path) -> Iterator[Path]:
    """Templates of the nested stacks of a stack."""
    for source in published_assets(template).values():
        if source.name.endswith(".nested.template.json"):
            yield source


def stack_names(folder: Path) -> dict[str, str]:
    """Name of each stack in a folder, by the file name of its template."""
    artifacts = object_of(_read_json(folder / "manifest.json").get("artifacts"))
    return {
        str(value_at(artifact, "properties", "templateFile")): str(
            value_at(artifact, "displayName") or name
        )
        for name, artifact in artifacts.items()
        if value_at(artifact, "type") == "aws:cloudformation:stack"
    }


def stack_region(template: Path) -> str | None:
    """The Region of the stack of a template that `cdk synth` wrote. None if the app sets none."""
    for _, artifact in _stacks(template):
        environment = value_at(artifact, "environment")
        if isinstance(environment, str) and not environment.endswith("/unknown-region"):
            return environment.rpartition("/")[2]
    return None


def stack_name(template: Path) -> str | None:
    """The name of the stack of a template that `cdk synth` wrote."""
    for name, artifact in _stacks(template):
        return str(value_at(artifact, "properties", "stackName") or name)
    return None


def _stacks(template: Path) -> Iterator[tuple[str, Any]]:
    artifacts = object_of(_read_json(template.parent / "manifest.json").get("artifacts"))
    for name, artifact in artifacts.items():
        if value_at(artifact, "properties", "templateFile") == template.name:
            yield name, artifact


def clusters(template: object) -> dict[str, Any]:
    """Properties of the clusters of a template by logical ID."""
    return {
        logical_id: {} if properties is None else properties
        for logical_id, kind, properties in template_resources(template)
        if kind == CLUSTER_TYPE
    }


def flat_text(value: object) -> str:  # noqa: PLR0911
    """A value of a template as text, with `${Token[...]}` for unknown values."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) and len(value) == 1:
        match next(iter(value.items())):
            case "Fn::Join", [str(separator), list(parts)]:
                return separator.join(flat_text(part) for part in parts)
            case "Fn::Sub", str(text):
                return _substituted(text, {})
            case "Fn::Sub", [str(text), Mapping() as variables]:
                return _substituted(text, variables)
            case "Ref" | "Fn::GetAtt", str(name):
                return f"${{Token[{name}]}}"
            case "Fn::GetAtt", [*names]:
                return f"${{Token[{'.'.join(map(str, names))}]}}"
    return f"${{Token[{re.sub(r'[^A-Za-z0-9:.,-]', '', json.dumps(value))}]}}"


def problems_of_construct(template: Path, logical_id: str) -> set[tuple[str, str]]:
    """Path and code of each problem that the construct of a resource has reported."""
    metadata = _metadata(template)
    return {
        (str(value_at(entry["data"], "path")), str(value_at(entry["data"], "code")))
        for path in _paths(metadata, logical_id)
        for entry in metadata.get(path.rpartition("/")[0], ())
        if entry["type"] == REPORTED
    }


def reported_warnings(template: Path) -> Iterator[ReportedWarning]:
    """Warnings of constructs of this package in the stack of a template, unless acknowledged."""
    metadata = _metadata(template)
    for path, entries in metadata.items():
        shown = {str(entry["data"]) for entry in entries if entry["type"] == _WARNING}
        accepted = _acknowledged(metadata, [path])
        for entry in entries:
            code = str(value_at(entry["data"], "code"))
            statement, fix = (value_at(entry["data"], name) for name in ("statement", "fix"))
            if (
                entry["type"] == REPORTED
                and isinstance(statement, str)
                and isinstance(fix, str)
                and code not in accepted
                and any(f"{statement}; {fix} ({code})" in each for each in shown)
            ):
                yield ReportedWarning(
                    construct=path.strip("/"),
                    logical_id=_logical_id(metadata, path),
                    problem=Problem(
                        code=code,
                        path=str(value_at(entry["data"], "path")),
                        value=None,
                        message=statement,
                        fix=fix,
                        severity=Severity.WARNING,
                    ),
                )


def _logical_id(metadata: Mapping[str, list[dict[str, Any]]], construct: str) -> str | None:
    """The logical ID of a resource of a construct, the one with the shortest path."""
    resources = [
        (len(path), str(entry["data"]))
        for path, entries in metadata.items()
        if f"{path}/".startswith(f"{construct}/")
        for entry in entries
        if entry["type"] == "aws:cdk:logicalId"
    ]
    return min(resources)[1] if resources else None


def acknowledged_codes(template: Path, logical_id: str) -> set[str]:
    """Codes that are acknowledged on the construct of a resource, or on one that contains it."""
    metadata = _metadata(template)
    return _acknowledged(metadata, _paths(metadata, logical_id))


def _acknowledged(
    metadata: Mapping[str, list[dict[str, Any]]], constructs: Sequence[str]
) -> set[str]:
    return {
        rule.rpartition(":")[2]
        for path in constructs
        for scope, entries in metadata.items()
        if f"{path}/".startswith(f"{scope.removesuffix('/')}/")
        for entry in entries
        if entry["type"] == _ACKNOWLEDGED
        for rule in object_of(entry["data"])
        if rule.startswith(_RULE_PREFIXES)
    }


def _paths(metadata: Mapping[str, list[dict[str, Any]]], logical_id: str) -> list[str]:
    """Path of the construct of a resource, if there is one."""
    return [
        path
        for path, entries in metadata.items()
        if any(
            entry["type"] == "aws:cdk:logicalId" and entry["data"] == logical_id
            for entry in entries
        )
    ]


def _substituted(text: str, values: Mapping[str, Any]) -> str:
    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name.startswith("!"):
            return f"${{{name[1:]}}}"
        return flat_text(values[name]) if name in values else f"${{Token[{name}]}}"

    return re.sub(r"\$\{([^}]*)\}", value, text)


def template_resources(template: object) -> Iterator[tuple[str, object, object]]:
    """Logical ID, type and properties of each resource."""
    for logical_id, resource in object_of(object_of(template).get("Resources")).items():
        fields = object_of(resource)
        yield logical_id, fields.get("Type"), fields.get("Properties")


def published_assets(template: Path) -> dict[str, Path]:
    """Files and folders published with a template, by hash."""
    for manifest in sorted(template.parent.glob("*.assets.json")):
        sources = {
            digest: template.parent / str(value_at(file, "source", "path"))
            for digest, file in object_of(_read_json(manifest).get("files")).items()
        }
        if template in sources.values():
            return sources
    return {}


def _metadata(template: Path) -> dict[str, list[dict[str, Any]]]:
    """CDK metadata of the constructs in the stack of a template."""
    artifacts = object_of(_read_json(template.with_name("manifest.json")).get("artifacts"))
    for artifact in artifacts.values():
        if value_at(artifact, "properties", "templateFile") == template.name:
            extra = artifact.get("additionalMetadataFile")
            noted = _read_json(template.with_name(extra)) if extra else {}
            return {**artifact.get("metadata", {}), **noted}
    return {}


def _read_json(path: Path) -> Mapping[str, Any]:
    """Reads a JSON file; empty if it does not exist or is invalid."""
    try:
        return object_of(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
