"""The schema of the cluster that AWS publishes, in the copy of cfn-lint."""

import json
from pathlib import Path
from typing import Any

import cfnlint

CLUSTER = "AWS::SageMaker::Cluster"
SCHEMAS = Path(cfnlint.__file__).parent / "data" / "schemas"


def schema_of_cluster() -> dict[str, Any]:
    providers = json.loads((SCHEMAS / "providers" / "us-east-1.json").read_text())
    schema: dict[str, Any] = json.loads(
        (SCHEMAS / "resources" / f"{providers[CLUSTER]}.json").read_text()
    )
    return schema
