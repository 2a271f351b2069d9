"""The values of the parameters of a template.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/parameters-section-structure.html
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from tests.aws.cloud import Cloud
from tests.aws.front.errors import invalid

from .template import Json

HIDDEN = "****"
_SSM = "AWS::SSM::Parameter::"
_SIMPLE = {"String", "Number", "List<Number>", "CommaDelimitedList"}


def given_values(arguments: Json, template: Json, previous: Mapping[str, str]) -> dict[str, str]:
    """The values of a request, the previous ones that it wants to keep, and the defaults."""
    definitions = template.get("Parameters", {})
    given = {item["ParameterKey"]: item for item in arguments.get("Parameters", [])}
    unknown = [name for name in given if name not in definitions]
    if unknown:
        raise invalid(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    values, missing = {}, []
    for name, definition in definitions.items():
        if given.get(name, {}).get("UsePreviousValue") == "true" and name in previous:
            values[name] = previous[name]
        elif "ParameterValue" in given.get(name, {}):
            values[name] = given[name]["ParameterValue"]
        elif "Default" in definition:
            values[name] = str(definition["Default"])
        else:
            missing.append(name)
    if missing:
        raise invalid(f"Parameters: [{', '.join(missing)}] must have values")
    for name, definition in definitions.items():
        for problem in _problems(name, definition, values[name]):
            raise invalid(problem)
    return values


def resolved(cloud: Cloud, kind: str, value: str) -> Any:
    """What a parameter stands for."""
    if kind.startswith((f"{_SSM}Value", f"{_SSM}Name")):
        try:
            found = cloud.client("ssm").get_parameter(Name=value)["Parameter"]["Value"]
        except ClientError as error:
            if "AccessDenied" in error.response["Error"]["Code"]:
                raise invalid(error.response["Error"]["Message"]) from error
            raise invalid(
                f"Unable to fetch parameters [{value}] from parameter store for this account."
            ) from error
        value = found if kind.startswith(f"{_SSM}Value") else value
    return value.split(",") if "List" in kind else value


def shown(template: Json, values: Mapping[str, str]) -> dict[str, str]:
    """The values as CloudFormation shows them."""
    definitions = template.get("Parameters", {})
    return {
        name: HIDDEN if str(definitions.get(name, {}).get("NoEcho")).lower() == "true" else value
        for name, value in values.items()
    }


def _problems(name: str, definition: Json, value: str) -> Iterator[str]:
    kind = definition["Type"]
    if kind not in _SIMPLE and not kind.startswith(("AWS::", "List<AWS::")):
        yield f"Template format error: Unrecognized parameter type: {kind}"
    text = definition.get("ConstraintDescription")
    items = value.split(",") if kind in {"List<Number>", "CommaDelimitedList"} else [value]
    allowed = [str(each) for each in definition.get("AllowedValues", [])]
    if allowed and any(item not in allowed for item in items):
        yield text or f"Parameter '{name}' must be one of AllowedValues"
    pattern = definition.get("AllowedPattern")
    if pattern and any(re.fullmatch(pattern, item) is None for item in items):
        yield text or f"Parameter '{name}' must match pattern {pattern}"
    if kind.endswith(("Number", "Number>")):
        yield from (text or each for each in _number_problems(name, definition, items))
    elif len(value) < int(definition.get("MinLength", 0)):
        yield (
            text or f"Parameter '{name}' must contain at least {definition['MinLength']} characters"
        )
    elif len(value) > int(definition.get("MaxLength", len(value))):
        yield (
            text or f"Parameter '{name}' must contain at most {definition['MaxLength']} characters"
        )


def _number_problems(name: str, definition: Json, items: list[str]) -> Iterator[str]:
    for item in items:
        if re.fullmatch(r"-?\d+(\.\d+)?", item.strip()) is None:
            yield f"Parameter '{name}' must be a number"
        elif float(item) < float(definition.get("MinValue", item)):
            yield f"Parameter '{name}' must be a number not less than {definition['MinValue']}"
        elif float(item) > float(definition.get("MaxValue", item)):
            yield f"Parameter '{name}' must be a number not greater than {definition['MaxValue']}"
