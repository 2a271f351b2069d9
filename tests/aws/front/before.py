"""Rules that requests meet before they reach their service, whoever sends them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .wire import Call

if TYPE_CHECKING:
    from tests.aws.cloud import Cloud

Rule = Callable[["Cloud", dict[str, Any]], None]

_RULES: dict[tuple[str, str], list[Rule]] = {}


def before(service: str, *operations: str) -> Callable[[Rule], Rule]:
    """Registers a function that validates the arguments of operations and raises a ServiceError to reject them."""

    def register(rule: Rule) -> Rule:
        for operation in operations:
            rules = _RULES.setdefault((service, operation), [])
            if rule not in rules:
                rules.append(rule)
        return rule

    return register


def apply_rules(cloud: "Cloud", call: Call) -> None:
    """Applies the rules of an operation to a request.

    Raises:
        ServiceError: If a rule rejects the request.
    """
    for rule in _RULES.get((call.service, call.operation), ()):
        rule(cloud, call.arguments)


def has_rules(service: str) -> bool:
    """Whether any operation of a service has rules."""
    return any(known == service for known, _ in _RULES)
