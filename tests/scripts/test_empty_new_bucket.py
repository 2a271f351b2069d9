"""The function that empties a new bucket when its creation is rolled back."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
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


@pytest.fixture(autouse=True)
def cloudformation(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """What CloudFormation says of the resource; nothing, so that a question is an error."""
    client, other = boto3.client("cloudformation", "us-east-1"), boto3.client
    monkeypatch.setattr(
        boto3, "client", lambda name: client if name == "cloudformation" else other(name)
    )
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def says(cloudformation: Stubber, *resources: tuple[str, str]) -> None:
    """The stack has resources with these physical IDs and statuses, on a page each."""
    pages = [("", ""), *resources] if resources else [(f"{BUCKET}-2/new", "CREATE_COMPLETE")]
    for number, (physical_id, status) in enumerate(pages):
        summary = {
            "LogicalResourceId": f"Resource{number}",
            "ResourceType": "Custom::HyperPodNewBucket",
            "LastUpdatedTimestamp": "2026-01-01T00:00:00Z",
            "ResourceStatus": status or "CREATE_IN_PROGRESS",
        }
        if physical_id:
            summary["PhysicalResourceId"] = physical_id
        cloudformation.add_response(
            "list_stack_resources",
            {"StackResourceSummaries": [summary]}
            | ({} if number == len(pages) - 1 else {"NextToken": f"{number}"}),
            {"StackName": "stack"} | ({"NextToken": f"{number - 1}"} if number else {}),
        )


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


def test_new_bucket_can_be_deleted_after_it(
    answers: list[dict[str, Any]], cloudformation: Stubber
) -> None:
    ask("Create")
    fill()
    says(cloudformation, (f"{BUCKET}/new", "CREATE_COMPLETE"))
    says(cloudformation, (f"{BUCKET}/new", "DELETE_IN_PROGRESS"))
    ask("Delete", answers[0]["PhysicalResourceId"])

    assert [answer["Status"] for answer in answers] == ["SUCCESS"] * 2
    assert answers[0]["PhysicalResourceId"] == answers[1]["PhysicalResourceId"]
    boto3.client("s3").delete_bucket(Bucket=BUCKET)


@pytest.mark.parametrize("kind", ["new", "in-use"])
@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "CREATE_FAILED"])
def test_request_that_is_not_of_cloudformation_is_refused(
    answers: list[dict[str, Any]], cloudformation: Stubber, status: str, kind: str
) -> None:
    fill()
    before = size()
    for _ in range(empty_new_bucket.ATTEMPTS):
        says(cloudformation, (f"{BUCKET}/{kind}", status))
    ask("Delete", f"{BUCKET}/new")

    assert answers[0]["Status"] == "FAILED"
    assert "CloudFormation does not delete Resource1" in answers[0]["Reason"]
    assert size() == before


def test_request_for_another_stack_is_refused(
    answers: list[dict[str, Any]], cloudformation: Stubber
) -> None:
    fill()
    before = size()
    cloudformation.add_client_error("list_stack_resources", "AccessDenied")
    ask("Delete", f"{BUCKET}/new")

    assert answers[0]["Status"] == "FAILED"
    assert size() == before


@pytest.mark.parametrize("resources", [[], [(f"{BUCKET}/new", "DELETE_COMPLETE")]])
def test_bucket_is_emptied_that_is_no_longer_of_the_stack(
    answers: list[dict[str, Any]], cloudformation: Stubber, resources: list[tuple[str, str]]
) -> None:
    """When an update is rolled back, what it created leaves the stack before it is deleted."""
    fill()
    says(cloudformation, *resources)
    ask("Delete", f"{BUCKET}/new")

    assert answers[0]["Status"] == "SUCCESS"
    assert size() == 0


def test_more_objects_than_a_page(
    answers: list[dict[str, Any]], cloudformation: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask("Create")
    fill()
    says(cloudformation, (f"{BUCKET}/new", "DELETE_IN_PROGRESS"))
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
