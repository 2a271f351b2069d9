"""Key policies.

Sources: https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html and
https://github.com/hashicorp/terraform-provider-aws/issues/29282
"""

import json
from typing import Any

from tests.aws.cloud import Cloud
from tests.aws.front.before import before
from tests.aws.front.errors import ServiceError
from tests.aws.iam.decision import Caller, Request, Resource, may
from tests.aws.iam.policy import identity_policy, resource_policy
from tests.aws.iam.principals import Principal

_EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"},
}


@before("kms", "CreateKey", "PutKeyPolicy")
def refuse_lockouts(cloud: Cloud, arguments: dict[str, Any]) -> None:
    """Refuses a policy after which neither the account nor a role of it could change the policy."""
    if arguments.get("Policy") is None or arguments.get("BypassPolicyLockoutSafetyCheck"):
        return
    arn = f"arn:aws:kms:{cloud.region}:{cloud.account}:key/{arguments.get('KeyId', 'new')}"
    policy = resource_policy(json.loads(arguments["Policy"]), f"policy of {arn}")
    wanted = Request("kms:PutKeyPolicy", Resource(arn, cloud.account, policy, delegates=True))
    roles = cloud.client("iam").list_roles()["Roles"]
    callers = [
        Principal(f"arn:aws:iam::{cloud.account}:root"),
        *(Principal(f"{role['Arn']}/session", role["Arn"]) for role in roles),
    ]
    everything = identity_policy(_EVERYTHING, "policy of an administrator")
    if not any(may(Caller(each, [everything]), wanted) for each in callers):
        raise ServiceError(
            "MalformedPolicyDocumentException",
            "The new key policy will not allow you to update the key policy in the future.",
        )


@before("logs", "CreateLogGroup")
def refuse_keys_of_others(cloud: Cloud, arguments: dict[str, Any]) -> None:
    """Refuses a key that CloudWatch Logs may not use for the log group."""
    key = arguments.get("kmsKeyId")
    if key is None:
        return
    group = f"arn:aws:logs:{cloud.region}:{cloud.account}:log-group:{arguments['logGroupName']}"
    text = cloud.client("kms").get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    policy = resource_policy(json.loads(text), f"policy of key {key}")
    context = {
        "kms:EncryptionContext:aws:logs:arn": group,
        "aws:SourceAccount": cloud.account,
        "aws:SourceArn": group,
    }
    service = Caller(Principal(f"logs.{cloud.region}.amazonaws.com"))
    wanted = Request("kms:Encrypt", Resource(key, cloud.account, policy), context)
    if not may(service, wanted):
        raise ServiceError(
            "AccessDeniedException",
            f"The specified KMS key does not exist or is not allowed to be used with Arn '{group}'",
        )
