"""Change sets: plans that wait to be executed."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from .planning import Plan
from .stack import Stack
from .template import Json

NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."
EARLY = (
    "The following hook(s)/validation failed: [AWS::EarlyValidation::PropertyValidation]. To "
    "troubleshoot Early Validation errors, use the DescribeEvents API for detailed failure "
    "information."
)


@dataclass
class ChangeSet:
    """A plan that waits to be executed.

    Attributes:
        name: Its name.
        arn: Its id.
        kind: CREATE or UPDATE.
        stack: What it changes.
        version: The version of the stack that it changes.
        plan: What it makes of the stack.
        problems: What validation found, by resource.
    """

    name: str
    arn: str
    kind: str
    stack: Stack
    version: int
    plan: Plan
    problems: list[tuple[str, str]]
    created: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def reason(self) -> str | None:
        """Why it cannot be executed, if it cannot."""
        if self.problems:
            return EARLY
        return None if self.plan.is_change else NO_CHANGES

    def description(self) -> Json:
        """What CloudFormation says of it."""
        return {
            "ChangeSetName": self.name,
            "ChangeSetId": self.arn,
            "StackId": self.stack.arn,
            "StackName": self.stack.name,
            "CreationTime": self.created,
            "ExecutionStatus": "UNAVAILABLE" if self.reason else "AVAILABLE",
            "Status": "FAILED" if self.reason else "CREATE_COMPLETE",
            "StatusReason": self.reason,
            "Changes": self.plan.changes,
        }

    def events(self) -> list[Json]:
        """What validation found, as DescribeEvents says it."""
        return [
            {
                "EventId": f"{self.arn}-{number}",
                "StackId": self.stack.arn,
                "OperationId": self.arn,
                "OperationType": "CREATE_CHANGESET",
                "EventType": "VALIDATION_ERROR",
                "LogicalResourceId": name,
                "ResourceType": self.plan.template["Resources"][name]["Type"],
                "Timestamp": self.created,
                "ValidationFailureMode": "FAIL",
                "ValidationName": "PROPERTY_VALIDATION",
                "ValidationStatus": "FAILED",
                "ValidationStatusReason": problem,
                "ValidationPath": f"/Resources/{name}/Properties",
            }
            for number, (name, problem) in enumerate(self.problems)
        ]
