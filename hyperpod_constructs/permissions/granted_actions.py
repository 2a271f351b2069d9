"""Single actions of HyperPod, and their resources, as people name them.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
"""

import re
from collections.abc import Iterator, Sequence

from hyperpod_constructs.model.likely_word import likely_word
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.type_checks import wrong_type

from .operations import OPERATIONS

_ARN = r"arn:aws[a-z-]*:sagemaker:[^:]*:[^:]*:[a-z-]+/.+"
_CREATE = OPERATIONS["CreateCluster"].action
_EXAMPLE = "'sagemaker:ListClusterEvents'"


def action_problems(actions: Sequence[object], *, on_a_cluster: bool) -> Iterator[Problem]:
    """An action must be one of HyperPod, without wildcards.

    Args:
        actions: Values of the argument.
        on_a_cluster: Whether the actions are for a single cluster.
    """
    if not actions:
        yield _wrong_action("actions", None, "is empty", f"pass an action, such as {_EXAMPLE}")
    known = [row.action for row in OPERATIONS.values()]
    for index, action in enumerate(actions):
        path = f"actions[{index}]"
        if not isinstance(action, str):
            yield wrong_type(path, action, f"each action as a string, such as {_EXAMPLE}")
        elif is_unresolved(action):
            yield _wrong_action(
                path, action, "must be known at synthesis", f"use one such as {_EXAMPLE}"
            )
        elif {*"*?"} & {*action}:
            fix = "name each action, or use a method such as operate"
            yield _wrong_action(path, action, "is a pattern, which grants do not support", fix)
        elif action not in known:
            likely = likely_word(action, known)
            fix = f"use {likely!r}" if likely else "see docs/operations.md for all actions"
            yield _wrong_action(path, action, "is not an action of HyperPod", fix)
        elif action == _CREATE and on_a_cluster:
            fix = "use TaggedClusterGrants.from_tag(...).create(...)"
            yield _wrong_action(path, action, "creates clusters whose ARNs are generated", fix)


def resource_problems(resource_arns: object, actions: Sequence[str]) -> Iterator[Problem]:
    """Resources are named by their ARNs. `*` is for actions that IAM cannot limit."""
    if not isinstance(resource_arns, list | tuple):
        yield wrong_type("resource_arns", resource_arns, "a list of ARNs")
        return
    if not resource_arns:
        yield _wrong_resource("resource_arns", [], "is empty", "pass ARNs, or omit resource_arns")
    rows = [OPERATIONS[action.partition(":")[2]] for action in actions]
    limited = [row.action for row in rows if row.resources or row.optional_resources]
    for index, arn in enumerate(resource_arns):
        path = f"resource_arns[{index}]"
        if not isinstance(arn, str):
            yield wrong_type(path, arn, "an ARN")
        elif arn == "*" and limited:
            message = f"is all resources, and {limited[0]} can be limited"
            yield _wrong_resource(path, arn, message, "pass ARNs")
        elif arn != "*" and not is_unresolved(arn) and not re.fullmatch(_ARN, arn):
            fix = "use an ARN such as 'arn:aws:sagemaker:us-west-2:111122223333:compute-quota/id'"
            yield _wrong_resource(path, arn, "is not the ARN of a resource of SageMaker AI", fix)


def _wrong_action(path: str, value: object, message: str, fix: str) -> Problem:
    """An action must be one of HyperPod, without wildcards."""
    return Problem(code="GrantedAction", path=path, value=value, message=message, fix=fix)


def _wrong_resource(path: str, value: object, message: str, fix: str) -> Problem:
    """Resources are named by their ARNs. `*` is for actions that IAM cannot limit."""
    return Problem(code="GrantedResource", path=path, value=value, message=message, fix=fix)
