"""Resources beside the nodes, at prices that the user knows.

Their prices are in files of other services. The file of Amazon EC2, which has the prices of NAT gateways, has
several hundred MB for a Region.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.schema.intrinsics import resolve

from .billed_types import BILLED, FILE_SYSTEM
from .estimate import HOURS_PER_MONTH, Amount, Line
from .prices import in_words


def billed_resources(
    templates: Iterable[Mapping[str, Any]],
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Logical ID, type and properties of the resources of templates that are billed."""
    for template in templates:
        for logical_id, resource in template.get("Resources", {}).items():
            if isinstance(resource, Mapping) and resource.get("Type") in BILLED:
                properties = resource.get("Properties", {})
                known = properties if isinstance(properties, Mapping) else {}
                is_gateway = resource["Type"] == "AWS::EC2::VPCEndpoint" and (
                    known.get("VpcEndpointType", "Gateway") != "Interface"
                )
                if not is_gateway:
                    yield logical_id, resource["Type"], known


def rated_lines(
    templates: Iterable[Mapping[str, Any]], rates: Mapping[str, Decimal]
) -> Iterator[Line]:
    """What resources cost at the prices of the user.

    Args:
        templates: The templates.
        rates: Prices by type: an hour, or for file systems a GB and month.
    """
    for logical_id, kind, properties in billed_resources(templates):
        if kind in rates:
            rate = rates[kind]
            amount = rate if kind != FILE_SYSTEM else _of_storage(properties, rate)
            unit = "a GB and month" if kind == FILE_SYSTEM else "an hour"
            yield Line(
                group=logical_id,
                part=BILLED[kind],
                nodes=(1, 1),
                priced_as=f"{in_words(rate)} {unit}, as specified",
                hourly=None if amount is None else Amount(amount, amount),
            )


def _of_storage(properties: Mapping[str, Any], rate: Decimal) -> Decimal | None:
    size = resolve(properties.get("StorageCapacity"))
    if not isinstance(size, int | str) or is_unresolved(size) or not str(size).isdecimal():
        return None
    return Decimal(size) * rate / HOURS_PER_MONTH
