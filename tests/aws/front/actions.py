"""The actions of IAM that a request needs, and on what.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .wire import Call

ANY = "?"
"""A resource that the emulator does not know: whichever one policies name."""

Needed = tuple[str, str]
Arguments = Mapping[str, Any]

OF_S3 = {
    "AbortMultipartUpload": "AbortMultipartUpload",
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteObjects": "DeleteObject*",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
}
_RENAMED = {("lambda", "Invoke"): "InvokeFunction"}
_PREFIXES = {"amp": "aps"}
"""Services whose actions have another prefix."""
_PASSED = {
    "cloudformation": ("RoleARN",),
    "ec2": ("DeliverLogsPermissionArn",),
    "eks": ("roleArn", "serviceAccountRoleArn"),
    "lambda": ("Role",),
    "sagemaker": ("ClusterRole",),
}
_PASSED_TO = {
    "CreateAddon": "pods.eks.amazonaws.com",
    "CreatePodIdentityAssociation": "pods.eks.amazonaws.com",
    "UpdatePodIdentityAssociation": "pods.eks.amazonaws.com",
    "ec2": "vpc-flow-logs.amazonaws.com",
}
"""The services that roles are passed to, where they are not the called one, by operation or service."""
_TAGGING = {
    "ec2": "ec2:CreateTags",
    "fsx": "fsx:TagResource",
    "iam": "iam:TagRole",
    "sagemaker": "sagemaker:AddTags",
}
_FREE = {("sts", "GetCallerIdentity"), ("sts", "AssumeRole")}
"""Operations that need no permission of the caller; the trust of a role is for moto."""


def needed(call: Call, region: str, account: str) -> Iterator[Needed]:
    """The actions that a request needs, each with the ARN of its resource."""
    if (call.service, call.operation) in _FREE:
        return
    if call.service == "s3":
        yield _of_s3(call)
        return
    name = _RENAMED.get((call.service, call.operation), call.operation)
    yield f"{_PREFIXES.get(call.service, call.service)}:{name}", _resource(call, region, account)
    yield from _more(call)


def context_of(action: str, call: Call) -> Mapping[str, str]:
    """The condition keys of an action that a request needs."""
    if action != "iam:PassRole":
        return {}
    return {
        "iam:PassedToService": _PASSED_TO.get(call.operation)
        or _PASSED_TO.get(call.service, f"{call.service}.amazonaws.com"),
    }


def _of_s3(call: Call) -> Needed:
    action = OF_S3.get(call.operation, call.operation)
    if "versionId" in call.arguments and action in {"GetObject", "DeleteObject"}:
        action += "Version"
    bucket, key = call.arguments.get("Bucket"), call.arguments.get("Key")
    if bucket is None:
        return f"s3:{action}", "*"
    of_objects = key is not None or call.operation == "DeleteObjects"
    place = f"{bucket}/{key or '*'}" if of_objects else bucket
    return f"s3:{action}", f"arn:aws:s3:::{place}"


def _resource(call: Call, region: str, account: str) -> str:
    here = f"arn:aws:{call.service}:{region}:{account}"
    # Also that of CreateLogStream, of which the reference has the group alone.
    of_stream = call.service == "logs" and "logStreamName" in call.arguments
    stream = f":log-stream:{call.arguments['logStreamName']}" if of_stream else ""
    forms: dict[tuple[str, str], Callable[[str], str]] = {
        ("iam", "RoleName"): lambda name: f"arn:aws:iam::{account}:role/{name}",
        ("iam", "PolicyArn"): str,
        ("ec2", "GroupId"): lambda name: f"{here}:security-group/{name}",
        ("lambda", "FunctionName"): lambda name: name if ":" in name else f"{here}:function:{name}",
        ("sns", "TopicArn"): str,
        ("kms", "KeyId"): lambda name: name if ":" in name else f"{here}:key/{name}",
        ("ssm", "Name"): lambda name: f"{here}:parameter/{name.lstrip('/')}",
        ("ssm", "SessionId"): lambda name: f"{here}:session/{name}",
        ("secretsmanager", "SecretId"): lambda name: name if ":" in name else ANY,
        ("logs", "logGroupName"): lambda name: f"{here}:log-group:{name}{stream}",
    }
    for (service, argument), form in forms.items():
        value = call.arguments.get(argument)
        if service == call.service and isinstance(value, str):
            return form(value)
    return ANY


def _more(call: Call) -> Iterator[Needed]:
    """The actions that come with an operation: roles it passes on, tags it sets."""
    arguments = call.arguments
    for name in _PASSED.get(call.service, ()):
        if isinstance(arguments.get(name), str):
            yield "iam:PassRole", arguments[name]
    for identity in arguments.get("podIdentityAssociations", ()):
        yield "iam:PassRole", identity["roleArn"]
    if call.service == "scheduler" and "Target" in arguments:
        yield "iam:PassRole", arguments["Target"]["RoleArn"]
    for kind in ("InstanceGroups", "RestrictedInstanceGroups"):
        for group in arguments.get(kind, []) if call.service == "sagemaker" else ():
            yield "iam:PassRole", group["ExecutionRole"]
    if (call.service, call.operation) == ("fsx", "CreateFileSystem"):
        yield "iam:CreateServiceLinkedRole", ANY
    if any(arguments.get(name) for name in ("Tags", "TagSpecifications")):
        action = _TAGGING.get(call.service)
        if action is not None:
            yield action, ANY
