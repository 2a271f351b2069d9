"""Creating, updating and deleting a stack, with rollback."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Any

from tests.aws.cloud import Cloud
from tests.aws.faults import Faults
from tests.aws.front.errors import ResourceFailure, ServiceError
from tests.aws.types.handler import Handler, Request

from .dynamic_references import with_values
from .exports import Exports
from .names import refuse_taken
from .order import Order
from .policies import RETAINED_ON_DELETION, RETAINED_ON_ROLLBACK, SNAPSHOT, policy_of
from .reasons import reason_of
from .replacement import coerced, is_replaced, refuse_properties
from .stack import Stack, StackResource
from .template import Made, Resolver

Undo = tuple[str, Callable[[], None]]
"""A resource that changed, and what changes it back."""


@dataclass
class Operation:
    """One run over the resources of a stack.

    A resource that takes long, as a cluster does, is only there when something needs it or when
    nothing else is left to do: whatever has no edge to it happens meanwhile.

    Attributes:
        stack: The stack.
        cloud: Where its resources live.
        handlers: How resources of a type are made.
        order: In which order.
        faults: Takes what is no answer of AWS.
        exports: The exports of all stacks.
    """

    stack: Stack
    cloud: Cloud
    handlers: dict[str, Handler]
    order: Order
    faults: Faults
    exports: Exports
    _started: dict[str, str] = field(default_factory=dict)
    _undo: list[Undo] = field(default_factory=list)
    _created: list[tuple[str, StackResource]] = field(default_factory=list)
    _replaced: list[tuple[str, StackResource]] = field(default_factory=list)

    def create(self, resolver: Resolver) -> None:
        """Makes every resource, or none."""
        self.stack.set_status("CREATE_IN_PROGRESS", "User Initiated")
        try:
            self._bring_about(resolver)
            self.stack.outputs = self._outputs(resolver)
        except _Failed as failure:
            self._cancel("CREATE_FAILED", "Resource creation cancelled")
            self._roll_creation_back(f"The following resource(s) failed to create: [{failure}].")
        except ServiceError as error:
            self._roll_creation_back(error.message)
        else:
            self.stack.set_status("CREATE_COMPLETE")

    def update(self, resolver: Resolver, commit: Callable[[], None]) -> None:
        """Makes the resources as a new template wants them, or leaves them as they were.

        Args:
            resolver: Reads the new template.
            commit: Notes that the stack now has the new template.
        """
        before = dict(self.stack.resources)
        self.stack.set_status("UPDATE_IN_PROGRESS", "User Initiated")
        try:
            self._bring_about(resolver)
            new_outputs = self._outputs(resolver)
        except _Failed as failure:
            self._cancel("UPDATE_FAILED", "Resource update cancelled")
            self._roll_back(f"The following resource(s) failed to update: [{failure}].", before)
            return
        except ServiceError as error:
            self._roll_back(error.message, before)
            return
        self.stack.outputs = new_outputs
        commit()
        self.stack.set_status("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        self._clean_up(resolver)
        self.stack.set_status("UPDATE_COMPLETE")

    def delete(self) -> None:
        """Deletes every resource but those to retain."""
        self.stack.set_status("DELETE_IN_PROGRESS", "User Initiated")
        self._announce_deletion()
        self._delete_all("DELETE", RETAINED_ON_DELETION)

    def _outputs(self, resolver: Resolver) -> list[dict[str, Any]]:
        found = outputs(resolver)
        self.exports.refuse_outputs(self.stack, found)
        return found

    def _roll_creation_back(self, reason: str) -> None:
        self.stack.set_status("ROLLBACK_IN_PROGRESS", f"{reason} Rollback requested by user.")
        self._delete_all("ROLLBACK", RETAINED_ON_ROLLBACK)

    def _bring_about(self, resolver: Resolver) -> None:
        edges = resolver.edges()
        resources = resolver.resources()
        types = {name: resource["Type"] for name, resource in resources.items()}
        for name in self.order.creation(edges, types):
            for needed in edges[name] & self._started.keys():
                self._settle(needed, resolver)
            self._bring(name, edges[name], resolver)
        for name in list(self._started):
            self._settle(name, resolver)

    def _bring(self, name: str, needs: set[str], resolver: Resolver) -> None:
        definition = resolver.template["Resources"][name]
        wanted = StackResource(
            kind=definition["Type"],
            properties=self._resolved(name, resolver),
            needs=needs,
            made=Made(""),
            deletion_policy=policy_of(definition, "DeletionPolicy"),
            replace_policy=policy_of(definition, "UpdateReplacePolicy"),
        )
        current = self.stack.resources.get(name)
        if current is None:
            self._create(name, wanted, resolver)
        elif self._replaces(current, wanted):
            wanted.generation = current.generation + 1
            self._replaced.append((name, current))
            self._create(name, wanted, resolver, "UPDATE", current)
        elif current.properties != wanted.properties:
            self._change(name, current, wanted, resolver)
        else:
            wanted.made, wanted.generation = current.made, current.generation
            wanted.status, wanted.updated = current.status, current.updated
            self.stack.resources[name] = wanted

    def _replaces(self, current: StackResource, wanted: StackResource) -> bool:
        return is_replaced(
            self.handlers[wanted.kind],
            wanted.kind,
            self.cloud.region,
            current.properties,
            wanted.properties,
        )

    def _resolved(self, name: str, resolver: Resolver) -> dict[str, Any]:
        kind, region = resolver.template["Resources"][name]["Type"], self.cloud.region
        try:
            properties = coerced(kind, region, resolver.properties(name))
            refuse_properties(name, kind, region, properties)
        except (ResourceFailure, ServiceError) as error:
            reason = error.message if isinstance(error, ServiceError) else str(error)
            verb = "UPDATE" if name in self.stack.resources else "CREATE"
            self.stack.add_event(name, kind, "", f"{verb}_FAILED", reason)
            raise _Failed(name) from error
        return properties

    def _create(
        self,
        name: str,
        wanted: StackResource,
        resolver: Resolver,
        verb: str = "CREATE",
        current: StackResource | None = None,
    ) -> None:
        self.stack.resources[name] = wanted
        self.stack.set_resource_status(
            name,
            f"{verb}_IN_PROGRESS",
            "Requested update requires replacement" if current else None,
        )
        handler = self.handlers[wanted.kind]

        def make() -> None:
            refuse_taken(self.exports.stacks, wanted, current, self.cloud.region)
            wanted.made = handler.create(self._with_values(name, wanted))

        self._created.append((name, wanted))
        self._try(name, verb, make)
        self._note_made(name, resolver)
        self.stack.set_resource_status(name, f"{verb}_IN_PROGRESS", "Resource creation Initiated")
        self._started[name] = verb

    def _change(
        self, name: str, current: StackResource, wanted: StackResource, resolver: Resolver
    ) -> None:
        wanted.made, wanted.generation = current.made, current.generation
        self.stack.resources[name] = wanted
        self.stack.set_resource_status(name, "UPDATE_IN_PROGRESS")
        handler = self.handlers[wanted.kind]

        def change() -> None:
            old = with_values(self.cloud, current.properties)
            wanted.made = handler.update(self._with_values(name, wanted), current.made, old)

        def change_back() -> None:
            new = with_values(self.cloud, wanted.properties)
            handler.update(self._with_values(name, current), wanted.made, new)

        self._undo.append((name, change_back))
        try:
            self._try(name, "UPDATE", change)
        except _Failed:
            self._undo.pop()
            raise
        if wanted.made.physical_id != current.made.physical_id:
            self._replaced.append((name, current))
        self._note_made(name, resolver)
        self._started[name] = "UPDATE"

    def _settle(self, name: str, resolver: Resolver) -> None:
        verb = self._started.pop(name)
        resource = self.stack.resources[name]
        handler = self.handlers[resource.kind]

        def wait() -> None:
            resource.made = handler.settle(self._request(name, resource), resource.made)

        self._try(name, verb, wait)
        self._note_made(name, resolver)
        self.stack.set_resource_status(name, f"{verb}_COMPLETE")

    def _note_made(self, name: str, resolver: Resolver) -> None:
        assert isinstance(resolver.made, dict)
        resolver.made[name] = self.stack.resources[name].made

    def _try(self, name: str, verb: str, action: Callable[[], None]) -> None:
        try:
            action()
        except Exception as error:
            reason, resource = reason_of(error, self.faults), self.stack.resources[name]
            if isinstance(error, ResourceFailure) and not resource.made.physical_id:
                resource.made = Made(error.physical_id)
            self.stack.set_resource_status(name, f"{verb}_FAILED", reason)
            raise _Failed(name) from error

    def _cancel(self, status: str, reason: str) -> None:
        for name in self._started:
            self.stack.set_resource_status(name, status, reason)
        self._started.clear()

    def _roll_back(self, reason: str, before: dict[str, StackResource]) -> None:
        self.stack.set_status("UPDATE_ROLLBACK_IN_PROGRESS", reason)
        self.stack.resume = lambda skipped: self._change_back(before, skipped)
        self._change_back(before, ())

    def _change_back(self, before: dict[str, StackResource], skipped: Collection[str]) -> None:
        """Changes resources back, from where that failed before, and deletes those that are new."""
        while self._undo:
            name, undo = self._undo[-1]
            try:
                if name not in skipped:
                    undo()
            except Exception as error:  # noqa: BLE001
                reason = reason_of(error, self.faults)
                self.stack.set_resource_status(name, "UPDATE_FAILED", reason)
                self.stack.set_status("UPDATE_ROLLBACK_FAILED", reason)
                return
            self._undo.pop()
        self.stack.resources = before
        self.stack.set_status("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        for name, resource in reversed(self._created):
            self._leave(name, resource, resource.deletion_policy, RETAINED_ON_ROLLBACK)
        self.stack.set_status("UPDATE_ROLLBACK_COMPLETE")

    def _clean_up(self, resolver: Resolver) -> None:
        kept = resolver.resources().keys()
        for name, resource in reversed(self._replaced):
            self._leave(name, resource, resource.replace_policy, ("Retain",))
        for name in self.order.deletion(self.stack.edges(), self.stack.types()):
            if name not in kept:
                resource = self.stack.resources[name]
                self._leave(name, resource, resource.deletion_policy, RETAINED_ON_DELETION)
                del self.stack.resources[name]

    def _announce_deletion(self) -> None:
        for name, resource in self.stack.resources.items():
            self.handlers[resource.kind].before_deletion(
                self._request(name, resource), resource.made
            )

    def _delete_all(self, verb: str, retained: Collection[str]) -> None:
        for name in self.order.deletion(self.stack.edges(), self.stack.types()):
            resource = self.stack.resources[name]
            if not self._leave(name, resource, resource.deletion_policy, retained):
                self.stack.set_status(
                    f"{verb}_FAILED", f"The following resource(s) failed to delete: [{name}]. "
                )
                return
            del self.stack.resources[name]
        self.stack.resources.clear()
        self.stack.set_status(f"{verb}_COMPLETE")

    def _leave(
        self, name: str, resource: StackResource, policy: str, retained: Collection[str]
    ) -> bool:
        """Deletes or retains a resource that leaves the stack, and says whether that succeeded."""
        physical_id = resource.made.physical_id
        if policy in retained and physical_id:
            self.stack.add_event(name, resource.kind, physical_id, "DELETE_SKIPPED", None)
            return True
        try:
            if policy == SNAPSHOT and retained is not RETAINED_ON_ROLLBACK:
                handler = self.handlers[resource.kind]
                handler.snapshot(self._request(name, resource), resource.made)
            self._delete(name, resource)
        except Exception as error:  # noqa: BLE001
            reason = reason_of(error, self.faults)
            self._leaves(name, resource, "DELETE_FAILED", reason)
            return False
        return True

    def _delete(self, name: str, resource: StackResource) -> None:
        self._leaves(name, resource, "DELETE_IN_PROGRESS")
        if resource.made.physical_id:
            self.handlers[resource.kind].delete(self._request(name, resource), resource.made)
        self._leaves(name, resource, "DELETE_COMPLETE")

    def _leaves(
        self, name: str, resource: StackResource, status: str, reason: str | None = None
    ) -> None:
        """A replaced resource is no longer the one that the stack has by this name."""
        resource.status, resource.reason = status, reason
        self.stack.add_event(name, resource.kind, resource.made.physical_id, status, reason)

    def _with_values(self, name: str, resource: StackResource) -> Request:
        properties = with_values(self.cloud, resource.properties)
        return self._request(name, replace(resource, properties=properties))

    def _request(self, name: str, resource: StackResource) -> Request:
        return Request(
            cloud=self.cloud,
            stack_id=self.stack.arn,
            stack_name=self.stack.name,
            logical_id=name,
            kind=resource.kind,
            properties=resource.properties,
            generation=resource.generation,
        )


class _Failed(Exception):  # noqa: N818
    """The logical id of the resource that failed."""


def outputs(resolver: Resolver) -> list[dict[str, Any]]:
    """The outputs of a stack."""
    found = []
    for name, output in resolver.template.get("Outputs", {}).items():
        if "Condition" in output and not resolver.condition(output["Condition"]):
            continue
        value = {"OutputKey": name, "OutputValue": resolver.resolve(output["Value"])}
        if "Description" in output:
            value["Description"] = output["Description"]
        if "Export" in output:
            value["ExportName"] = resolver.resolve(output["Export"]["Name"])
        found.append(value)
    return found


def as_of(stack: Stack, resolver: Resolver) -> Resolver:
    """The resolver, knowing the resources that a stack has."""
    return replace(
        resolver, made={name: resource.made for name, resource in stack.resources.items()}
    )
