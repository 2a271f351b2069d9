"""The policy simulator of IAM.

Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from typing import TYPE_CHECKING, Any

from tests.aws.front.errors import ServiceError
from tests.aws.iam.decision import Request, Resource, may
from tests.aws.permissions import role

from .registry import operation

if TYPE_CHECKING:
    from tests.aws.cloud import Cloud


@operation("iam", "SimulatePrincipalPolicy")
def simulate(cloud: "Cloud", arguments: dict[str, Any]) -> dict[str, Any]:
    arn = arguments["PolicySourceArn"]
    iam = cloud.client("iam")
    try:
        iam.get_role(RoleName=arn.rpartition("/")[2])
    except iam.exceptions.NoSuchEntityException as error:
        raise ServiceError("NoSuchEntity", f"The role {arn} cannot be found.") from error
    caller = role(cloud, arn)
    context = {
        entry["ContextKeyName"]: entry["ContextKeyValues"][0]
        for entry in arguments.get("ContextEntries", [])
    }
    return {
        "IsTruncated": False,
        "EvaluationResults": [
            {
                "EvalActionName": action,
                "EvalResourceName": resource,
                "EvalDecision": "allowed"
                if may(caller, Request(action, Resource(resource, cloud.account, None), context))
                else "implicitDeny",
                "MatchedStatements": [],
                "MissingContextValues": [],
            }
            for action in arguments["ActionNames"]
            for resource in arguments.get("ResourceArns", ["*"])
        ],
    }
