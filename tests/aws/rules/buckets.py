"""Public policies of buckets.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from collections.abc import Mapping
from typing import Any

from moto.s3.models import s3_backends

from tests.aws.cloud import Cloud
from tests.aws.front.errors import ServiceError


def refuse_public_policy(cloud: Cloud, name: str, document: Mapping[str, Any]) -> None:
    """Refuses a policy for everybody while the bucket blocks public policies."""
    bucket = s3_backends[cloud.account]["aws"].buckets.get(name)
    block = getattr(bucket, "public_access_block", None)
    blocked = block is None or str(block.block_public_policy).lower() == "true"
    if blocked and any(_is_public(each) for each in _listed(document["Statement"])):
        raise ServiceError(
            "AccessDenied",
            f"User is not authorized to perform: s3:PutBucketPolicy on resource: {name} because "
            "public policies are prevented by the BlockPublicPolicy setting in S3 Block Public "
            "Access.",
        )


def _is_public(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    named = principal.get("AWS") if isinstance(principal, dict) else principal
    everybody = "*" in _listed(named)
    return statement["Effect"] == "Allow" and everybody and not statement.get("Condition")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
