"""Backups of Slurm accounting on the controller: when there are any, and who reads and writes them."""

from collections.abc import Callable, Iterator

from aws_cdk import aws_iam as iam

from hyperpod_constructs.cluster_model import ClusterModel
from hyperpod_constructs.model.groups.instance_group import NodeType
from hyperpod_constructs.model.orchestrator import Slurm
from hyperpod_constructs.permissions.node_policy import account_of
from hyperpod_constructs.rules.queries import groups_of_type, shares_database
from hyperpod_constructs.scripts.delivery import LifecycleDelivery

from .arguments import ClusterArguments


def has_backups(arguments: ClusterArguments, model: ClusterModel) -> bool:
    """Whether the controller writes backups.

    Users must not be able to use its role: they would read the records of others, and replace what
    the next controller restores.
    """
    accounting, steps = arguments.accounting, model.steps
    if accounting is None or accounting.backup is None or steps is None:
        return False
    controllers = groups_of_type(model, NodeType.CONTROLLER)
    return (
        isinstance(model.orchestrator, Slurm)
        and not shares_database(model)
        and not steps.users_on_controllers
        and arguments.execution_role is None
        and bool(controllers)
        and all(group.execution_role is None for _, group in controllers)
        and not _are_mounted(arguments)
    )


def _are_mounted(arguments: ClusterArguments) -> bool:
    """Whether users would see backups as files, in a bucket that nodes mount."""
    scripts = arguments.scripts
    if scripts is None or scripts.steps is None or scripts.bucket is None:
        return False
    prefix = f"{scripts.prefix}/" if scripts.prefix else ""
    return any(
        mount.bucket.bucket_name == scripts.bucket.bucket_name
        and (prefix.startswith(mount.key_prefix) or mount.key_prefix.startswith(prefix))
        for mount in scripts.steps.s3_mounts
    )


def backup_statements(delivery: LifecycleDelivery | None) -> list[iam.PolicyStatement]:
    """What the role of the controllers can do with backups."""
    if delivery is None or delivery.backup_prefix is None:
        return []
    bucket, prefix = delivery.bucket, delivery.backup_prefix
    account = account_of(bucket)
    here = {} if account is None else {"StringEquals": {"aws:ResourceAccount": account}}
    return [
        iam.PolicyStatement(
            sid="AccountingBackups",
            actions=["s3:GetObject", "s3:PutObject"],
            resources=[bucket.arn_for_objects(f"{prefix}/*")],
            conditions=here,
        ),
        iam.PolicyStatement(
            sid="AccountingBackupList",
            actions=["s3:ListBucket"],
            resources=[bucket.bucket_arn],
            conditions={**here, "StringLike": {"s3:prefix": f"{prefix}/*"}},
        ),
    ]


def backup_grants(delivery: LifecycleDelivery | None) -> Iterator[Callable[[iam.IRole], object]]:
    """What else the bucket requires of the role of the controllers."""
    if delivery is None or delivery.backup_prefix is None:
        return
    yield delivery.protect_backups
    if (key := delivery.bucket.encryption_key) is not None:
        yield key.grant_encrypt_decrypt
