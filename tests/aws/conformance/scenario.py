"""A scenario: steps in an empty account, the expected outcome of the last one, and its source."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from botocore.exceptions import ClientError

from tests.aws.cloudformation.template import Json
from tests.aws.emulator import Emulator

PATIENCE = 60
DONE = "done"


class Kind(Enum):
    """What a source is."""

    DOCUMENTATION = "documentation of AWS"
    ISSUE = "public issue"
    KNOWLEDGE = "knowledge, not verified"


@dataclass(frozen=True)
class Outcome:
    """The outcome of a step.

    Attributes:
        result: Status of the stack, error code, or `done`.
        told: Status reason or error message.
        value: Response of a call.
    """

    result: str
    told: str = ""
    value: Any = None


Step = Callable[[Emulator], Outcome]


@dataclass(frozen=True)
class Scenario:
    """The behavior of AWS in a situation.

    Attributes:
        row: Number of the behavior, section first.
        name: Description of the situation.
        steps: Requests to make.
        expected: Outcome of the last step.
        says: Part of its status reason or error message.
        source: Page or issue that documents the behavior.
        kind: Kind of the source.
        missing: Reason why the emulator does not have the behavior.
    """

    row: str
    name: str
    steps: tuple[Step, ...]
    expected: str
    source: str
    kind: Kind = Kind.DOCUMENTATION
    says: str = ""
    missing: str | None = None

    def run(self, emulator: Emulator) -> Outcome:
        """Runs the steps and returns the outcome of the last one."""
        return [step(emulator) for step in self.steps][-1]


def create(template: Json, name: str = "S", **arguments: Any) -> Step:
    """Creates a stack."""
    return _on_stack("create_stack", name, TemplateBody=json.dumps(template), **arguments)


def update(template: Json, name: str = "S", **arguments: Any) -> Step:
    """Updates a stack."""
    return _on_stack("update_stack", name, TemplateBody=json.dumps(template), **arguments)


def delete(name: str = "S") -> Step:
    """Deletes a stack."""
    return _on_stack("delete_stack", name)


def call(service: str, operation: str, **arguments: Any) -> Step:
    """Calls a service."""

    def step(emulator: Emulator) -> Outcome:
        try:
            answer = getattr(emulator.cloud.client(service), operation)(**arguments)
        except ClientError as error:
            return _refused(error)
        return Outcome(DONE, str(answer), answer)

    return step


def _on_stack(operation: str, name: str, **arguments: Any) -> Step:
    def step(emulator: Emulator) -> Outcome:
        cloudformation = emulator.cloud.client("cloudformation")
        if operation != "delete_stack":
            arguments.setdefault("Capabilities", ["CAPABILITY_NAMED_IAM"])
        stack = next((each for each in emulator.cloudformation.stacks if each.name == name), None)
        past = len(stack.events) if stack else 0
        try:
            getattr(cloudformation, operation)(StackName=name, **arguments)
        except ClientError as error:
            return _refused(error)
        stack = next(each for each in emulator.cloudformation.stacks if each.name == name)
        if not stack.wait(PATIENCE):
            return Outcome("hangs", stack.status)
        told = [
            f"{event['ResourceStatus']} {event['PhysicalResourceId']}: {event['ResourceStatusReason']}"
            for event in stack.events[past:]
        ]
        return Outcome(stack.status, "\n".join(told), stack)

    return step


def _refused(error: ClientError) -> Outcome:
    return Outcome(error.response["Error"]["Code"], error.response["Error"]["Message"])
