"""Amounts as commands print them."""

from decimal import Decimal

from hyperpod_constructs.cost.estimate import Amount


def range_of(amount: Amount, *, sign: str = "") -> str:
    """An amount, or the least and the most of it."""
    least, most = (f"{each:{sign},.2f}" for each in amount)
    return least if least == most else f"{least} to {most}"


def in_json(amount: Amount | None) -> dict[str, float] | None:
    """An amount as JSON."""
    return (
        None if amount is None else {"Least": _number(amount.least), "Most": _number(amount.most)}
    )


def changed(before: Amount, after: Amount) -> Amount:
    """How an amount changes, from the least to the most."""
    return Amount(after.least - before.least, after.most - before.most)


def _number(value: Decimal) -> float:
    return float(round(value, 6))
