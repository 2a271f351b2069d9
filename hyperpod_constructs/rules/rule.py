"""A rule: a function that yields the problems of a cluster.

Rules do not validate values known only at deployment. They run if every argument has the right
type.
"""

from collections.abc import Callable, Iterator

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.problem import Problem

from .basis import Basis

Rule = Callable[[ClusterValues], Iterator[Problem]]

_RULES: dict[str, list[Rule]] = {}
_BASES: dict[Rule, Basis] = {}


def rule(*, basis: Basis) -> Callable[[Rule], Rule]:
    """Registers a function as a rule of its module.

    Args:
        basis: Evidence for the rule.
    """

    def register(function: Rule) -> Rule:
        _RULES.setdefault(function.__module__, []).append(function)
        _BASES[function] = basis
        return function

    return register


def rules_of(module: str) -> list[Rule]:
    """Rules of a module, in the order of definition."""
    return _RULES[module]


def basis_of(function: Rule) -> Basis:
    """Evidence for a rule."""
    return _BASES[function]
