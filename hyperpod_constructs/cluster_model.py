"""A cluster and its verbs: judge it, read it, write it.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateCluster.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Self

from .model.cluster import ClusterValues
from .model.groups.instance_group import InstanceGroup
from .model.groups.restricted_instance_group import RestrictedInstanceGroup
from .model.node_steps.lifecycle_steps import LifecycleSteps
from .model.problem import Problem, Severity, ValidationError
from .model.slurm.provisioning_params import ProvisioningParams
from .model.tokens import is_unresolved
from .rules.every_rule import RULES
from .rules.queries import all_groups, instance_types_of
from .schema.argument_types import type_problems
from .schema.reader import read_request
from .schema.writer import missing_problems, without_shared_network, write_properties


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterModel(ClusterValues):
    """A HyperPod cluster as values alone: no CDK app, no Node.js, no AWS account.

    Making one does not judge it; `problems()` does, and `check()` raises what it finds.

    The attributes are those of `ClusterValues`.
    """

    @classmethod
    def from_request(
        cls, request: object, *, provisioning_params: ProvisioningParams | None = None
    ) -> Self:
        """Reads a request, the description of a cluster, or the properties of a template.

        That is the JSON of CreateCluster or UpdateCluster, the output of DescribeCluster, or the
        properties of `AWS::SageMaker::Cluster`. Intrinsic functions become values that are not
        judged. A value that equals the default, or for a group that of the cluster, is read as
        left out. Where the form lies in S3 and is not given, nobody knows what the groups are in
        Slurm, and that is not judged.

        Args:
            request: The parsed JSON.
            provisioning_params: The form, for a cluster that has one.

        Raises:
            ValidationError: `RequestNotObject`, `RequestDepth`, `RequestKey`, `RequestKeyMissing`,
                `RequestType`, `RequestValue`, `RequestTagTwice`, with paths such as
                `InstanceGroups[2].InstanceCount`; or `ArgumentType`.
        """
        return cls(**read_request(request, provisioning_params))

    def to_request(self) -> dict[str, Any]:
        """The parameters of CreateCluster, in the order of the API.

        Raises:
            ValidationError: With the errors of `problems`, or `ClusterNameMissing`,
                `ExecutionRoleMissing`, `SubnetIdMissing`, `SecurityGroupIdsMissing`,
                `RequestUnknown`.
        """
        return self._written(*([_missing_name()] if self.cluster_name is None else []))

    def to_cfn_properties(self) -> dict[str, Any]:
        """The properties of `AWS::SageMaker::Cluster`, in the order of the API.

        Raises:
            ValidationError: As `to_request`, but for `ClusterNameMissing`.
        """
        return self._written()

    def problems(self) -> tuple[Problem, ...]:
        """Everything that is wrong or doubtful, in the order of the arguments."""
        found = (each for each in self._problems() if not self._is_about_unknown(each.path))
        return (*self.notes, *sorted(found, key=_sort_key))

    def check(self) -> tuple[Problem, ...]:
        """Raises the errors, or returns the warnings.

        Raises:
            ValidationError: With every problem whose severity is `Severity.ERROR`.
        """
        problems = self.problems()
        errors = [problem for problem in problems if problem.severity is Severity.ERROR]
        if errors:
            raise ValidationError(errors)
        return problems

    def required_quotas(self) -> dict[str, int]:
        """The service quotas the cluster needs: name of the quota and number of instances.

        Each counts all clusters of the account and region, and is 0 by default. Groups whose
        type or count is only known at deployment are not counted. A group of several types counts
        for each of them, since all of its instances may be of one.
        Source: https://docs.aws.amazon.com/general/latest/gr/sagemaker.html#limits_sagemaker
        """
        quotas: dict[str, int] = {}
        for _, group in all_groups(self):
            usage = "cluster spot instance usage" if group.capacity.is_spot else "cluster usage"
            for instance_type in instance_types_of(group):
                if not is_unresolved(group.count) and not is_unresolved(instance_type):
                    name = f"{instance_type} for {usage}"
                    quotas[name] = quotas.get(name, 0) + group.count
        return dict(sorted(quotas.items()))

    def _written(self, *problems: Problem) -> dict[str, Any]:
        self.check()
        missing = (*problems, *missing_problems(self))
        if missing:
            raise ValidationError(missing)
        return write_properties(without_shared_network(self))

    def _problems(self) -> Iterator[Problem]:
        wrong_types = tuple(type_problems("", self))
        yield from wrong_types
        if not wrong_types:
            for rule in RULES:
                yield from rule(self)

    def _is_about_unknown(self, path: str) -> bool:
        return any(
            unknown in _WHOLE or _is_within(path, unknown) or _is_within(unknown, path)
            for unknown in self.unknown
        )


def _missing_name() -> Problem:
    return Problem(
        code="ClusterNameMissing",
        path="cluster_name",
        value=None,
        message="is needed: only CloudFormation chooses a name",
        fix='pass cluster_name="…"',
    )


_WHOLE = frozenset({"instance_groups", "restricted_instance_groups", "orchestrator"})
"""Arguments without which hardly any rule can judge."""


def _is_within(inner: str, outer: str) -> bool:
    return inner == outer or inner.startswith((f"{outer}.", f"{outer}["))


_STEP = re.compile(r"(\w+)|\[(\d+)\]")
_OTHER_NAMES = {"vpc": "subnets", "vpc_subnets": "subnets", "lifecycle_scripts": "scripts"}


def _sort_key(problem: Problem) -> tuple[int, ...]:
    order = _order()
    return tuple(
        int(index) if index else order.get(_OTHER_NAMES.get(name, name), len(order))
        for name, index in _STEP.findall(problem.path)
    )


@cache
def _order() -> Mapping[str, int]:
    names = [
        each.name
        for kind in (ClusterValues, InstanceGroup, RestrictedInstanceGroup, LifecycleSteps)
        for each in fields(kind)
    ]
    return {name: position for position, name in reversed(list(enumerate(names)))}
