"""What the roles of the account may do, by the policies that its services hold."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from botocore.exceptions import ClientError
from moto.iam.models import iam_backends
from moto.s3.models import s3_backends

from .cloud import Cloud
from .iam.decision import Caller, Request, Resource, may
from .iam.policy import Policy, identity_policy, resource_policy
from .iam.principals import Principal

TLS = {"aws:SecureTransport": "true"}


def session_of(account: str, role_arn: str) -> Principal:
    """A session of a role."""
    name = role_arn.rpartition("/")[2]
    return Principal(f"arn:aws:sts::{account}:assumed-role/{name}/session", role_arn)


def role(cloud: Cloud, arn: str) -> Caller:
    """A session of a role, with the policies that are in the role or attached to it."""
    name = arn.rpartition("/")[2]
    # Copied, since other threads create and delete roles meanwhile.
    roles: list[Any] = list(iam_backends[cloud.account]["aws"].roles.values())
    (found,) = (each for each in roles if each.name == name)
    policies = [
        _identity(document, f"policy {policy} of role {name}")
        for policy, document in found.policies.items()
    ]
    policies += [_managed(cloud, each) for each in found.managed_policies]
    boundary = found.permissions_boundary_arn
    return Caller(
        session_of(cloud.account, arn),
        policies,
        _managed(cloud, boundary) if boundary else None,
    )


def allowed(
    cloud: Cloud,
    caller: Caller,
    action: str,
    arn: str,
    context: Mapping[str, str] | None = None,
) -> bool:
    """Whether a role may do something over TLS."""
    return may(caller, Request(action, _resource(cloud, arn), {**TLS, **(context or {})}))


def _resource(cloud: Cloud, arn: str) -> Resource:
    """A resource with its policy, if it is a bucket, an object or a key."""
    service, _, name = arn.partition(":")[2].partition(":")[2].partition(":")
    policy = None
    if service == "s3":
        bucket = s3_backends[cloud.account]["aws"].buckets.get(
            name.removeprefix("::").partition("/")[0]
        )
        policy = policy_of_bucket(bucket) if bucket is not None else None
    elif service == "kms":
        document = cloud.client("kms").get_key_policy(KeyId=arn, PolicyName="default")["Policy"]
        policy = _read(document, f"policy of {arn}")
    return Resource(arn, cloud.account, policy, delegates=service == "kms")


def policy_of_bucket(bucket: Any) -> Policy | None:
    """The policy of a bucket of moto, which is asked for with every request to it."""
    return _read(bucket.policy, f"policy of bucket {bucket.name}") if bucket.policy else None


@lru_cache(maxsize=64)
def _read(document: str | bytes, name: str) -> Policy:
    return resource_policy(json.loads(document), name)


def bucket_key(cloud: Cloud, bucket: str) -> str | None:
    """The ARN of the customer managed key that a bucket encrypts new objects with."""
    encryption = _answer(
        cloud.client("s3").get_bucket_encryption,
        "ServerSideEncryptionConfiguration",
        Bucket=bucket,
    )
    for rule in encryption["Rules"] if encryption else []:
        key = rule["ApplyServerSideEncryptionByDefault"].get("KMSMasterKeyID")
        if key is not None:
            found = cloud.client("kms").describe_key(KeyId=key)["KeyMetadata"]
            return str(found["Arn"]) if found["KeyManager"] == "CUSTOMER" else None
    return None


def trusts(cloud: Cloud, arn: str, service: str) -> bool:
    """Whether a service may assume a role, which need not exist."""
    name = arn.rpartition("/")[2]
    found = _answer(cloud.client("iam").get_role, "Role", RoleName=name)
    if found is None:
        return False
    policy = resource_policy(
        _document(found["AssumeRolePolicyDocument"]), f"trust policy of role {name}"
    )
    return may(
        Caller(Principal(service)),
        Request(
            "sts:AssumeRole",
            Resource(arn, cloud.account, policy, delegates=True),
            {**TLS, "aws:SourceAccount": cloud.account},
        ),
    )


def _managed(cloud: Cloud, arn: str) -> Policy:
    iam: Any = iam_backends[cloud.account]["aws"]
    version = iam.get_policy_version(arn, iam.get_policy(arn).default_version_id)
    return _identity(version.document, f"policy {arn}")


@lru_cache(maxsize=256)
def _identity(document: str, name: str) -> Policy:
    return identity_policy(json.loads(document), name)


def _answer(ask: Any, member: str, **arguments: str) -> Any:
    """A member of an answer; None for what does not exist."""
    try:
        return ask(**arguments)[member]
    except ClientError as error:
        if error.response["Error"]["Code"].startswith(("NoSuch", "ServerSideEncryptionConfig")):
            return None
        raise


def _document(document: Any) -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = (
        json.loads(unquote(document)) if isinstance(document, str) else document
    )
    return loaded
