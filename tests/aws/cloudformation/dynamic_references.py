"""Dynamic references: values of parameters and secrets, read when a resource is created or updated.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
"""

import json
import re
from typing import Any

from botocore.exceptions import ClientError

from tests.aws.cloud import Cloud
from tests.aws.front.errors import ResourceFailure

_REFERENCE = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^}]+)\}\}")
_SECRET = re.compile(
    r"(?P<id>arn:[^:]+:secretsmanager:[^:]*:\d+:secret:[^:]+|[^:]+)(?P<rest>(:.*)?)"
)


def with_values(cloud: Cloud, value: Any) -> Any:
    """A value of a resource with what its dynamic references stand for."""
    match value:
        case dict():
            return {name: with_values(cloud, item) for name, item in value.items()}
        case list():
            return [with_values(cloud, item) for item in value]
        case str() if "{{resolve:" in value:
            return _REFERENCE.sub(lambda found: _value(cloud, found[1], found[2]), value)
    return value


def _value(cloud: Cloud, service: str, reference: str) -> str:
    try:
        if service != "secretsmanager":
            ssm, name = cloud.client("ssm"), reference
            found = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
            return str(found["Value"])
        return _secret(cloud, reference)
    except ClientError as error:
        message = error.response["Error"]["Message"]
        raise ResourceFailure(
            f"Could not resolve {{{{resolve:{service}:{reference}}}}}: {message}"
        ) from error


def _secret(cloud: Cloud, reference: str) -> str:
    found = _SECRET.fullmatch(reference)
    assert found is not None
    rest = str(found["rest"]).split(":")
    _, kind, key, *_ = [*rest, "", "", ""]
    text = cloud.client("secretsmanager").get_secret_value(SecretId=found["id"])["SecretString"]
    if kind not in {"", "SecretString"}:
        raise ResourceFailure(f"Invalid dynamic reference: {kind} is not SecretString")
    content = json.loads(text) if key else {}
    if key and key not in content:
        raise ResourceFailure(
            f"Could not find a value associated with JSONKey {key} in SecretString"
        )
    return str(content[key]) if key else str(text)
