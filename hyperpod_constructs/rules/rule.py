"""A rule: a function that yields what is wrong with a cluster.

A rule says nothing of values that only the deployment knows. Rules are asked when every argument is
of the right type.
"""

from collections.abc import Callable, Iterator

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.problem import Problem

Rule = Callable[[ClusterValues], Iterator[Problem]]

_RULES: dict[str, list[Rule]] = {}


def rule(function: Rule) -> Rule:
    """Registers a function as a rule of its module."""
    _RULES.setdefault(function.__module__, []).append(function)
    return function


def rules_of(module: str) -> list[Rule]:
    """The rules of a module, in the order of their definition."""
    return _RULES[module]
