"""The schemas of resource types that AWS publishes, in the copy of cfn-lint."""

import json
from functools import cache
from typing import Any

from tests.cfn_lint import data_of_cfn_lint

CLUSTER = "AWS::SageMaker::Cluster"
SCHEMAS = data_of_cfn_lint() / "schemas"


def schema_of_cluster() -> dict[str, Any]:
    return schema_of(CLUSTER)


def schema_of(kind: str) -> dict[str, Any]:
    """The schema of a resource type, empty for types that only an app has."""
    name = _names().get(kind)
    if name is None:
        return {}
    schema: dict[str, Any] = json.loads((SCHEMAS / "resources" / f"{name}.json").read_text())
    return schema


@cache
def _names() -> dict[str, str]:
    names: dict[str, str] = json.loads((SCHEMAS / "providers" / "us-east-1.json").read_text())
    return names
