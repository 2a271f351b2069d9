"""Grants in addition to the policy of the nodes."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from hyperpod_constructs.cdk.construct_tree import environment_of, node_of, stack_of
from hyperpod_constructs.model.groups.life_cycle_config import LifeCycleConfig
from hyperpod_constructs.model.groups.storage import EbsVolume
from hyperpod_constructs.model.node_steps.lifecycle_steps import LifecycleSteps
from hyperpod_constructs.model.tokens import is_unresolved

from .node_policy import account_of, lifecycle_statements

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk import aws_kms as kms

_S3 = "s3://"
_AUTOSCALING_OPERATIONS = [
    "CreateGrant",
    "Decrypt",
    "DescribeKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
    "RetireGrant",
]


def grant_lifecycle_scripts(
    role: iam.IRole, bucket: s3.IBucket, prefix: str, restrict_bucket_listing: bool
) -> None:
    """Grants an imported or specified role read access to the lifecycle scripts."""
    _grant_scripts(
        role,
        bucket.bucket_arn,
        prefix,
        account_of(bucket),
        list_prefix_only=restrict_bucket_listing,
    )
    grant_bucket_key(bucket, role)


def grant_scripts_of_group(role: iam.IRole, scripts: LifeCycleConfig | None) -> None:
    """Grants read access to the scripts of a group, if they are at an S3 URI of its own."""
    uri = None if scripts is None else scripts.source_s3_uri
    if uri is not None and uri.startswith(_S3) and not is_unresolved(uri):
        bucket_name, _, prefix = uri.removeprefix(_S3).partition("/")
        _grant_scripts(role, f"arn:{cdk.Aws.PARTITION}:s3:::{bucket_name}", prefix.rstrip("/"))


def _grant_scripts(
    role: iam.IRole,
    bucket_arn: str,
    prefix: str,
    account: str | None = None,
    *,
    list_prefix_only: bool = False,
) -> None:
    for statement in lifecycle_statements(
        bucket_arn, prefix, account, list_prefix_only=list_prefix_only
    ):
        statement.sid = None
        role.add_to_principal_policy(statement)


def grant_volume_key(role: iam.IRole, key: "kms.IKey") -> None:
    """Allows HyperPod to attach volumes encrypted with the key, through SageMaker AI only.

    A key policy that delegates to IAM policies, as that of AWS CDK does, is not changed: it would
    depend on the role, whose policy can depend on resources that are encrypted with the key. Another
    key policy is changed too, unless the key is in another stack, which cannot reference the role.
    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-cmk.html
    """
    stack = stack_of(role)
    changes_key_policy = stack_of(key) is stack and not _delegates_to_iam(stack, key)
    for action, conditions in _volume_key_conditions(role).items():
        role.add_to_principal_policy(
            iam.PolicyStatement(actions=[action], resources=[key.key_arn], conditions=conditions)
        )
        if changes_key_policy:
            key.add_to_resource_policy(
                iam.PolicyStatement(
                    actions=[action],
                    principals=[iam.ArnPrincipal(role.role_arn)],
                    resources=["*"],
                    conditions=conditions,
                )
            )


def _delegates_to_iam(stack: cdk.Stack, key: "kms.IKey") -> bool:
    """Whether the policy of a created key allows what IAM policies of its account allow.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    resource = node_of(key).default_child
    policy = stack.resolve(getattr(resource, "key_policy", None)) or {}
    return any(
        statement.get("Effect") == "Allow"
        and statement.get("Action") == "kms:*"
        and "Condition" not in statement
        and ":root" in json.dumps(statement.get("Principal"))
        for statement in policy.get("Statement", ())
    )


def grant_autoscaled_volumes(role: iam.IRole, volumes: Sequence[EbsVolume]) -> None:
    """Allows autoscaling to add instances whose volumes use customer managed keys."""
    keys = [cast("kms.IKey", volume.kms_key) for volume in volumes if volume.kms_key is not None]
    for key in keys:
        for action, conditions in _volume_key_conditions(role, _AUTOSCALING_OPERATIONS).items():
            role.add_to_principal_policy(
                iam.PolicyStatement(
                    actions=[action], resources=[key.key_arn], conditions=conditions
                )
            )


def _volume_key_conditions(
    role: iam.IRole, operations: Sequence[str] = ()
) -> Mapping[str, Mapping[str, Mapping[str, object]]]:
    """Conditions of each action on a volume key."""
    region = environment_of(stack_of(role)).region
    via_sagemaker = {"StringEquals": {"kms:ViaService": f"sagemaker.{region}.amazonaws.com"}}
    grant: dict[str, Mapping[str, object]] = {
        **via_sagemaker,
        "Bool": {"kms:GrantIsForAWSResource": "true"},
    }
    if operations:
        grant["ForAllValues:StringEquals"] = {"kms:GrantOperations": list(operations)}
    return {"kms:CreateGrant": grant, "kms:DescribeKey": via_sagemaker}


def grant_rollback_alarms(role: iam.IRole, alarms: "Sequence[cloudwatch.IAlarm]") -> None:
    """Allows HyperPod to read the alarms that roll an update of the group back.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-operate-slurm-cli-command-update-cluster-software.html
    """
    if alarms:
        role.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["cloudwatch:DescribeAlarms"],
                resources=[alarm.alarm_arn for alarm in alarms],
            )
        )


def grant_bucket_key(bucket: s3.IBucket, role: iam.IRole) -> None:
    """Allows a role to decrypt objects of the bucket."""
    if bucket.encryption_key is not None:
        bucket.encryption_key.grant_decrypt(role)


def grant_controller_steps(role: iam.IRole, steps: LifecycleSteps) -> None:
    """Allows the controller to read the secret of the accounting database."""
    if steps.accounting is not None and steps.accounting.secret is not None:
        steps.accounting.secret.grant_read(role)


def grant_file_system_descriptions(role: iam.IRole) -> None:
    """Allows a node to look up whether its file system supports EFA."""
    role.add_to_principal_policy(
        iam.PolicyStatement(actions=["fsx:DescribeFileSystems"], resources=["*"])
    )


def grant_node_steps(role: iam.IRole, steps: LifecycleSteps) -> None:
    """Allows a node what its steps require: the secret of the directory, a workspace for metrics, buckets."""
    if steps.directory_service is not None:
        steps.directory_service.bind_secret.grant_read(role)
    if steps.metrics is not None and steps.metrics.workspace is not None:
        steps.metrics.workspace.grant_remote_write(role)
    for mount in steps.s3_mounts:
        objects = f"{mount.key_prefix}*"
        mount.bucket.grant_read(role, objects)
        if not mount.read_only:
            mount.bucket.grant_put(role, objects)
