"""What the nodes of a cluster cost.

Sources: https://aws.amazon.com/sagemaker/ai/pricing/ and
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ref.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from hyperpod_constructs.cluster_model import ClusterModel
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.rules.queries import AnyGroup, all_groups, instance_types_of

from .prices import Prices, in_words

HOURS_PER_MONTH = 730
ROOT_VOLUME_GB = 100
ON_DEMAND = "on demand"
PAID_UPFRONT = "training plan: paid upfront"
SPOT = "Spot: no list price"


class Amount(NamedTuple):
    """An amount in USD, from the least to the most.

    Attributes:
        least: With the fewest nodes.
        most: With all nodes.
    """

    least: Decimal
    most: Decimal

    @classmethod
    def nothing(cls) -> "Amount":
        """No amount."""
        return cls(Decimal(0), Decimal(0))

    def plus(self, other: "Amount") -> "Amount":
        """Both amounts together."""
        return Amount(self.least + other.least, self.most + other.most)

    def a_month(self) -> "Amount":
        """The amount a month, if this one is an hour."""
        return Amount(self.least * HOURS_PER_MONTH, self.most * HOURS_PER_MONTH)


@dataclass(frozen=True)
class Line:
    """What a part of a cluster costs.

    Attributes:
        group: Name of the group.
        part: Instance types, or the volumes.
        nodes: Fewest and most nodes. None if only the deployment knows them, or they are invalid.
        priced_as: How the part is paid.
        hourly: Price an hour. None if it is unknown.
    """

    group: str
    part: str
    nodes: tuple[int, int] | None
    priced_as: str
    hourly: Amount | None

    @property
    def monthly(self) -> Amount | None:
        """Price a month. None if it is unknown."""
        return None if self.hourly is None else self.hourly.a_month()


@dataclass(frozen=True)
class Estimate:
    """What a cluster costs.

    Attributes:
        cluster: Name of the cluster.
        lines: Its parts.
    """

    cluster: str
    lines: Sequence[Line]

    @property
    def hourly(self) -> Amount:
        """The price an hour of all parts whose price is known."""
        total = Amount.nothing()
        for line in self.lines:
            total = total.plus(line.hourly or Amount.nothing())
        return total

    @property
    def monthly(self) -> Amount:
        """The price a month of all parts whose price is known."""
        return self.hourly.a_month()

    @property
    def unknown(self) -> Sequence[Line]:
        """The parts whose price is unknown."""
        return [line for line in self.lines if line.hourly is None]


def estimate(
    name: str, model: ClusterModel, prices: Prices, current: Mapping[str, int] | None = None
) -> Estimate:
    """What a cluster costs.

    Args:
        name: Name of the cluster.
        model: The cluster.
        prices: Prices of its Region.
        current: Number of nodes that each group of a cluster that exists has now.
    """
    groups = [group for _, group in all_groups(model)]
    lines = [line for group in groups for line in _lines(group, prices, current or {})]
    return Estimate(name, lines)


def _lines(group: AnyGroup, prices: Prices, current: Mapping[str, int]) -> Iterator[Line]:
    nodes = _nodes(group, current)
    types = instance_types_of(group)
    words, hourly = _of_node(group, types, prices)
    yield Line(
        group=_text(group.name),
        part=", ".join(map(_text, types)) or "unknown",
        nodes=nodes,
        priced_as=words,
        hourly=_multiplied(hourly, nodes),
    )
    yield _volume_line(group, nodes, prices)


def _of_node(group: AnyGroup, types: Sequence[str], prices: Prices) -> tuple[str, Amount | None]:
    """How a node is paid, and what it costs an hour."""
    if group.capacity.is_spot:
        return SPOT, None
    if group.capacity.training_plan_arn is not None:
        return PAID_UPFRONT, Amount.nothing()
    found = [prices.hourly.get(each) for each in types]
    known = [price for price in found if price is not None]
    if not known or len(known) < len(found):
        return f"{ON_DEMAND}: no price in the file", None
    return f"{ON_DEMAND}: {_range(min(known), max(known))} an hour", Amount(min(known), max(known))


def _volume_line(group: AnyGroup, nodes: tuple[int, int] | None, prices: Prices) -> Line:
    sizes = [volume.size_gib for volume in group.volumes if volume.size_gib is not None]
    size = None if any(map(is_unresolved, sizes)) else ROOT_VOLUME_GB + sum(sizes)
    hourly = None
    if prices.volumes is not None and size is not None:
        price = Decimal(str(size)) * prices.volumes / HOURS_PER_MONTH
        hourly = Amount(price, price)
    return Line(
        group=_text(group.name),
        part="volumes of unknown size" if size is None else f"volumes, {size:g} GB",
        nodes=nodes,
        priced_as="no price in the file"
        if prices.volumes is None
        else f"{in_words(prices.volumes)} a GB and month",
        hourly=_multiplied(hourly, nodes),
    )


def _multiplied(amount: Amount | None, nodes: tuple[int, int] | None) -> Amount | None:
    if amount is None or nodes is None:
        return None
    return Amount(amount.least * nodes[0], amount.most * nodes[1])


def _nodes(group: AnyGroup, current: Mapping[str, int]) -> tuple[int, int] | None:
    """The fewest and most nodes: while a group is created or scaled, it has fewer than its target."""
    if is_unresolved(group.count) or group.count < 0:
        return None
    least = getattr(group, "min_count", None)
    if least is None or is_unresolved(least):
        least = group.count
    now = current.get(group.name, least)
    return min(least, now), max(group.count, now)


def _range(least: Decimal, most: Decimal) -> str:
    return in_words(least) if least == most else f"{in_words(least)} to {in_words(most)}"


def _text(value: str) -> str:
    return "known at deployment" if is_unresolved(value) else value
