"""In which order resources are made and deleted: the worst the template's edges allow.

CloudFormation makes what has no edge between it in parallel, so any order that obeys the edges can
happen. The orders here make a chosen resource as early as it can be made, with nothing but what it
needs before it, and delete it as late, with everything gone that need not outlive it.
"""

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from tests.aws.front.errors import invalid

Edges = Mapping[str, Collection[str]]
HASTY_TYPES = ("AWS::SageMaker::Cluster", "Custom::CDKBucketDeployment", "AWS::FSx::FileSystem")


@dataclass(frozen=True)
class Order:
    """An order, the same for the same seed.

    Attributes:
        seed: Which of the orders.
        hasty_types: Types of the resources that are made as early and deleted as late as can be;
            the first matters most. The other resources come in an order of chance.
    """

    seed: int = 0
    hasty_types: tuple[str, ...] = HASTY_TYPES

    def creation(self, edges: Edges, types: Mapping[str, str]) -> list[str]:
        """The resources in the order in which they are made.

        Args:
            edges: What each resource needs before it.
            types: Types of the resources.
        """
        refuse_cycles(edges)
        chance = random.Random(self.seed)  # noqa: S311
        names = sorted(edges)
        chance.shuffle(names)
        names.sort(key=lambda name: self._haste(types[name]))
        rank = {name: index for index, name in enumerate(names)}
        done: dict[str, None] = {}

        def visit(name: str) -> None:
            if name not in done:
                for needed in sorted(edges[name], key=rank.__getitem__):
                    visit(needed)
                done[name] = None

        for name in names:
            visit(name)
        return list(done)

    def deletion(self, edges: Edges, types: Mapping[str, str]) -> list[str]:
        """The resources in the order in which they are deleted."""
        return self.creation(edges, types)[::-1]

    def _haste(self, kind: str) -> int:
        return self.hasty_types.index(kind) if kind in self.hasty_types else len(self.hasty_types)


def ancestors(edges: Edges, name: str) -> set[str]:
    """Everything a resource needs, directly or not."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for needed in edges[waiting.pop()]:
            if needed not in found:
                found.add(needed)
                waiting.append(needed)
    return found


def refuse_cycles(edges: Edges) -> None:
    """Refuses edges that lead back to where they start."""
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as cycle:
        names = ", ".join(cycle.args[1])
        raise invalid(f"Circular dependency between resources: [{names}]") from None
