"""AWS Lambda function that empties a new bucket when its creation is rolled back.

CloudFormation does not delete a bucket that contains versions of objects. On creation, the function
records in the physical ID whether the bucket is empty: the bucket of a running cluster is not, and
is never emptied. Whether the resource is being deleted is what CloudFormation says of it, since whoever
can invoke the function can send it a request. The function is deployed as inline code, so it must not
exceed 4,096 characters.
"""

import json
import time
import urllib.request
from typing import Any

import boto3
from botocore.exceptions import ClientError

ATTEMPTS = 12
SECONDS_BETWEEN_ATTEMPTS = 5


def handler(event: dict[str, Any], _context: object) -> None:
    """Answers a request of CloudFormation."""
    answer = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    answer["PhysicalResourceId"] = event.get("PhysicalResourceId", "failed")
    try:
        answer["PhysicalResourceId"] = physical_id_after(event)
        answer["Status"] = "SUCCESS"
    except Exception as error:  # noqa: BLE001 - without an answer, CloudFormation waits an hour
        answer |= {"Status": "FAILED", "Reason": repr(error)}
    request = urllib.request.Request(  # noqa: S310
        event["ResponseURL"], json.dumps(answer).encode(), {"Content-Type": ""}, method="PUT"
    )
    urllib.request.urlopen(request).close()  # noqa: S310


def physical_id_after(event: dict[str, Any]) -> str:
    """Does what a request asks, and returns the physical ID of the resource."""
    bucket = event["ResourceProperties"]["BucketName"]
    if event["RequestType"] == "Create":
        return f"{bucket}/{'new' if is_empty(bucket) else 'in-use'}"
    physical_id: str = event["PhysicalResourceId"]
    if event["RequestType"] == "Delete" and physical_id == f"{bucket}/new":
        require_deletion(event["StackId"], bucket)
        empty(bucket)
    return physical_id


def require_deletion(stack: str, bucket: str) -> None:
    """Compares a request with the resources of the stack, the only one that the role can read."""
    resources = boto3.client("cloudformation").get_paginator("list_stack_resources")
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(SECONDS_BETWEEN_ATTEMPTS)
        kept = [
            item
            for page in resources.paginate(StackName=stack)
            for item in page["StackResourceSummaries"]
            if item.get("PhysicalResourceId", "").startswith(f"{bucket}/")
            and item["ResourceStatus"] not in ("DELETE_IN_PROGRESS", "DELETE_COMPLETE")
        ]
        if not kept:
            return
    raise RuntimeError(f"CloudFormation does not delete {kept[0]['LogicalResourceId']}")


def is_empty(bucket: str) -> bool:
    """Whether a bucket is known to be empty. The permissions of a new role take a while to apply."""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(SECONDS_BETWEEN_ATTEMPTS)
        try:
            return not any(pages(bucket))
        except ClientError as error:
            if error.response["Error"]["Code"] != "AccessDenied":
                raise
    return False


def empty(bucket: str) -> None:
    """Deletes all versions of all objects of a bucket."""
    for versions in pages(bucket):
        answer = boto3.client("s3").delete_objects(
            Bucket=bucket, Delete={"Objects": versions, "Quiet": True}
        )
        if answer.get("Errors"):
            raise RuntimeError(answer["Errors"][0])


def pages(bucket: str) -> Any:
    """Versions of objects and delete markers of a bucket, up to 1,000 at a time."""
    for page in boto3.client("s3").get_paginator("list_object_versions").paginate(Bucket=bucket):
        found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        if found:
            yield [{name: item[name] for name in ("Key", "VersionId")} for item in found]
