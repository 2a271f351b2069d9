"""A cluster without CDK: validate, read and write it.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateCluster.html
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, replace
from functools import cache
from itertools import chain
from typing import Any, Self

from hyperpod_constructs.model.value_class import value_class

from .model.argument_path import around, steps_of
from .model.cluster import ClusterValues
from .model.groups.instance_group import InstanceGroup
from .model.groups.restricted_instance_group import RestrictedInstanceGroup
from .model.node_steps.lifecycle_steps import LifecycleSteps
from .model.problem import Problem, Severity, ValidationError
from .model.slurm.provisioning_params import ProvisioningParams
from .model.tokens import is_unresolved
from .rules.queries import all_groups, instance_types_of, known_count
from .schema.argument_types import type_problems
from .schema.writer import missing_problems, without_shared_network, write_properties


@value_class(frozen=True, kw_only=True, slots=True)
class ClusterModel(ClusterValues):
    """A HyperPod cluster without a CDK app, Node.js or an AWS account.

    The constructor does not validate the cluster. `problems()` returns all problems, and `check()`
    raises the errors.

    For the attributes, see `ClusterValues`.
    """

    @classmethod
    def from_request(
        cls, request: object, *, provisioning_params: ProvisioningParams | None = None
    ) -> Self:
        """Reads a request, the description of a cluster, or the properties of a template.

        Supported are the JSON of CreateCluster or UpdateCluster, the output of DescribeCluster, and
        the properties of `AWS::SageMaker::Cluster`. Intrinsic functions become values that are not
        validated. Values equal to the default, or for a group to that of the cluster, are omitted.
        If the form is in S3 and not specified, the Slurm node types are unknown and not validated.
        Keys and values that are unknown, and similar to no known one, are warnings, since the API may
        be newer than this library; they are not checked, and keys are not written back.
        JSON with `ClusterName` and without intrinsic functions is validated as a request of the API,
        other JSON as the properties of a template.

        Args:
            request: Parsed JSON.
            provisioning_params: Provisioning form of the cluster, if any.

        Raises:
            ValidationError: `RequestNotObject`, `RequestDepth`, `RequestKey`, `RequestKeyMissing`,
                `RequestType`, `RequestValue`, `RequestTagTwice`, with paths such as
                `InstanceGroups[2].InstanceCount`; or `ArgumentType`.
        """
        from .schema.reader import read_request  # noqa: PLC0415 - synthesis does not read requests

        model = cls(**read_request(request, provisioning_params))
        errors = [note for note in model.notes if note.severity is Severity.ERROR]
        if errors:
            raise ValidationError(errors)
        return model

    def to_request(self) -> dict[str, Any]:
        """Creates the parameters of CreateCluster, in the order of the API.

        Raises:
            ValidationError: The errors of `problems`, or `ClusterNameMissing`,
                `ExecutionRoleMissing`, `SubnetIdMissing`, `SecurityGroupIdsMissing`,
                `RequestUnknown`.
        """
        return _written(self, *([_missing_name()] if self.cluster_name is None else []))

    def to_cfn_properties(self) -> dict[str, Any]:
        """Creates the properties of `AWS::SageMaker::Cluster`, in the order of the API.

        Raises:
            ValidationError: Same as for `to_request`, except `ClusterNameMissing`, with the errors
                of a template.
        """
        return _written(replace(self, is_request=False))

    def problems(self) -> tuple[Problem, ...]:
        """Validates the cluster. Returns errors and warnings in the order of the arguments."""
        return (*self.notes, *sorted(self._problems(), key=_sort_key))

    def check(self) -> tuple[Problem, ...]:
        """Validates the cluster. Raises the errors, or returns the warnings.

        Raises:
            ValidationError: All problems with `Severity.ERROR`.
        """
        problems = self.problems()
        errors = [problem for problem in problems if problem.severity is Severity.ERROR]
        if errors:
            raise ValidationError(errors)
        return problems

    def required_quotas(self) -> dict[str, int | str]:
        """Service quotas required by the cluster: name of the quota and number of instances.

        Each quota applies to all clusters of the account and Region, and defaults to 0. A number
        known only at deployment, such as that of a parameter, is a text: `4 or more`. Groups
        without instances are omitted. A group of multiple types is included for each type, since
        all of its instances can be of one type.
        Source: https://docs.aws.amazon.com/general/latest/gr/sagemaker.html#limits_sagemaker
        """
        known: dict[str, int] = {}
        unknown: set[str] = set()
        for _, group in all_groups(self):
            usage = "cluster spot instance usage" if group.capacity.is_spot else "cluster usage"
            for instance_type in instance_types_of(group):
                name = f"{instance_type} for {usage}"
                if is_unresolved(instance_type) or group.count == 0:
                    continue
                if is_unresolved(group.count):
                    unknown.add(name)
                known[name] = known.get(name, 0) + known_count(group)
        return {
            name: f"{known[name]} or more" if name in unknown else known[name]
            for name in sorted(known)
        }

    def _problems(self) -> Iterator[Problem]:
        """Wrong types, and the problems of all rules that do not depend on an unknown argument."""
        from .rules.every_rule import RULES  # noqa: PLC0415 - loaded with the first validation

        wrong_types = tuple(type_problems("", self))
        yield from wrong_types
        unknown = (*self.unknown, *(problem.path for problem in wrong_types))
        found = _partly_validated(self, unknown) if unknown else (each(self) for each in RULES)
        whole = frozenset(unknown)
        lists = {list_ for each in unknown if each.endswith("]") for list_ in around(each)}
        for problem in chain.from_iterable(found):
            if problem.path not in lists and whole.isdisjoint(around(problem.path)):
                yield problem


def _partly_validated(values: ClusterValues, unknown: Sequence[str]) -> Iterator[Iterable[Problem]]:
    """The problems of each rule in a cluster with unknown arguments."""
    from .rules.every_rule import RULES  # noqa: PLC0415 - loaded with the first validation
    from .schema.partly_known import (  # noqa: PLC0415 - few clusters have unknown arguments
        UnknownArgumentError,
        partly_known,
    )

    known = partly_known(values, unknown)
    others = partly_known(values, unknown, has_default_groups=True)
    unknown_groups = {None, *(_group_of(argument) for argument in unknown)}
    for rule in RULES:
        problems: list[Problem] = []
        try:
            problems.extend(rule(known))
        except UnknownArgumentError:
            seen = {(problem.path, problem.code, problem.message) for problem in problems}
            with suppress(UnknownArgumentError):
                problems.extend(
                    problem
                    for problem in rule(others)
                    if _group_of(problem.path) not in unknown_groups
                    and (problem.path, problem.code, problem.message) not in seen
                )
        yield problems


def _written(model: ClusterModel, *problems: Problem) -> dict[str, Any]:
    model.check()
    missing = (*problems, *missing_problems(model))
    if missing:
        raise ValidationError(missing)
    return write_properties(without_shared_network(model))


def _missing_name() -> Problem:
    """A request requires a cluster name."""
    return Problem(
        code="ClusterNameMissing",
        path="cluster_name",
        value=None,
        message="is required; only CloudFormation generates a name",
        fix='pass cluster_name="…"',
    )


_GROUP = r"(?:restricted_)?instance_groups\[\d+\]"


def _group_of(path: str) -> str | None:
    """The path of the group that has an argument."""
    match = re.match(_GROUP, path)
    return match and match[0]


_OTHER_NAMES = {"vpc": "subnets", "vpc_subnets": "subnets", "lifecycle_scripts": "scripts"}


def _sort_key(problem: Problem) -> tuple[int, ...]:
    order = _order()
    return tuple(
        step if isinstance(step, int) else order.get(_OTHER_NAMES.get(step, step), len(order))
        for step in steps_of(problem.path)
    )


@cache
def _order() -> Mapping[str, int]:
    names = [
        each.name
        for kind in (ClusterValues, InstanceGroup, RestrictedInstanceGroup, LifecycleSteps)
        for each in fields(kind)
    ]
    return {name: position for position, name in reversed(list(enumerate(names)))}
