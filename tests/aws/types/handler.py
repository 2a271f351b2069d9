"""What the emulator's CloudFormation asks of each resource type."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from tests.aws.cloud import Cloud
from tests.aws.cloudformation.schema import value_at
from tests.aws.cloudformation.template import Json, Made
from tests.aws.front.errors import ResourceFailure


@dataclass(frozen=True)
class Request:
    """What a resource is to be like.

    Attributes:
        cloud: Where it lives.
        stack_id: ARN of its stack.
        stack_name: Name of its stack.
        logical_id: Its name in the template.
        kind: Its type.
        properties: Its properties, without functions.
        generation: How often it has been replaced.
    """

    cloud: Cloud
    stack_id: str
    stack_name: str
    logical_id: str
    kind: str
    properties: Json
    generation: int = 0

    def __getitem__(self, name: str) -> Any:
        return self.properties[name]

    def get(self, name: str, default: Any = None) -> Any:
        """A property, or the default where the template has none."""
        return self.properties.get(name, default)

    def client(self, service: str) -> Any:
        """A client of a service."""
        return self.cloud.client(service)

    def client_of_service(self, service: str) -> Any:
        """A client for what a service does itself, with its service-linked role."""
        return self.cloud.acting_as(None).client(service)

    def name(self, limit: int = 63) -> str:
        """The name CloudFormation makes up for a resource that has none."""
        identity = f"{self.stack_id}/{self.logical_id}/{self.generation}"
        digest = hashlib.sha256(identity.encode()).hexdigest()
        room = limit - 14
        return f"{f'{self.stack_name}-{self.logical_id}'[:room].rstrip('-')}-{digest[:12]}"

    def chosen(self, *names: str) -> Json:
        """Some properties, those that the template has."""
        return {name: self.properties[name] for name in names if name in self.properties}

    def specification(self, kind: str) -> list[Json]:
        """The tags, as EC2 takes them with a new resource of a kind."""
        tags = self.get("Tags", [])
        return [{"ResourceType": kind, "Tags": tags}] if tags else []


class Handler(ABC):
    """How resources of a type are made, changed and deleted."""

    replaced_by: ClassVar[Sequence[tuple[str, ...]]] = ()
    """Properties whose change replaces the resource although its schema does not say so."""

    @abstractmethod
    def create(self, request: Request) -> Made:
        """Makes the resource, or starts to."""

    def settle(self, request: Request, made: Made) -> Made:  # noqa: ARG002
        """Waits until the resource is there, while others are made beside it."""
        return made

    def replaces(self, old: Json, new: Json) -> bool:
        """Whether a change creates a new resource, apart from what the schema says."""
        return any(value_at(old, path) != value_at(new, path) for path in self.replaced_by)

    def update(self, request: Request, made: Made, old: Json) -> Made:
        """Changes the resource in place."""
        self.refuse_changes(request, old)
        return made

    def refuse_changes(self, request: Request, old: Json, *known: str) -> None:
        """Says which changes the emulator cannot make, apart from those of known properties."""
        changed = {
            name
            for name in old.keys() | request.properties.keys()
            if old.get(name) != request.properties.get(name)
        }
        unknown = sorted(changed - {"Tags", *known})
        if unknown:
            raise ResourceFailure(
                f"the emulator cannot change {', '.join(unknown)} of {request.kind}"
            )

    def snapshot(self, request: Request, made: Made) -> None:
        """Saves the resource before it is deleted."""
        raise NotImplementedError

    def before_deletion(self, request: Request, made: Made) -> None:  # noqa: B027
        """Hears that the stack is about to be deleted, before anything in it is."""

    @abstractmethod
    def delete(self, request: Request, made: Made) -> None:
        """Deletes the resource."""


HANDLERS: dict[str, Handler] = {}
"""The handlers that modules of this folder have registered."""


def resource(kind: str, *arguments: Any) -> Callable[[type[Handler]], type[Handler]]:
    """Registers a class as the handler of a type.

    Args:
        kind: The type.
        arguments: Arguments of its constructor.
    """

    def register(handler: type[Handler]) -> type[Handler]:
        HANDLERS[kind] = handler(*arguments)
        return handler

    return register
