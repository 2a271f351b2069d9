"""What CloudFormation knows of a stack."""

import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from .template import Json, Made


@dataclass
class StackResource:
    """A resource of a stack.

    Attributes:
        kind: Its type.
        properties: Its properties, without functions.
        needs: Logical ids of what must outlive it.
        made: What it is called, once it exists.
        generation: How often it has been replaced.
        deletion_policy: What becomes of it when it leaves the stack.
        replace_policy: What becomes of it when another takes its place.
        status: Its last status.
        reason: Why.
        updated: When it had that status.
    """

    kind: str
    properties: Json
    needs: set[str]
    made: Made
    generation: int = 0
    deletion_policy: str = "Delete"
    replace_policy: str = "Delete"
    status: str = ""
    reason: str | None = None
    updated: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass
class Stack:
    """A stack.

    Attributes:
        name: Its name.
        arn: Its id.
        template: Its template.
        body: Its template, as it was sent.
        parameters: Values of its parameters, as they were sent.
        tags: Its tags.
        capabilities: What its template may do.
        resources: Its resources, by logical id.
        outputs: Its outputs.
        status: Its status.
        reason: Why.
        events: What happened, oldest first.
        protected: Whether it must not be deleted.
        resume: Continues a rollback that failed, without some of the resources.
        version: How often it has been created or updated.
        role: ARN of the role with which CloudFormation acts; by default, that of the caller.
    """

    name: str
    arn: str
    template: Json = field(default_factory=dict)
    body: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    tags: list[Json] = field(default_factory=list)
    capabilities: list[str] = field(default_factory=list)
    resources: dict[str, StackResource] = field(default_factory=dict)
    outputs: list[Json] = field(default_factory=list)
    status: str = "REVIEW_IN_PROGRESS"
    reason: str | None = None
    events: list[Json] = field(default_factory=list)
    protected: bool = False
    resume: Callable[[Collection[str]], None] | None = field(default=None, repr=False)
    version: int = 0
    role: str | None = None
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated: datetime | None = None
    _turned: threading.Condition = field(
        default_factory=threading.Condition, repr=False, compare=False
    )

    @property
    def exists(self) -> bool:
        """Whether it has not been deleted."""
        return self.status != "DELETE_COMPLETE"

    @property
    def busy(self) -> bool:
        """Whether something happens to it."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    def edges(self) -> dict[str, set[str]]:
        """What each resource needs to outlive it."""
        return {
            name: resource.needs & self.resources.keys()
            for name, resource in self.resources.items()
        }

    def types(self) -> dict[str, str]:
        """Types of the resources."""
        return {name: resource.kind for name, resource in self.resources.items()}

    def exports(self) -> Iterator[tuple[str, str]]:
        """Names and values of its exports."""
        for output in self.outputs:
            if "ExportName" in output:
                yield output["ExportName"], output["OutputValue"]

    def set_status(self, status: str, reason: str | None = None) -> None:
        """Notes a new status of the stack as an event, then gives it to the stack."""
        self.add_event(self.name, "AWS::CloudFormation::Stack", self.arn, status, reason)
        with self._turned:
            self.status = status
            self.reason = reason
            self._turned.notify_all()

    def wait(self, seconds: float) -> bool:
        """Waits until nothing happens to it any more.

        Args:
            seconds: How long at most.

        Returns:
            Whether nothing happens to it.
        """
        with self._turned:
            return self._turned.wait_for(lambda: not self.busy, seconds)

    def set_resource_status(self, name: str, status: str, reason: str | None = None) -> None:
        """Gives a resource a new status, and notes it as an event."""
        resource = self.resources[name]
        resource.status = status
        resource.reason = reason
        resource.updated = datetime.now(UTC)
        self.add_event(name, resource.kind, resource.made.physical_id, status, reason)

    def add_event(
        self, name: str, kind: str, physical_id: str, status: str, reason: str | None
    ) -> None:
        """Adds an event, later than the one before it as clients sort them by time."""
        now = datetime.now(UTC)
        if self.events:
            now = max(now, self.events[-1]["Timestamp"] + timedelta(milliseconds=1))
        self.events.append(
            {
                "StackId": self.arn,
                "EventId": f"{name}-{uuid4()}",
                "StackName": self.name,
                "LogicalResourceId": name,
                "PhysicalResourceId": physical_id,
                "ResourceType": kind,
                "Timestamp": now,
                "ResourceStatus": status,
                "ResourceStatusReason": reason,
            }
        )
