"""Sessions of roles.

Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from typing import Any

from tests.aws.cloud import Cloud
from tests.aws.front.before import before
from tests.aws.front.errors import ServiceError


@before("sts", "AssumeRole")
def refuse_roles_that_do_not_exist(cloud: Cloud, arguments: dict[str, Any]) -> None:
    """Refuses a role that there is not, in the words for one that cannot be assumed."""
    arn = arguments["RoleArn"]
    if arn not in {role["Arn"] for role in cloud.client("iam").list_roles()["Roles"]}:
        raise ServiceError(
            "AccessDenied", f"User is not authorized to perform: sts:AssumeRole on resource: {arn}"
        )
