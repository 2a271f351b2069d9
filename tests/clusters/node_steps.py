"""Clusters whose nodes take every step of the default lifecycle scripts."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager

import hyperpod_constructs as hp
from hyperpod_constructs.testing import ClusterTemplate

from . import values
from .stacks import CONTROLLER, LOGIN, WORKER, make_cluster
from .templates import upload
from .values import SECRET_ARN

BIND_ARN = "arn:aws:secretsmanager:us-west-2:111122223333:secret:bind-AbCdEf"
SHARED = replace(values.SHARED, slurm_sns_arn="arn:aws:sns:us-west-2:111122223333:failover")


def make_with_login(stack: cdk.Stack, id: str = "Cluster", **settings: Any) -> hp.HyperPodCluster:
    """A Slurm cluster with a group of each type of node."""
    return make_cluster(stack, id, **{"instance_groups": [CONTROLLER, LOGIN, WORKER], **settings})


def secret(stack: cdk.Stack, arn: str = SECRET_ARN) -> secretsmanager.ISecret:
    return secretsmanager.Secret.from_secret_complete_arn(stack, arn.rpartition(":")[2], arn)


def database(stack: cdk.Stack) -> hp.Accounting:
    return hp.Accounting.external(endpoint="db.example.com", secret=secret(stack))


def directory(stack: cdk.Stack) -> hp.DirectoryService:
    return hp.DirectoryService(
        domain="corp.example.com",
        ldap_uri="ldaps://corp.example.com",
        search_base="dc=corp,dc=example,dc=com",
        bind_dn="cn=reader,dc=corp,dc=example,dc=com",
        bind_secret=secret(stack, BIND_ARN),
        ssh_allow_groups=["ml"],
    )


def all_steps(stack: cdk.Stack) -> dict[str, Any]:
    data = s3.Bucket(stack, "Data", encryption=s3.BucketEncryption.KMS)
    results = s3.Bucket.from_bucket_attributes(
        stack, "Results", bucket_name="results", region="eu-west-1"
    )
    return {
        "accounting": database(stack),
        "users": hp.Users(
            users=[hp.User("anna", uid=2001, groups=["ml"], slurm_account="research")],
            groups=[hp.UserGroup("ml", gid=3000)],
        ),
        "containers": hp.Containers(),
        "metrics": hp.MetricsExporters(),
        "directory_service": directory(stack),
        "s3_mounts": [
            hp.S3Mount(bucket=data, path="/mnt/data", prefix="sets"),
            hp.S3Mount(bucket=results, path="/mnt/results", read_only=False),
        ],
    }


def steps_asset(app: cdk.App, stack: cdk.Stack) -> tuple[str, dict[str, Any]]:
    """The file as it goes to the bucket of assets, and what CloudFormation puts into it."""
    properties = upload(stack)
    key = properties["SourceObjectKeys"][-1].removesuffix(".zip")
    text = (Path(app.outdir) / f"asset.{key}" / "steps.json").read_text()
    return text, properties["SourceMarkers"][-1]


def written_steps(stack: cdk.Stack) -> Any:
    return json.loads(ClusterTemplate.from_stack(stack).file("steps.json"))
