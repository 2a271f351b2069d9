"""AWS Lambda function that creates task governance where CloudFormation cannot.

It is deployed as inline code, so it must not exceed 4,096 characters.
"""

import json
import time
import urllib.request
from typing import Any

import boto3
from botocore.exceptions import ClientError

SECONDS_BETWEEN_ATTEMPTS = 5
ATTEMPTS = 50
NOT_CREATED = "not-created"
MUTABLE = ("SchedulerConfig", "ComputeQuotaConfig", "ComputeQuotaTarget", "ActivationState")


def handler(event: dict[str, Any], _context: object) -> None:
    """Answers a request of CloudFormation."""
    answer = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    answer["PhysicalResourceId"] = event.get("PhysicalResourceId", NOT_CREATED)
    try:
        apply(event, answer)
        answer["Status"] = "SUCCESS"
    except Exception as error:  # noqa: BLE001 - without an answer, CloudFormation waits an hour
        answer |= {"Status": "FAILED", "Reason": repr(error)[:500]}
    request = urllib.request.Request(  # noqa: S310
        event["ResponseURL"], json.dumps(answer).encode(), {"Content-Type": ""}, method="PUT"
    )
    urllib.request.urlopen(request).close()  # noqa: S310


def apply(event: dict[str, Any], answer: dict[str, Any]) -> None:
    """Does what a request asks, and records the ID of the resource as soon as it is known."""
    kind, known = event["ResourceProperties"]["Kind"], answer["PhysicalResourceId"]
    if event["RequestType"] == "Delete":
        delete(kind, known)
        return
    wanted: dict[str, Any] = json.loads(event["ResourceProperties"]["Request"])
    current = find(kind, known)
    if current and identity(current) == identity(wanted):
        changes = {key: value for key, value in wanted.items() if key in MUTABLE}
        changes["Description"] = wanted.get("Description", "")
        version = current[f"{kind}Version"]
        call("update", kind)(**{f"{kind}Id": known, "TargetVersion": version}, **changes)
    else:
        if current and current["ClusterArn"] == wanted["ClusterArn"]:
            delete(kind, known)  # a cluster has one of a name or team
        answer["PhysicalResourceId"] = call("create", kind)(**wanted)[f"{kind}Id"]
    settle(kind, answer["PhysicalResourceId"])


def identity(request: dict[str, Any]) -> tuple[object, ...]:
    """What cannot be changed."""
    team = request.get("ComputeQuotaTarget", {}).get("TeamName")
    return request["Name"], request["ClusterArn"], team


def call(verb: str, kind: str) -> Any:
    """An operation of the API."""
    noun = "compute_quota" if kind == "ComputeQuota" else "cluster_scheduler_config"
    return getattr(boto3.client("sagemaker"), f"{verb}_{noun}")


def find(kind: str, known: str) -> dict[str, Any] | None:
    """The resource, unless it is gone."""
    if known == NOT_CREATED:
        return None
    try:
        found: dict[str, Any] = call("describe", kind)(**{f"{kind}Id": known})
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFound":
            return None
        raise
    return None if found["Status"] == "Deleted" else found


def settle(kind: str, known: str, *, gone: bool = False) -> None:
    """Waits until a change has succeeded."""
    found = None
    for _ in range(ATTEMPTS):
        found = find(kind, known)
        if not found if gone else found and found["Status"] in ("Created", "Updated"):
            return
        if found and "Failed" in found["Status"]:
            raise RuntimeError(found.get("FailureReason") or found["Status"])
        time.sleep(SECONDS_BETWEEN_ATTEMPTS)
    raise TimeoutError(found)


def delete(kind: str, known: str) -> None:
    """Deletes the resource, unless it is gone."""
    if find(kind, known):
        call("delete", kind)(**{f"{kind}Id": known})
        settle(kind, known, gone=True)
