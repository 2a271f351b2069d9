"""What others say of a request or a template: botocore, the API's own model, two linters."""

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from cloudformation_validate import CompositeEngine

from hyperpod_constructs.model.tokens import is_unresolved
from tests.cfn_lint import lint

CLUSTER = "AWS::SageMaker::Cluster"
REGION = "us-east-1"
IGNORED_TYPES = "ClusterInstanceType"
"""The list of types ages, so a type that is not in it is a warning of the rules."""

ACCEPTED = {
    "E3644": "a type of instance that the region lacks, or that is not known",
    "E1152": "an image id, of which the API takes 8 to 17 digits, or `default`",
    "W9013": "the number of an account in an ARN",
}


@cache
def service_model() -> Any:
    loader = botocore.session.get_session().get_component("data_loader")
    return ServiceModel(loader.load_service_model("sagemaker", "service-2"))


def create_cluster() -> Any:
    return input_shape("CreateCluster")


def input_shape(operation: str) -> Any:
    return service_model().operation_model(operation).input_shape


def api_problems(request: Any, operation: str = "CreateCluster") -> list[str]:
    """What botocore and the API's own model refuse."""
    shape = input_shape(operation)
    report = ParamValidator().validate(request, shape).generate_report()
    return [*filter(None, [report]), *shape_problems(request, shape, "")]


def shape_problems(value: Any, shape: Any, path: str) -> Iterator[str]:
    """Sizes, patterns and words that the API's model names and botocore does not check."""
    match shape.type_name:
        case "structure":
            for key, item in value.items():
                yield from shape_problems(item, shape.members[key], f"{path}.{key}")
        case "list":
            yield from size_problems(len(value), shape, path)
            for index, item in enumerate(value):
                yield from shape_problems(item, shape.member, f"{path}[{index}]")
        case "map":
            yield from size_problems(len(value), shape, path)
            for key, item in value.items():
                yield from shape_problems(key, shape.key, f"{path}.{key}")
                yield from shape_problems(item, shape.value, f"{path}.{key}")
        case "integer":
            yield from size_problems(value, shape, path)
        case "string":
            yield from size_problems(len(value), shape, path)
            yield from text_problems(value, shape, path)
        case _:
            pass


def size_problems(size: int, shape: Any, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min", size), shape.metadata.get("max", size)
    if not least <= size <= most:
        yield f"{path}: {size} is not from {least} to {most}"


def text_problems(text: str, shape: Any, path: str) -> Iterator[str]:
    words, pattern = shape.metadata.get("enum"), shape.metadata.get("pattern")
    if words and text not in words and shape.name != IGNORED_TYPES:
        yield f"{path}: {text!r} is not one of {words}"
    if pattern and not matches(pattern, text):
        yield f"{path}: {text!r} does not match {pattern}"


def matches(pattern: str, text: str) -> bool:
    if r"\p{L}" in pattern:
        return all(sign in "_.:/=+-@" or unicodedata.category(sign)[0] in "LZN" for sign in text)
    return re.fullmatch(pattern, text, re.ASCII) is not None


def template_of(clusters: Sequence[Any]) -> dict[str, Any]:
    """A template with these clusters; unknown values are those of other stacks."""
    return {
        "Resources": {
            f"Cluster{index}": {"Type": CLUSTER, "Properties": imported(properties)}
            for index, properties in enumerate(clusters)
        }
    }


def imported(value: Any) -> Any:
    if isinstance(value, str | int | float) and is_unresolved(value):
        return {"Fn::ImportValue": "something"}
    if isinstance(value, dict):
        return {key: imported(item) for key, item in value.items()}
    return [imported(item) for item in value] if isinstance(value, list) else value


def lint_problems(template: Any) -> list[str]:
    """What cfn-lint refuses."""
    return [
        f"{match.rule.id} {'/'.join(map(str, match.path or ()))}: {match.message}"
        for match in lint(json.dumps(template), REGION)
        if match.rule.id not in ACCEPTED
    ]


@cache
def engine() -> CompositeEngine:
    return CompositeEngine()


def engine_problems(template: Any) -> list[str]:
    """What the validator of CDK refuses."""
    return [
        f"{found.rule_id} {found.property_path}: {found.message}"
        for found in engine().validate_template(json.dumps(template).encode()).diagnostics
        if found.severity.name in ("FATAL", "ERROR", "WARN") and found.rule_id not in ACCEPTED
    ]
