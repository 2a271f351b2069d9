"""Checks of the keys of volumes and the buckets of lifecycle scripts."""

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from hyperpod_constructs.operations.reads import Reads

from .check import check
from .outcome import Result, failed, ok, warning
from .planned import Planned

_TLS = "aws:securetransport"


@check("VolumeKey", "kms:DescribeKey", "kms:GetKeyPolicy")
def usable_keys(planned: Planned, reads: Reads) -> Iterator[Result]:
    """Keys of volumes must be enabled, symmetric, in the Region, and delegate to IAM or name the roles.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-cmk.html
    """
    for key in dict.fromkeys(key for group in planned.groups for key in group.keys):
        region = ([*key.split(":"), "", "", "", ""][3]) or reads.caller.region
        if region != reads.caller.region:
            yield failed(key, f"is in {region}", f"use a key in {reads.caller.region}")
            continue
        found = reads.find("kms", "describe_key", KeyId=key)
        if found is None:
            yield failed(key, "does not exist", "verify the ARN of the key")
            continue
        metadata = found["KeyMetadata"]
        spec = metadata.get("KeySpec", "SYMMETRIC_DEFAULT")
        if not metadata["Enabled"]:
            yield failed(key, f"is {metadata.get('KeyState', 'Disabled')}", "enable the key")
        elif spec != "SYMMETRIC_DEFAULT":
            yield failed(key, f"is a {spec} key", "use a symmetric key")
        else:
            yield _key_policy(planned, reads, metadata["KeyId"], key)


def _key_policy(planned: Planned, reads: Reads, key_id: str, key: str) -> Result:
    answer = reads.get("kms", "get_key_policy", KeyId=key_id, PolicyName="default")
    caller = reads.caller
    root = f"arn:{caller.partition}:iam::{caller.account}:root"
    named = {root, caller.account, "*"}
    roles = {group.role for group in planned.groups if key in group.keys}
    for statement in _statements(json.loads(answer["Policy"])):
        if statement["Effect"] == "Allow":
            principals = set(_principals(statement))
            if principals & named or (None not in roles and roles <= principals):
                return ok(key, "is enabled, and its policy covers the roles of the nodes")
    return failed(
        key,
        "has a policy that neither delegates to IAM nor names the execution roles",
        "allow kms:CreateGrant and kms:DescribeKey for the execution roles in the key policy",
    )


@check("ScriptsBucket", "s3:GetBucketPolicy", "s3:ListBucket")
def readable_scripts(planned: Planned, reads: Reads) -> Iterator[Result]:
    """The bucket of the lifecycle scripts must have the scripts, and its policy must not deny them.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-lifecycle-best-practices-slurm.html
    """
    found = (group.source for group in planned.groups)
    for source in dict.fromkeys(each for each in found if each is not None):
        bucket, _, prefix = source.removeprefix("s3://").rstrip("/").partition("/")
        listed = reads.find("s3", "list_objects_v2", Bucket=bucket, Prefix=f"{prefix}/")
        if listed is None:
            yield failed(bucket, "does not exist", "create the bucket, and upload the scripts")
        elif not listed.get("Contents"):
            yield failed(
                source, "has no objects", "upload the lifecycle scripts before the deployment"
            )
        else:
            yield _bucket_policy(reads, bucket)


def _bucket_policy(reads: Reads, bucket: str) -> Result:
    answer = reads.find("s3", "get_bucket_policy", Bucket=bucket)
    for statement in _statements(json.loads(answer["Policy"])) if answer else ():
        actions = [each.lower() for each in _listed(statement.get("Action"))]
        if statement["Effect"] != "Deny" or not any(
            fnmatchcase("s3:getobject", each) for each in actions
        ):
            continue
        keys = {
            key
            for block in statement.get("Condition", {}).values()
            for key in block
            if key.lower() != _TLS
        }
        if not statement.get("Condition"):
            return failed(bucket, "has a policy that denies s3:GetObject", "remove the statement")
        if keys:
            return warning(
                bucket,
                f"has a policy that denies s3:GetObject by {', '.join(sorted(keys))}",
                "verify that nodes are not denied",
            )
    return ok(bucket, "has the scripts, and its policy does not deny them")


def _statements(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return _listed(document.get("Statement"))


def _principals(statement: Mapping[str, Any]) -> list[str]:
    principal = statement.get("Principal", {})
    return ["*"] if principal == "*" else _listed(principal.get("AWS"))


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]
