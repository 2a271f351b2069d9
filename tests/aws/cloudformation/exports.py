"""The exports of the stacks of a region, and who imports them.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.aws.front.errors import invalid

from .stack import Stack
from .template import Json, Resolver

Resolve = Callable[[Stack], Resolver]


@dataclass(frozen=True)
class Exports:
    """The exports of stacks.

    Attributes:
        stacks: The stacks, deleted ones too.
        resolver: Reads the template that a stack has.
    """

    stacks: list[Stack]
    resolver: Resolve

    def all(self) -> Iterator[Json]:
        """Every export, as ListExports describes it."""
        for stack in self._present():
            for name, value in stack.exports():
                yield {"ExportingStackId": stack.arn, "Name": name, "Value": value}

    def value(self, name: str) -> str:
        """The value of an export."""
        for stack in self._present():
            found = dict(stack.exports())
            if name in found:
                return found[name]
        raise invalid(f"No export named {name} found.")

    def importers(self, name: str) -> list[str]:
        """The names of the stacks that import an export."""
        return [stack.name for stack in self._present() if name in self._imports(stack)]

    def refuse_deletion(self, stack: Stack) -> None:
        """Refuses to delete a stack that others import from."""
        for name, _ in stack.exports():
            self._refuse_used(stack, name, "deleted")

    def refuse_outputs(self, stack: Stack, outputs: list[Json]) -> None:
        """Refuses outputs that take the name of an export, or change one that is in use."""
        new = {item["ExportName"]: item["OutputValue"] for item in outputs if "ExportName" in item}
        for other in self._present():
            for name, _ in other.exports():
                if other is not stack and name in new:
                    raise invalid(
                        f"Export with name {name} is already exported by stack {other.name}"
                    )
        for name, value in stack.exports():
            if name not in new:
                self._refuse_used(stack, name, "deleted")
            elif new[name] != value:
                self._refuse_used(stack, name, "updated")

    def _refuse_used(self, stack: Stack, name: str, verb: str) -> None:
        users = [other for other in self.importers(name) if other != stack.name]
        if users:
            raise invalid(f"Export {name} cannot be {verb} as it is in use by {', '.join(users)}")

    def _present(self) -> Iterator[Stack]:
        return (stack for stack in self.stacks if stack.exists and stack.template)

    def _imports(self, stack: Stack) -> set[str]:
        resolver = self.resolver(stack)
        parts = (stack.template["Resources"], stack.template.get("Outputs", {}))
        return {str(resolver.resolve(argument)) for part in parts for argument in _imported(part)}


def _imported(value: Any) -> Iterator[Any]:
    match value:
        case Mapping():
            if "Fn::ImportValue" in value:
                yield value["Fn::ImportValue"]
            for item in value.values():
                yield from _imported(item)
        case list():
            for item in value:
                yield from _imported(item)
