"""AWS Lambda function that sets the retention and the key of the log group of a cluster.

It creates the log group unless HyperPod has done so already, which it does with the first record of a
node. The function is deployed as inline code, so it must not exceed 4,096 characters.
"""

import time
from contextlib import suppress
from typing import Any

import boto3
import cfnresponse
from botocore.exceptions import ClientError

ATTEMPTS = 12
SECONDS_BETWEEN_ATTEMPTS = 5


def handler(event: dict[str, Any], context: object) -> None:
    """Answers a request of CloudFormation. The log group is kept when the resource is deleted."""
    properties = event["ResourceProperties"]
    status, reason = cfnresponse.SUCCESS, None
    try:
        if event["RequestType"] != "Delete":
            prepare(properties, event.get("OldResourceProperties", {}))
    except Exception as error:  # noqa: BLE001 - without an answer, CloudFormation waits an hour
        status, reason = cfnresponse.FAILED, repr(error)
    cfnresponse.send(event, context, status, {}, properties["LogGroupName"], reason=reason)


def prepare(new: dict[str, str], old: dict[str, str]) -> None:
    """Sets the properties. The permissions of a new role take a while to apply."""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(SECONDS_BETWEEN_ATTEMPTS)
        try:
            return set_properties(new, old)
        except ClientError as error:
            denied = error.response["Error"]["Code"] == "AccessDeniedException"
            if not denied or attempt == ATTEMPTS - 1:
                raise
    return None


def set_properties(new: dict[str, str], old: dict[str, str]) -> None:
    """Creates the log group, and sets its retention and key."""
    logs = boto3.client("logs")
    group = {"logGroupName": new["LogGroupName"]}
    with suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(**group)
    if new["RetentionInDays"] == "0":
        logs.delete_retention_policy(**group)
    else:
        logs.put_retention_policy(**group, retentionInDays=int(new["RetentionInDays"]))
    if new["KmsKeyArn"]:
        logs.associate_kms_key(**group, kmsKeyId=new["KmsKeyArn"])
    elif old.get("KmsKeyArn") and old["LogGroupName"] == new["LogGroupName"]:
        logs.disassociate_kms_key(**group)
