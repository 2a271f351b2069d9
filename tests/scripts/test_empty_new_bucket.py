"""The function that empties a new bucket when its creation is rolled back."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from hyperpod_constructs.scripts import empty_new_bucket
from hyperpod_constructs.scripts.new_bucket import HANDLER

BUCKET = "sagemaker-scripts"
LIMIT_OF_INLINE_CODE = 4096


@pytest.fixture(scope="module", autouse=True)
def account() -> Iterator[None]:
    with mock_aws():
        yield


@pytest.fixture(autouse=True)
def answers(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the function answers, in an account with one versioned bucket."""
    given: list[dict[str, Any]] = []

    class Answer:
        def __init__(self, request: Any) -> None:
            assert (request.method, request.full_url) == ("PUT", "https://answer")
            given.append(json.loads(request.data))

        def close(self) -> None:
            pass

    monkeypatch.setattr("urllib.request.urlopen", Answer)
    monkeypatch.setattr(empty_new_bucket, "SECONDS_BETWEEN_ATTEMPTS", 0)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "emulator")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "emulator")
    # Not all services of the account, whose reset takes seconds.
    s3_backends[DEFAULT_ACCOUNT_ID]["aws"].reset()
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return given


def ask(kind: str, physical_id: str | None = None, bucket: str = BUCKET) -> None:
    event = {
        "RequestType": kind,
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "NewBucket",
        "ResponseURL": "https://answer",
        "ResourceProperties": {"BucketName": bucket},
    }
    if physical_id is not None:
        event["PhysicalResourceId"] = physical_id
    empty_new_bucket.handler(event, None)


def fill() -> None:
    """Objects of two versions, one of them deleted."""
    s3 = boto3.client("s3")
    for key in ("on_create.sh", "steps.json"):
        for body in (b"1", b"2"):
            s3.put_object(Bucket=BUCKET, Key=key, Body=body)
    s3.delete_object(Bucket=BUCKET, Key="steps.json")


def size() -> int:
    found = boto3.client("s3").list_object_versions(Bucket=BUCKET)
    return len(found.get("Versions", ())) + len(found.get("DeleteMarkers", ()))


def test_new_bucket_can_be_deleted_after_it(answers: list[dict[str, Any]]) -> None:
    ask("Create")
    fill()
    ask("Delete", answers[0]["PhysicalResourceId"])

    assert [answer["Status"] for answer in answers] == ["SUCCESS"] * 2
    assert answers[0]["PhysicalResourceId"] == answers[1]["PhysicalResourceId"]
    boto3.client("s3").delete_bucket(Bucket=BUCKET)


def test_more_objects_than_a_page(
    answers: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask("Create")
    fill()
    pages = [[item] for page in empty_new_bucket.pages(BUCKET) for item in page]
    monkeypatch.setattr(empty_new_bucket, "pages", lambda _: pages)
    ask("Delete", answers[0]["PhysicalResourceId"])

    assert len(pages) > 1
    assert size() == 0


def test_bucket_that_contained_objects_is_not_emptied(answers: list[dict[str, Any]]) -> None:
    fill()
    before = size()
    ask("Create")
    ask("Update", answers[0]["PhysicalResourceId"])
    ask("Delete", answers[1]["PhysicalResourceId"])

    assert {answer["Status"] for answer in answers} == {"SUCCESS"}
    assert len({answer["PhysicalResourceId"] for answer in answers}) == 1
    assert size() == before


@pytest.mark.parametrize("physical_id", ["failed", "sagemaker-other/new", f"{BUCKET}/in-use"])
def test_only_the_bucket_of_the_creation_is_emptied(
    answers: list[dict[str, Any]], physical_id: str
) -> None:
    fill()
    before = size()
    ask("Delete", physical_id)

    assert answers[0]["Status"] == "SUCCESS"
    assert size() == before


def test_new_permissions_are_awaited(
    answers: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": ""}}, "ListObjectVersions")
    refusals = [denied] * 3
    pages = empty_new_bucket.pages

    def hesitant(bucket: str) -> Any:
        if refusals:
            raise refusals.pop()
        return pages(bucket)

    monkeypatch.setattr(empty_new_bucket, "pages", hesitant)
    ask("Create")
    assert answers[0]["PhysicalResourceId"] == f"{BUCKET}/new"

    refusals += [denied] * 99
    ask("Create")
    assert answers[1]["Status"] == "SUCCESS"
    assert answers[1]["PhysicalResourceId"] == f"{BUCKET}/in-use"


def test_failures_are_answered(answers: list[dict[str, Any]]) -> None:
    ask("Create", bucket="sagemaker-missing")

    assert answers[0]["Status"] == "FAILED"
    assert answers[0]["PhysicalResourceId"] == "failed"
    assert "NoSuchBucket" in answers[0]["Reason"]


def test_code_fits_into_the_template() -> None:
    assert len(HANDLER.read_text()) <= LIMIT_OF_INLINE_CODE
