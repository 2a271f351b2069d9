"""`AWS::CloudFormation::Stack`: a stack within a stack, with the role of the outer one.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html
"""

from collections.abc import Callable, Collection

from tests.aws.front.errors import ResourceFailure, ServiceError
from tests.aws.types.handler import Handler, Request

from .stack import Stack
from .template import Json, Made

PATIENCE = 600
_UNCHANGED = "No updates are to be performed."


class NestedStack(Handler):
    """How CloudFormation creates, updates and deletes the stacks in its stacks.

    Args:
        call: Calls CloudFormation, with the ARN of the role that calls.
        stacks: The stacks of the account.
    """

    def __init__(
        self, call: Callable[[str, Json, str | None], Json], stacks: Collection[Stack]
    ) -> None:
        self._call = call
        self._stacks = stacks

    def create(self, request: Request) -> Made:
        name = request.name(128)
        answer = self._call("CreateStack", self._arguments(request, name), request.cloud.role)
        return self._ended(answer["StackId"], "CREATE_COMPLETE", "created")

    def update(self, request: Request, made: Made, old: Json) -> Made:  # noqa: ARG002
        try:
            arguments = self._arguments(request, made.physical_id)
            self._call("UpdateStack", arguments, request.cloud.role)
        except ServiceError as error:
            if error.message != _UNCHANGED:
                raise
            return made
        return self._ended(made.physical_id, "UPDATE_COMPLETE", "updated")

    def delete(self, request: Request, made: Made) -> None:
        self._call("DeleteStack", {"StackName": made.physical_id}, request.cloud.role)
        self._ended(made.physical_id, "DELETE_COMPLETE", "deleted")

    def _arguments(self, request: Request, name: str) -> Json:
        outer = self._stack(request.stack_id)
        return {
            "StackName": name,
            "TemplateURL": request["TemplateURL"],
            "Parameters": [
                {"ParameterKey": key, "ParameterValue": _text(value)}
                for key, value in request.get("Parameters", {}).items()
            ],
            "Capabilities": outer.capabilities,
            "Tags": [*outer.tags, *request.get("Tags", [])],
        }

    def _ended(self, arn: str, status: str, done: str) -> Made:
        stack = self._stack(arn)
        if not stack.wait(PATIENCE) or stack.status != status:
            reason = next(
                (
                    event["ResourceStatusReason"]
                    for event in stack.events
                    if event["ResourceStatus"].endswith("_FAILED")
                ),
                stack.reason,
            )
            raise ResourceFailure(
                f"Embedded stack {arn} was not successfully {done}: {reason}", arn
            )
        outputs = {f"Outputs.{item['OutputKey']}": item["OutputValue"] for item in stack.outputs}
        return Made(arn, outputs)

    def _stack(self, arn: str) -> Stack:
        return next(stack for stack in self._stacks if stack.arn == arn)


def _text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
