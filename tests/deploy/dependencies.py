"""The dependencies that templates name with `DependsOn`, and what comes of a template without one."""

import json
from collections.abc import Iterator
from pathlib import Path

from tests.aws.cloudformation.order import Order, ancestors
from tests.aws.cloudformation.template import Json, Resolver

SEEDS = 20
Dependency = tuple[str, str]
"""A resource, and what it depends on."""


class _Anything(dict[str, str]):
    """The pseudo parameters of conditions, and whatever else is asked for."""

    def __contains__(self, name: object) -> bool:
        return str(name).startswith("AWS::")

    def __missing__(self, name: str) -> str:
        return "aws" if name == "AWS::Partition" else name


def stacks(assembly: Path) -> list[tuple[str, Json]]:
    """Names and templates of the stacks of an assembly, each after those that it needs."""
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    found = {
        name: artifact
        for name, artifact in artifacts.items()
        if artifact["type"] == "aws:cloudformation:stack"
    }
    ordered: dict[str, None] = {}

    def visit(name: str) -> None:
        for needed in found[name].get("dependencies", []):
            if needed in found:
                visit(needed)
        ordered[name] = None

    for name in found:
        visit(name)
    return [
        (
            found[name]["properties"].get("stackName", name),
            json.loads((assembly / found[name]["properties"]["templateFile"]).read_text()),
        )
        for name in ordered
    ]


def stacks_of_stages(assembly: Path) -> list[tuple[str, Json]]:
    """The stacks of an assembly, and of the stages in it."""
    stages = sorted(path for path in assembly.glob("assembly-*") if path.is_dir())
    return [stack for folder in (assembly, *stages) for stack in stacks(folder)]


def unnested(assembly: Path, template: Json) -> list[tuple[str, Json]]:
    """The nested stacks of a template as stacks that export and import, each after those it needs."""
    nested = {
        name: resource
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::CloudFormation::Stack"
    }
    return [
        (name, _exporting(name, _importing(_read_nested(assembly, nested[name]), nested[name])))
        for name in Order().creation(edges(template), dict.fromkeys(template["Resources"], ""))
        if name in nested
    ]


def _read_nested(assembly: Path, resource: Json) -> Json:
    _, parts = resource["Properties"]["TemplateURL"]["Fn::Join"]
    key = parts[-1].removeprefix("/").removesuffix(".json")
    [file] = [
        files[key]
        for manifest in assembly.glob("*.assets.json")
        if key in (files := json.loads(manifest.read_text())["files"])
    ]
    read: Json = json.loads((assembly / file["source"]["path"]).read_text())
    return read


def _exporting(name: str, template: Json) -> Json:
    outputs = {
        key: {**output, "Export": {"Name": f"{name}-{key}"}}
        for key, output in template.get("Outputs", {}).items()
    }
    return {**template, "Outputs": outputs}


def _importing(template: Json, resource: Json) -> Json:
    """A template whose parameters, outputs of other nested stacks, are imported."""
    text = json.dumps({key: value for key, value in template.items() if key != "Parameters"})
    for parameter, value in resource["Properties"].get("Parameters", {}).items():
        name, output = value["Fn::GetAtt"]
        imported = {"Fn::ImportValue": f"{name}-{output.removeprefix('Outputs.')}"}
        text = text.replace(json.dumps({"Ref": parameter}), json.dumps(imported))
        assert parameter not in text, parameter
    read: Json = json.loads(text)
    return read


def dependencies(template: Json) -> Iterator[Dependency]:
    """The dependencies of a template that are no references."""
    for name, resource in template["Resources"].items():
        for needed in _listed(resource):
            if needed not in ancestors(edges(without(template, (name, needed))), name):
                yield name, needed


def without(template: Json, dependency: Dependency) -> Json:
    """A template without a dependency."""
    name, needed = dependency
    resource = template["Resources"][name]
    kept = [each for each in _listed(resource) if each != needed]
    return {
        **template,
        "Resources": {**template["Resources"], name: {**resource, "DependsOn": kept}},
    }


def seed_against(template: Json, dependency: Dependency) -> int | None:
    """A seed with which a resource is created before what it does not wait for."""
    name, needed = dependency
    found = edges(template)
    types = {each: resource["Type"] for each, resource in template["Resources"].items()}
    for seed in range(SEEDS):
        order = Order(seed).creation(found, types)
        if order.index(name) < order.index(needed):
            return seed
    return None


def edges(template: Json) -> dict[str, set[str]]:
    """What each resource of a template needs."""
    return Resolver(template, _Anything(), {}, str, max, list).edges()


def path(template: Json, name: str) -> str:
    """The path of the construct of a resource, without its stack."""
    metadata = template["Resources"][name].get("Metadata", {})
    return str(metadata.get("aws:cdk:path", name)).partition("/")[2]


def _listed(resource: Json) -> list[str]:
    given = resource.get("DependsOn", [])
    return [given] if isinstance(given, str) else list(given)


def halves(template: Json, dependency: Dependency) -> tuple[Json, Json]:
    """A template as a resource finds it, and with all that happens if the resource does not wait.

    The first has nothing but what the resource needs, the second the resource and whatever needs it,
    and what it did not wait for.
    """
    name, needed = dependency
    left = without(template, dependency)
    found = edges(left)
    above = {each: {each, *ancestors(found, each)} for each in found}
    before = above[name] - {name}
    after = {each for each in found if name in above[each]} | {needed}
    return _only(left, before), _only(left, set().union(*(above[each] for each in after)))


def _only(template: Json, names: set[str]) -> Json:
    return {
        **{key: value for key, value in template.items() if key != "Outputs"},
        "Resources": {name: template["Resources"][name] for name in sorted(names)},
    }
