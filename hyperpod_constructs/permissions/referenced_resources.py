"""Resources that grants and policies name: roles, EKS clusters and session documents."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from constructs import IConstruct

from hyperpod_constructs.cdk.construct_tree import (
    environment_of,
    in_other_stage,
    known_partition,
    node_of,
    path_of,
    stack_of,
)
from hyperpod_constructs.cdk.object_checks import EKS_CLUSTER, ROLE, Interface, each
from hyperpod_constructs.model.environment import Environment
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.tokens import is_unresolved

from .resource_arns import arn_problems, elsewhere_problems

_INTERFACES: Mapping[str, Interface] = {"role": ROLE, "EKS cluster": EKS_CLUSTER}


def list_problems(
    scope: IConstruct, environment: Environment, path: str, values: object, kind: str
) -> Iterator[Problem]:
    """A list of resources that policies can name.

    Args:
        scope: Construct whose stage has the policy.
        environment: Environment of the clusters.
        path: Path of the argument.
        values: Value of the argument.
        kind: Kind of the resources: `role` or `EKS cluster`.
    """
    wrong = list(each(path, values, _INTERFACES[kind]))
    yield from wrong
    if not wrong and isinstance(values, Sequence):
        for index, value in enumerate(values):
            yield from named_problems(scope, environment, f"{path}[{index}]", value, kind)


def named_problems(
    scope: IConstruct, environment: Environment, path: str, value: Any, kind: str
) -> Iterator[Problem]:
    """As `list_problems`, for a single resource of the type."""
    arn = value.role_arn if kind == "role" else value.cluster_arn
    if isinstance(arn, str):
        here = environment._replace(partition=known_partition(environment))
        yield from arn_problems(path, arn, kind, here)
    if is_unresolved(arn):
        of_iam = environment._replace(region="")
        here = of_iam if kind == "role" else environment
        yield from resource_problems(scope, here, path, value, kind)


def resource_problems(
    scope: IConstruct, environment: Environment, path: str, resource: Any, kind: str
) -> Iterator[Problem]:
    """A resource of the app is in the stage, account and Region of the policy that names it.

    Source: https://docs.aws.amazon.com/cdk/v2/guide/stages.html
    """
    if not hasattr(resource, "node") or node_of(resource).default_child is None:
        return
    if in_other_stage(scope, resource):
        yield Problem(
            code="OtherStage",
            path=path,
            value=path_of(resource),
            message=f"is a {kind} of another stage, which the policy cannot reference",
            fix="create or import it in the stage of the policy",
        )
    else:
        there = environment_of(stack_of(resource))
        yield from elsewhere_problems(path, path_of(resource), there, environment)
