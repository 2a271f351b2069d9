"""The bucket of the scripts goes with a failed deployment that created it, and otherwise stays."""

import copy
import json
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from tests.aws.cloudformation.stack import Stack
from tests.aws.cloudformation.template import Json
from tests.aws.emulator import Emulator
from tests.thorough import thorough

from .tools import abandon, create, delete, failures, logical_ids, of_type, update

CLUSTER = "AWS::SageMaker::Cluster"
BUCKET = "AWS::S3::Bucket"
POLICY = "AWS::S3::BucketPolicy"
CLEANUP = "Custom::HyperPodNewBucket"
UPLOAD = "Custom::CDKBucketDeployment"
NAME = "HyperPodSample"


@pytest.fixture(autouse=True)
def clean(account: Emulator) -> Iterator[None]:
    yield
    abandon(account)


def broken(template: Json) -> Json:
    """The template with a cluster that fails after the scripts have been uploaded."""
    changed = copy.deepcopy(template)
    cluster = changed["Resources"][of_type(changed, CLUSTER)]
    cluster["Properties"]["InstanceGroups"][0]["LifeCycleConfig"]["OnCreate"] = "missing.sh"
    return changed


def of_last_release(template: Json) -> Json:
    """The template with a bucket that a creation rolled back retains."""
    changed = copy.deepcopy(template)
    resources = changed["Resources"]
    cleanup = of_type(changed, CLEANUP)
    del resources[cleanup]
    for upload in logical_ids(changed, UPLOAD):
        resources[upload]["DependsOn"].remove(cleanup)
    for name in [name for name in resources if "LifecycleNewBucket" in name]:
        del resources[name]
    document = resources[of_type(changed, POLICY)]["Properties"]["PolicyDocument"]
    document["Statement"] = [
        statement
        for statement in document["Statement"]
        if "LifecycleNewBucket" not in json.dumps(statement)
    ]
    resources[of_type(changed, BUCKET)]["DeletionPolicy"] = "Retain"
    return changed


def scripts(account: Emulator) -> dict[str, set[str]]:
    """The versions of the objects in each bucket of scripts."""
    s3 = account.cloud.client("s3")
    return {
        bucket["Name"]: {
            item["VersionId"]
            for item in s3.list_object_versions(Bucket=bucket["Name"]).get("Versions", ())
        }
        for bucket in s3.list_buckets()["Buckets"]
        if bucket["Name"].startswith("sagemaker-")
    }


def failed_at(stack: Stack, template: Json) -> bool:
    return any(failure.startswith(of_type(template, CLUSTER)) for failure in failures(stack))


def test_deploys_after_a_failed_creation(account: Emulator, sample: Json) -> None:
    stack = create(account, NAME, broken(sample))
    assert stack.status == "ROLLBACK_COMPLETE", failures(stack)
    assert failed_at(stack, sample)
    assert scripts(account) == {}

    delete(account, stack)
    stack = create(account, NAME, sample)
    assert stack.status == "CREATE_COMPLETE", failures(stack)
    uploaded = scripts(account)
    assert all(uploaded.values())

    assert delete(account, stack).status == "DELETE_COMPLETE"
    assert scripts(account) == uploaded


def test_nobody_else_writes_the_scripts(account: Emulator, sample: Json) -> None:
    create(account, NAME, sample)
    s3 = account.cloud.client("s3")
    ((bucket, _),) = scripts(account).items()
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    script = next(key for key in keys if key.endswith("/on_create.sh"))

    with pytest.raises(ClientError, match="403"):
        s3.put_object(Bucket=bucket, Key=script, Body=b"#!/bin/bash")
    with pytest.raises(ClientError, match="403"):
        s3.delete_object(Bucket=bucket, Key=script)
    s3.put_object(Bucket=bucket, Key="data/of-somebody", Body=b"")


@thorough
def test_last_release_does_not(account: Emulator, sample: Json) -> None:
    stack = create(account, NAME, broken(of_last_release(sample)))
    assert stack.status == "ROLLBACK_COMPLETE", failures(stack)
    delete(account, stack)

    stack = create(account, NAME, of_last_release(sample))
    assert stack.status == "ROLLBACK_COMPLETE"
    assert any("already exists" in failure for failure in failures(stack))


@thorough
def test_cluster_is_added_after_a_failed_update(account: Emulator, sample: Json) -> None:
    topic = {"Topic": {"Type": "AWS::SNS::Topic"}}
    create(account, NAME, {"Resources": topic})

    stack = update(account, NAME, broken(sample))
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert failed_at(stack, sample)
    assert scripts(account) == {}
    assert set(stack.resources) == set(topic)

    assert update(account, NAME, sample).status == "UPDATE_COMPLETE", failures(stack)


@thorough
def test_running_cluster_keeps_its_scripts(account: Emulator, sample: Json) -> None:
    create(account, NAME, of_last_release(sample))
    before = scripts(account)
    assert all(before.values())

    for template, status in (
        (broken(sample), "UPDATE_ROLLBACK_COMPLETE"),
        (sample, "UPDATE_COMPLETE"),
        (broken(sample), "UPDATE_ROLLBACK_COMPLETE"),
        (broken(of_last_release(sample)), "UPDATE_ROLLBACK_COMPLETE"),
        (of_last_release(sample), "UPDATE_COMPLETE"),
        (sample, "UPDATE_COMPLETE"),
    ):
        stack = update(account, NAME, template)
        assert stack.status == status, failures(stack)
        assert scripts(account) == before

    assert delete(account, stack).status == "DELETE_COMPLETE"
    assert scripts(account) == before


@thorough
def test_new_cluster_keeps_the_scripts_of_a_renamed_bucket(account: Emulator, sample: Json) -> None:
    stack = create(account, NAME, sample)
    before = scripts(account)
    assert all(before.values())

    assert update(account, NAME, broken(sample)).status == "UPDATE_ROLLBACK_COMPLETE"
    assert scripts(account) == before

    renamed = copy.deepcopy(sample)
    renamed["Resources"][of_type(sample, BUCKET)]["Properties"]["BucketName"] = "sagemaker-renamed"
    assert update(account, NAME, renamed).status == "UPDATE_COMPLETE", failures(stack)
    after = scripts(account)
    assert after.pop("sagemaker-renamed")
    assert after == before

    assert delete(account, stack).status == "DELETE_COMPLETE"
    assert all(scripts(account).values())
    assert len(scripts(account)) == 2
