"""Command `prices`: prices of nodes."""

import argparse
from collections.abc import Iterator

from hyperpod_constructs.command_line.operate.printing import print_json, print_table, say
from hyperpod_constructs.cost.estimate import HOURS_PER_MONTH
from hyperpod_constructs.cost.prices import CURRENCY, Prices, in_words
from hyperpod_constructs.operations.account import Account

from .instance_type import full_type
from .price_source import origin, prices_for

_UNKNOWN = "unknown"


def prices(options: argparse.Namespace, account: Account) -> int:
    """Prints prices.

    Returns:
        Exit status.
    """
    found = prices_for(options, account.region_name)
    names = list(_names(options.types, found))
    if options.json:
        print_json(
            {
                "Region": found.region,
                "Currency": CURRENCY,
                "Version": found.version,
                "PublicationDate": found.published,
                "PerHour": {
                    name: float(found.hourly[name]) if name in found.hourly else None
                    for name in names
                },
                "VolumesPerGBMonth": None if found.volumes is None else float(found.volumes),
            }
        )
    else:
        print_table(("TYPE", "PER HOUR", "PER MONTH"), [_row(name, found) for name in names])
        volumes = _UNKNOWN if found.volumes is None else f"{in_words(found.volumes)} a GB and month"
        say("")
        say(f"{origin(found)} Volumes: {volumes}.")
    return int(any(name not in found.hourly for name in names))


def _names(texts: list[str], found: Prices) -> Iterator[str]:
    """The types that texts name, each once; those without a price as well."""
    if not texts:
        yield from found.hourly
        return
    for name in dict.fromkeys(map(full_type, texts)):
        family = [each for each in found.hourly if each.startswith(f"{name}.")]
        yield from family or [name]


def _row(name: str, found: Prices) -> tuple[str, ...]:
    price = found.hourly.get(name)
    if price is None:
        return (name, _UNKNOWN, _UNKNOWN)
    return (name, f"{price:.4f}", f"{price * HOURS_PER_MONTH:.2f}")
