"""The managed policies of an account, by name."""

from collections.abc import Callable, Iterator, Mapping

from hyperpod_constructs.model.environment import Environment

from .access_policies import administrator, operator, viewer
from .deployment_policy import deployment
from .policy_document import Statement
from .policy_options import PolicyOptions

POLICIES: Mapping[str, Callable[[Environment, PolicyOptions], Iterator[Statement]]] = {
    "administrator": administrator,
    "operator": operator,
    "viewer": viewer,
    "deployment": deployment,
}
"""Builders of the statements. The first line of their documentation describes the policy."""
