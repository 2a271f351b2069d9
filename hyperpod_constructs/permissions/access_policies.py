"""Policies of people: what administrators, operators and viewers of clusters are allowed.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites-iam.html
"""

from collections.abc import Iterator

from hyperpod_constructs.model.environment import Environment

from .access_statements import access_statements
from .operations import OPERATED, Operation, Verb, operations_of
from .policy_document import Statement
from .policy_options import PolicyOptions

_VIEWED = (Verb.DESCRIBE, Verb.LIST_CLUSTERS, Verb.LIST_NODES)
_ADMINISTERED = (*OPERATED, Verb.CREATE, Verb.UPDATE, Verb.DELETE, Verb.ADMINISTER)
_READING = ("Describe", "List")


def viewer(environment: Environment, options: PolicyOptions) -> Iterator[Statement]:
    """Reads clusters, their nodes and events."""
    governance = _operations(options, Verb.MANAGE_TASK_GOVERNANCE)
    rows = [
        *operations_of(*_VIEWED),
        *_operations(options, Verb.DESCRIBE_PLANS),
        *(row for row in governance if row.name.startswith(_READING)),
    ]
    return access_statements(rows, options.scope(environment))


def operator(environment: Environment, options: PolicyOptions) -> Iterator[Statement]:
    """Reads clusters, manages their nodes and updates their AMI."""
    rows = [*operations_of(*OPERATED), *_operations(options, Verb.DESCRIBE_PLANS)]
    return access_statements(rows, options.scope(environment))


def administrator(environment: Environment, options: PolicyOptions) -> Iterator[Statement]:
    """Creates, updates, operates, tags and deletes clusters."""
    optional = (Verb.MANAGE_TASK_GOVERNANCE, Verb.DESCRIBE_PLANS, Verb.CREATE_PLANS)
    rows = [*operations_of(*_ADMINISTERED), *_operations(options, *optional)]
    return access_statements(rows, options.scope(environment))


def _operations(options: PolicyOptions, *verbs: Verb) -> list[Operation]:
    """The operations that methods grant, as far as the options cover them."""
    covered = {
        Verb.MANAGE_TASK_GOVERNANCE: options.eks,
        Verb.DESCRIBE_PLANS: options.training_plans,
        Verb.CREATE_PLANS: options.training_plans,
    }
    return list(operations_of(*(verb for verb in verbs if covered[verb])))
