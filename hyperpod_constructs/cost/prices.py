"""Prices of nodes and their volumes, from the public price file of Amazon SageMaker AI.

Source: https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-price-list-query-api.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

CURRENCY = "USD"
_USAGE = re.compile(r"(?:[A-Z0-9]+-)?Cluster:(.+)")
_VOLUMES = "VolumeUsage.gp2"
_HOURS = "Hrs"
_GIB_MONTHS = "GB-Mo"


class PriceFileError(Exception):
    """Raised for a price file that cannot be read. The text is one line."""


@dataclass(frozen=True)
class Prices:
    """Prices of a Region in USD.

    Attributes:
        region: The Region.
        version: Version of the price file.
        published: When AWS published it.
        hourly: Price of an on-demand node an hour, by instance type.
        volumes: Price of volumes for a GB and month. None if it is unknown.
    """

    region: str
    version: str
    published: str
    hourly: Mapping[str, Decimal]
    volumes: Decimal | None


class OfClusters:
    """Drops from objects of a price file what is not about clusters, since the file is large."""

    def __init__(self) -> None:
        self._skus: set[object] = set()

    def __call__(self, found: dict[str, Any]) -> dict[str, Any] | None:
        """What is kept of an object. Products are before their terms in the file."""
        attributes = found.get("attributes")
        if isinstance(attributes, Mapping):
            if _usage(attributes) is None:
                return None
            self._skus.add(found.get("sku"))
        elif "offerTermCode" in found and self._skus and found.get("sku") not in self._skus:
            return None
        return found


def read_prices(offer: object, region: str) -> Prices:
    """The prices of clusters in a price file.

    Prices of training jobs, endpoints, notebooks and reserved capacity are other ones. A type with
    several prices has none here.

    Args:
        offer: Content of the file.
        region: The Region.

    Raises:
        PriceFileError: If it is not a price file of Amazon SageMaker AI.
    """
    if not isinstance(offer, Mapping) or offer.get("offerCode") != "AmazonSageMaker":
        raise PriceFileError("is not the price file of Amazon SageMaker AI")
    found: dict[str, set[Decimal]] = {}
    for usage, price in _priced(offer, region):
        found.setdefault(usage, set()).add(price)
    prices = {usage: next(iter(each)) for usage, each in found.items() if len(each) == 1}
    return Prices(
        region=region,
        version=str(offer.get("version", "unknown")),
        published=str(offer.get("publicationDate", "unknown")),
        hourly={name: each for name, each in sorted(prices.items()) if name != _VOLUMES},
        volumes=prices.get(_VOLUMES),
    )


def in_words(price: Decimal) -> str:
    """A price without the zeros at its end."""
    return f"{price.normalize():f}"


def _usage(attributes: Mapping[str, Any]) -> str | None:
    """The type of nodes that a product is about, or `VolumeUsage.gp2`."""
    found = _USAGE.fullmatch(str(attributes.get("usagetype", "")))
    return found and found[1]


def _priced(offer: Mapping[str, Any], region: str) -> Iterator[tuple[str, Decimal]]:
    terms = offer.get("terms", {}).get("OnDemand", {})
    for sku, product in offer.get("products", {}).items():
        attributes = product.get("attributes", {}) if product else {}
        name = _usage(attributes)
        if name is None or attributes.get("regionCode") != region:
            continue
        is_node = attributes.get("instanceType") == f"{name}-Cluster"
        if not is_node and name != _VOLUMES:
            continue
        price = _price(terms.get(sku, {}), _HOURS if is_node else _GIB_MONTHS)
        if price is not None:
            yield name, price


def _price(terms: Mapping[str, Any], unit: str) -> Decimal | None:
    """The only price of a product, which has no tiers."""
    dimensions = [
        dimension
        for term in terms.values()
        for dimension in term.get("priceDimensions", {}).values()
    ]
    if len(dimensions) != 1 or dimensions[0].get("unit", "").casefold() != unit.casefold():
        return None
    try:
        return Decimal(dimensions[0]["pricePerUnit"][CURRENCY])
    except (KeyError, InvalidOperation):
        return None
