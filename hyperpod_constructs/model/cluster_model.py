"""All of a cluster in one value, and the judgement of it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from typing import TYPE_CHECKING, Any

from . import rules
from .argument_types import type_problems
from .errors import Problem, Severity, ValidationError
from .instance_group import InstanceGroup
from .lifecycle_steps import LifecycleSteps
from .node_provisioning import AutoScaling, NodeProvisioningMode, TieredStorage
from .orchestrator import Orchestrator, Slurm
from .provisioning_params import ProvisioningParams
from .resiliency import NodeRecovery
from .restricted_instance_group import RestrictedInstanceGroup, SharedEnvironment
from .script_folder import ScriptFolder
from .storage import FileSystemMount
from .subnet import Subnet
from .tokens import is_unresolved

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam

    from .references import RoleReference


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterModel:
    """A HyperPod cluster as values alone: no CDK app, no Node.js, no AWS account.

    Making one does not judge it; `problems()` does, and `check()` raises what it finds.

    Attributes:
        instance_groups: The groups, in their order.
        cluster_name: 1 to 63 letters, digits and inner hyphens. Chosen by CloudFormation when
            left out.
        orchestrator: What schedules jobs. Slurm by default.
        file_systems: What every node mounts.
        subnets: Subnets of the cluster. The service's own network when left out.
        security_group_ids: Security groups of the cluster, if a request names them.
        own_subnets: For each group its own subnets, none for a group in those of the cluster.
        vpc_arguments: Names of other arguments that were given and are about a VPC.
        node_recovery: What happens to a faulty node. It is replaced by default.
        node_provisioning_mode: How instances join. All at once when left out: the cluster comes up
            with all of them or not at all.
        restricted_instance_groups: Groups for Amazon Nova models. For EKS clusters.
        shared_environment: What the restricted groups share.
        auto_scaling: Instances as pods ask for them. For EKS clusters. Not by default.
        cluster_role: Role with which autoscaling adds and removes instances.
        tiered_storage: Checkpoints in the memory of the nodes. For EKS clusters. None by default.
        tags: Tags of the cluster, as a request names them.
        provisioning_params: A form that was written by somebody else. The form is made from the
            groups when left out.
        scripts: The lifecycle scripts, if they lie on this machine.
        steps: What the default lifecycle scripts do. Scripts of the user's own do without when
            left out.
        notes: What reading a request came upon; `problems` begins with it.
        unknown: Arguments that only the deployment knows, such as `instance_groups[1]`. Nothing at,
            within or around them is judged.
    """

    instance_groups: Sequence[InstanceGroup]
    cluster_name: str | None = None
    orchestrator: Orchestrator = Slurm()
    file_systems: Sequence[FileSystemMount] = ()
    subnets: Sequence[Subnet] | None = None
    security_group_ids: Sequence[str] = ()
    own_subnets: Sequence[Sequence[Subnet]] | None = None
    vpc_arguments: Sequence[str] = ()
    node_recovery: NodeRecovery = NodeRecovery.AUTOMATIC
    node_provisioning_mode: NodeProvisioningMode | None = None
    restricted_instance_groups: Sequence[RestrictedInstanceGroup] = ()
    shared_environment: SharedEnvironment | None = None
    auto_scaling: AutoScaling | None = None
    cluster_role: "iam.IRole | RoleReference | None" = None
    tiered_storage: TieredStorage | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    provisioning_params: ProvisioningParams | None = None
    scripts: ScriptFolder | None = None
    steps: LifecycleSteps | None = None
    notes: Sequence[Problem] = field(default=(), compare=False)
    unknown: Sequence[str] = ()

    @classmethod
    def from_request(
        cls, request: object, *, provisioning_params: ProvisioningParams | None = None
    ) -> "ClusterModel":
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
        from .request import read_request  # noqa: PLC0415

        return read_request(request, provisioning_params)

    def to_request(self) -> dict[str, Any]:
        """The parameters of CreateCluster, in the order of the API.

        Raises:
            ValidationError: With the errors of `problems`, or `ClusterNameMissing`,
                `ExecutionRoleMissing`, `SubnetIdMissing`, `SecurityGroupIdsMissing`,
                `RequestUnknown`.
        """
        from .request import write_request  # noqa: PLC0415

        return write_request(self)

    def to_cfn_properties(self) -> dict[str, Any]:
        """The properties of `AWS::SageMaker::Cluster`, in the order of the API.

        Raises:
            ValidationError: As `to_request`, but for `ClusterNameMissing`.
        """
        from .request import write_properties  # noqa: PLC0415

        return write_properties(self)

    def problems(self) -> tuple[Problem, ...]:
        """Everything that is wrong or doubtful, in the order of the arguments."""
        found = (each for each in self._problems() if not self._is_about_unknown(each.path))
        return (*self.notes, *sorted(found, key=_place))

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

    def form(self) -> ProvisioningParams | None:
        """The given form, or the one made from the groups.

        None where the request has it all, or where nobody knows what the groups are in Slurm.

        Raises:
            ValidationError: As `ProvisioningParams` says.
        """
        if not isinstance(self.orchestrator, Slurm) or any(
            is_unresolved(group.node_type) for group in self.instance_groups
        ):
            return self.provisioning_params
        return self.provisioning_params or self.orchestrator.provisioning_params(
            self.instance_groups, self.file_systems
        )

    def required_quotas(self) -> dict[str, int]:
        """The service quotas the cluster needs: name of the quota and number of instances.

        Each counts all clusters of the account and region, and is 0 by default. Groups whose
        type or count is only known at deployment are not counted. A group of several types counts
        for each of them, since all of its instances may be of one.
        Source: https://docs.aws.amazon.com/general/latest/gr/sagemaker.html#limits_sagemaker
        """
        quotas: dict[str, int] = {}
        for _, group in rules.all_groups(self):
            usage = "cluster spot instance usage" if group.capacity.is_spot else "cluster usage"
            for instance_type in rules.instance_types_of(group):
                if not is_unresolved(group.count) and not is_unresolved(instance_type):
                    name = f"{instance_type} for {usage}"
                    quotas[name] = quotas.get(name, 0) + group.count
        return dict(sorted(quotas.items()))

    def _problems(self) -> Iterator[Problem]:
        wrong_types = tuple(type_problems("", self))
        yield from wrong_types
        if not wrong_types:
            for rule in rules.RULES:
                yield from rule(self)

    def _is_about_unknown(self, path: str) -> bool:
        return any(
            unknown in _WHOLE or _is_within(path, unknown) or _is_within(unknown, path)
            for unknown in self.unknown
        )


_WHOLE = frozenset({"instance_groups", "restricted_instance_groups", "orchestrator"})
"""Arguments without which hardly any rule can judge."""


def _is_within(inner: str, outer: str) -> bool:
    return inner == outer or inner.startswith((f"{outer}.", f"{outer}["))


_STEP = re.compile(r"(\w+)|\[(\d+)\]")
_OTHER_NAMES = {"vpc": "subnets", "vpc_subnets": "subnets", "lifecycle_scripts": "scripts"}


def _place(problem: Problem) -> tuple[int, ...]:
    order = _order()
    return tuple(
        int(index) if index else order.get(_OTHER_NAMES.get(name, name), len(order))
        for name, index in _STEP.findall(problem.path)
    )


@cache
def _order() -> Mapping[str, int]:
    names = [
        each.name
        for kind in (ClusterModel, InstanceGroup, RestrictedInstanceGroup, LifecycleSteps)
        for each in fields(kind)
    ]
    return {name: position for position, name in reversed(list(enumerate(names)))}
