"""A rule: a function that yields the problems of a cluster.

Rules do not validate values known only at deployment. They run if every argument has the right
type.
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
    """Rules of a module, in the order of definition."""
    return _RULES[module]
