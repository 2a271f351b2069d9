"""Rules that requests meet before they reach their service, whoever sends them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .wire import Call

if TYPE_CHECKING:
    from tests.aws.cloud import Cloud

Rule = Callable[["Cloud", dict[str, Any]], None]

_RULES: dict[tuple[str, str], list[Rule]] = {}


def before(service: str, *operations: str) -> Callable[[Rule], Rule]:
    """Has a function judge the arguments of operations; it raises a ServiceError to refuse."""

    def register(rule: Rule) -> Rule:
        for operation in operations:
            rules = _RULES.setdefault((service, operation), [])
            if rule not in rules:
                rules.append(rule)
        return rule

    return register


def judge(cloud: "Cloud", call: Call) -> None:
    """Has the rules of an operation judge a request.

    Raises:
        ServiceError: If one of them refuses.
    """
    for rule in _RULES.get((call.service, call.operation), ()):
        rule(cloud, call.arguments)


def has_rules(service: str) -> bool:
    """Whether any operation of a service has rules."""
    return any(known == service for known, _ in _RULES)
