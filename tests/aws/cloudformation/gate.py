"""What CloudFormation refuses of a template before it creates anything.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/resources-section-structure.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-stack-deployments.html
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tests.aws.front.errors import ServiceError, invalid

from .schema import schema_of
from .template import NESTED, Json, Resolver, is_function, placeholders

SECTIONS = {
    *("AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Rules", "Mappings"),
    *("Conditions", "Transform", "Resources", "Outputs", "Hooks"),
}
OF_RESOURCES = {
    *("Type", "Properties", "DependsOn", "Condition", "Metadata", "DeletionPolicy"),
    *("UpdateReplacePolicy", "CreationPolicy", "UpdatePolicy"),
}
INLINE_LIMIT, URL_LIMIT = 51_200, 1_048_576
LIMITS = {"Resources": 500, "Outputs": 200, "Parameters": 200, "Mappings": 200}
NAMED = {
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
}
NEED_CAPABILITY = {
    *NAMED,
    "AWS::IAM::Policy",
    "AWS::IAM::AccessKey",
    "AWS::IAM::UserToGroupAddition",
}


def refuse_size(body: str, *, inline: bool) -> None:
    """Refuses a body that is too long for the way it comes."""
    limit, member = (INLINE_LIMIT, "templateBody") if inline else (URL_LIMIT, "templateURL")
    if len(body.encode()) > limit:
        raise invalid(
            f"1 validation error detected: Value at '{member}' failed to satisfy constraint: "
            f"Member must have length less than or equal to {limit}"
        )


def refuse_template(template: Json, region: str, known: Collection[str]) -> None:
    """Refuses a template whose form is wrong.

    Args:
        template: The template.
        region: The region, which decides what types there are.
        known: The types that the emulator can create.
    """
    for problem in _format_problems(template):
        raise invalid(f"Template format error: {problem}")
    unknown = sorted(
        {
            kind
            for kind in (resource["Type"] for resource in template["Resources"].values())
            if kind not in known and not kind.startswith("Custom::")
        }
    )
    if unknown:
        raise invalid(f"Template format error: Unrecognized resource types: [{', '.join(unknown)}]")
    for section in ("Resources", "Outputs"):
        for name, attribute in _attributes(template.get(section, {})):
            if name in template["Resources"] and not _has(template, name, attribute, region):
                kind = template["Resources"][name]["Type"]
                raise invalid(
                    f"Template error: resource {name} of type {kind} does not support attribute "
                    f"type {attribute} in Fn::GetAtt"
                )


def refuse_missing_capabilities(template: Json, given: Collection[str]) -> None:
    """Refuses a template that creates identities without the consent of the caller."""
    identities = [
        resource
        for resource in template["Resources"].values()
        if resource["Type"] in NEED_CAPABILITY
    ]
    named = any(NAMED.get(item["Type"]) in item.get("Properties", {}) for item in identities)
    needed = "CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"
    if identities and not {needed, "CAPABILITY_NAMED_IAM"} & set(given):
        raise ServiceError(
            "InsufficientCapabilitiesException", f"Requires capabilities : [{needed}]"
        )


def early_problems(resolver: Resolver, region: str) -> Iterator[tuple[str, str]]:
    """Resources whose properties do not obey the schemas of their types, and how."""
    for name, resource in resolver.resources().items():
        schema = schema_of(resource["Type"], region)
        if schema is not None:
            for problem in schema.problems(resource.get("Properties", {})):
                yield name, problem


def _format_problems(template: Json) -> Iterator[str]:
    unknown = [name for name in template if name not in SECTIONS]
    if unknown:
        yield f"Invalid template property or properties {unknown}"
    for section, limit in LIMITS.items():
        count = len(template.get(section, {}))
        if count > limit:
            noun = section.lower()
            yield f"Number of {noun}, {count}, is greater than maximum allowed, {limit}"
    resources = template["Resources"]
    for name, resource in resources.items():
        yield from _resource_problems(name, resource, resources)
    known = {*resources, *template.get("Parameters", {})}
    for section in ("Resources", "Outputs"):
        for name in _references(template.get(section, {})):
            if name not in known and not name.startswith("AWS::"):
                yield (
                    f"Unresolved resource dependencies [{name}] in the {section} block of the "
                    "template"
                )


def _resource_problems(name: str, resource: Json, resources: Json) -> Iterator[str]:
    if not re.fullmatch("[A-Za-z0-9]+", name):
        yield f"Resource name {name} is non alphanumeric."
    if "Type" not in resource:
        yield f"[/Resources/{name}] Every Resources object must contain a Type member."
    for key in resource:
        if key not in OF_RESOURCES:
            yield f"Invalid template resource property '{key}'"
    needed = resource.get("DependsOn", [])
    listed = [needed] if isinstance(needed, str) else needed
    missing = [each for each in listed if each not in resources]
    if missing:
        yield (
            f"Unresolved resource dependencies [{', '.join(missing)}] in the Resources block of "
            "the template"
        )


def _has(template: Json, name: str, attribute: str, region: str) -> bool:
    kind = template["Resources"][name]["Type"]
    if kind == NESTED and attribute.startswith("Outputs."):
        return True
    schema = schema_of(kind, region)
    return schema is None or schema.has_attribute(attribute)


def _walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Every function of a part of a template, and its argument."""
    match value:
        case dict():
            if is_function(value):
                ((name, argument),) = value.items()
                yield name, argument
            for item in value.values():
                yield from _walk(item)
        case list():
            for item in value:
                yield from _walk(item)


def _references(part: Mapping[str, Any]) -> Iterator[str]:
    for function, argument in _walk(part):
        match function, argument:
            case "Ref", str(name):
                yield name
            case "Fn::GetAtt", [str(name), *_]:
                yield name
            case "Fn::Sub", text:
                yield from (path.partition(".")[0] for path in placeholders(text))


def _attributes(part: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for function, argument in _walk(part):
        match function, argument:
            case "Fn::GetAtt", [str(name), str(attribute)]:
                yield name, attribute
            case "Fn::GetAtt", str(path):
                name, _, attribute = path.partition(".")
                yield name, attribute
            case "Fn::Sub", text:
                for path in placeholders(text):
                    name, dot, attribute = path.partition(".")
                    if dot:
                        yield name, attribute
