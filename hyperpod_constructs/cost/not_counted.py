"""What an estimate does not count."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from .billed_types import BILLED
from .other_resources import billed_resources

ALWAYS = "data transfer, Amazon S3, CloudWatch, taxes, and discounts such as Savings Plans"


def not_counted(
    templates: Iterable[Mapping[str, Any]], counted: Collection[str] = ()
) -> Iterator[str]:
    """What the resources of templates cost in addition, in words.

    Args:
        templates: The templates.
        counted: Types that are counted.
    """
    found = Counter(
        BILLED[kind] for _, kind, _ in billed_resources(templates) if kind not in counted
    )
    for name, count in sorted(found.items()):
        yield f"{count} {name}{'' if count == 1 else 's'}"
    yield ALWAYS
