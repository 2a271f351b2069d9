"""Limits of roles, and whom they trust.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html and
https://github.com/aws-actions/configure-aws-credentials/issues/332
"""

import json
import re
from typing import Any

from tests.aws.cloud import Cloud
from tests.aws.front.before import before
from tests.aws.front.errors import ServiceError

OF_ROLES = 10_240
"""Characters of all policies within a role, without white space."""


@before("iam", "PutRolePolicy")
def refuse_long_policies(cloud: Cloud, arguments: dict[str, Any]) -> None:
    """Refuses policies within a role that are too long together."""
    iam, role = cloud.client("iam"), arguments["RoleName"]
    others = [
        iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
        if name != arguments["PolicyName"]
    ]
    texts = [json.dumps(each) for each in (json.loads(arguments["PolicyDocument"]), *others)]
    if sum(len("".join(text.split())) for text in texts) > OF_ROLES:
        raise ServiceError(
            "LimitExceeded",
            f"Maximum policy size of {OF_ROLES} bytes exceeded for role {role}",
        )


@before("iam", "CreateRole", "UpdateAssumeRolePolicy")
def refuse_principals_that_do_not_exist(cloud: Cloud, arguments: dict[str, Any]) -> None:
    """Refuses trust in a role of the account that there is not."""
    document = arguments.get("AssumeRolePolicyDocument") or arguments.get("PolicyDocument")
    named = set(re.findall(rf'"arn:aws:iam::{cloud.account}:role/[^"*]+"', document or ""))
    known = {f'"{role["Arn"]}"' for role in cloud.client("iam").list_roles()["Roles"]}
    for arn in sorted(named - known):
        raise ServiceError("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":{arn}')
