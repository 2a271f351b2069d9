"""The seeded clock: in which order resources are created and deleted, and when each is done.

Only edges decide what CloudFormation waits for. Whatever has no edge between it happens in parallel, so
any order that obeys the edges can happen, and a change can have its effect at any time between the
start and the end of its resource. A seed chooses one of these courses, and always the same. Each
creates a resource of some type as early as it can be created, with nothing but what it needs before
it, and deletes it as late, with everything gone that need not outlive it.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html
"""

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from tests.aws.front.errors import invalid

Edges = Mapping[str, Collection[str]]
HASTY_TYPES = ("AWS::SageMaker::Cluster", "Custom::CDKBucketDeployment", "AWS::FSx::FileSystem")
LATE = 0.25
"""The share of resources whose effect is seen late."""


@dataclass(frozen=True)
class Order:
    """An order, the same for the same seed.

    Attributes:
        seed: Which of the orders. With 0, the types that wait for most are hasty, and nothing has
            its effect late.
        hasty_types: Types of the resources that are created as early and deleted as late as can be;
            the first matters most. By default, the seed puts all types into an order of chance.
    """

    seed: int = 0
    hasty_types: tuple[str, ...] | None = None

    def creation(self, edges: Edges, types: Mapping[str, str]) -> list[str]:
        """The resources in the order in which they are created.

        Args:
            edges: What each resource needs before it.
            types: Types of the resources.
        """
        refuse_cycles(edges)
        chance = random.Random(self.seed)  # noqa: S311
        names = sorted(edges)
        chance.shuffle(names)
        haste = self._haste(sorted(set(types.values())))
        late = self._late(names)
        names.sort(key=lambda name: (name in late, haste.get(types[name], len(haste))))
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

    def _late(self, names: Collection[str]) -> set[str]:
        """Resources whose effect is only seen when something waits for it: eventual consistency."""
        if not self._is_of_chance:
            return set()
        return {name for name in names if random.Random(f"{self.seed} {name}").random() < LATE}  # noqa: S311

    @property
    def _is_of_chance(self) -> bool:
        return self.seed > 0 and self.hasty_types is None

    def _haste(self, types: list[str]) -> dict[str, int]:
        hasty = HASTY_TYPES if self.hasty_types is None else self.hasty_types
        if self._is_of_chance:
            hasty = tuple(random.Random(self.seed).sample(types, len(types)))  # noqa: S311
        return {kind: index for index, kind in enumerate(hasty)}


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
