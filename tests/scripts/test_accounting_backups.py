"""Backups of Slurm accounting: who reads and writes them, and when there are none."""

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

import hyperpod_constructs as hp
from hyperpod_constructs.testing import ClusterTemplate
from tests.clusters.node_steps import database, make_with_login, written_steps
from tests.clusters.stacks import CONTROLLER, LOGIN, WORKER
from tests.clusters.values import SHARED
from tests.synth import resources_of

PREFIX = "lifecycle-scripts/StackClusterF0EB02FA-accounting"


def test_controller_knows_the_place(stack: cdk.Stack) -> None:
    make_with_login(stack)

    backup = written_steps(stack)["accounting"]["backup"]
    assert backup.pop("bucket")
    assert backup == {"prefix": PREFIX, "region": "us-west-2", "minutes": 5}


@pytest.mark.parametrize(
    ("group", "action", "key", "is_allowed"),
    [
        ("controller", "s3:PutObject", f"{PREFIX}/a.sql.gz", True),
        ("controller", "s3:GetObject", f"{PREFIX}/a.sql.gz", True),
        ("controller", "s3:DeleteObject", f"{PREFIX}/a.sql.gz", False),
        ("controller", "s3:DeleteObjectVersion", f"{PREFIX}/a.sql.gz", False),
        (
            "controller",
            "s3:PutObject",
            "lifecycle-scripts/StackClusterF0EB02FA/on_create.sh",
            False,
        ),
        ("controller", "s3:PutObject", "lifecycle-scripts/other", False),
        ("login", "s3:PutObject", f"{PREFIX}/a.sql.gz", False),
        ("login", "s3:GetObject", f"{PREFIX}/a.sql.gz", False),
        ("gpu", "s3:PutObject", f"{PREFIX}/a.sql.gz", False),
        ("gpu", "s3:GetObject", f"{PREFIX}/a.sql.gz", False),
    ],
)
def test_controller_alone_reads_and_writes(
    stack: cdk.Stack, group: str, action: str, key: str, *, is_allowed: bool
) -> None:
    cluster = make_with_login(stack)

    role = ClusterTemplate.from_stack(stack).role(group)
    resource = cluster.lifecycle_bucket.arn_for_objects(key)
    context = {"aws:SecureTransport": "true", "aws:ResourceAccount": "111122223333"}
    assert role.allows(action, resource, context=context) == is_allowed


def test_bucket_refuses_every_other_writer(stack: cdk.Stack) -> None:
    make_with_login(stack)

    (statement,) = (
        each
        for policy in resources_of(stack, "AWS::S3::BucketPolicy").values()
        for each in policy["Properties"]["PolicyDocument"]["Statement"]
        if f"/{PREFIX}/*" in json.dumps(each)
    )
    assert (statement["Effect"], statement["Principal"]) == ("Deny", {"AWS": "*"})
    assert {"s3:PutObject", "s3:DeleteObject*"} <= set(statement["Action"])
    roles = statement["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]
    writers = [role["Fn::GetAtt"][0] for role in roles]
    assert writers[0].startswith("ClusterExecutionRolesController")
    assert "NewBucket" in writers[1]
    assert len(writers) == 2


def test_replaced_versions_expire(stack: cdk.Stack) -> None:
    make_with_login(stack)

    (bucket,) = resources_of(stack, "AWS::S3::Bucket").values()
    assert bucket["Properties"]["LifecycleConfiguration"]["Rules"] == [
        {
            "NoncurrentVersionExpiration": {"NoncurrentDays": 7},
            "Prefix": f"{PREFIX}/",
            "Status": "Enabled",
        }
    ]


def test_specified_bucket_with_a_key(stack: cdk.Stack) -> None:
    bucket = s3.Bucket(stack, "Scripts", encryption_key=kms.Key(stack, "Key"))
    make_with_login(stack, lifecycle_scripts=hp.LifecycleScripts.default(bucket=bucket))

    role = ClusterTemplate.from_stack(stack).role("controller")
    assert role.allows(
        "kms:GenerateDataKey", str(bucket.encryption_key and bucket.encryption_key.key_arn)
    )
    assert role.allows(
        "s3:PutObject",
        bucket.arn_for_objects(f"{PREFIX}/a.sql.gz"),
        context={"aws:ResourceAccount": "111122223333"},
    )


def role_of_all(stack: cdk.Stack) -> dict[str, Any]:
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    return {"execution_role": role}


def mounted(stack: cdk.Stack) -> dict[str, Any]:
    bucket = s3.Bucket(stack, "Shared", bucket_name="sagemaker-shared")
    mounts = [hp.S3Mount(bucket=bucket, path="/data")]
    return {"lifecycle_scripts": hp.LifecycleScripts.default(bucket=bucket, s3_mounts=mounts)}


def role_of_controllers(stack: cdk.Stack) -> dict[str, Any]:
    controller = hp.InstanceGroup.controller(
        instance_type="ml.m5.xlarge", execution_role=role_of_all(stack)["execution_role"]
    )
    return {"instance_groups": [controller, LOGIN, WORKER]}


@pytest.mark.parametrize(
    "make",
    [
        lambda _: {"lifecycle_scripts": accounting(hp.Accounting.local(backup=None))},
        lambda _: {"lifecycle_scripts": accounting(None)},
        lambda stack: {"lifecycle_scripts": accounting(database(stack))},
        lambda _: {"lifecycle_scripts": hp.LifecycleScripts.default(users_on_controllers=True)},
        lambda _: {
            "orchestrator": hp.Slurm(slurm_configurations=SHARED),
            "instance_groups": [CONTROLLER, LOGIN, WORKER],
        },
        lambda _: {
            "orchestrator": hp.ApiDrivenSlurm(),
            "lifecycle_scripts": hp.LifecycleScripts.default(),
        },
        role_of_all,
        role_of_controllers,
        mounted,
    ],
    ids=[
        *("off", "no accounting", "external", "users on controllers", "multi-head", "API-driven"),
        *("role of all", "role of controllers", "mounted"),
    ],
)
def test_no_backups(stack: cdk.Stack, make: Callable[[cdk.Stack], dict[str, Any]]) -> None:
    """Nor where users could use the role of the controllers."""
    make_with_login(stack, **make(stack))

    assert "backup" not in (written_steps(stack).get("accounting") or {})
    assert "-accounting/" not in json.dumps(resources_of(stack, "AWS::S3::BucketPolicy"))
    assert "s3:PutObject" not in json.dumps(
        {
            name: each
            for name, each in resources_of(stack, "AWS::IAM::Role").items()
            if "Execution" in name
        }
    )


def accounting(given: hp.Accounting | None) -> hp.LifecycleScripts:
    return hp.LifecycleScripts.default(accounting=given)
