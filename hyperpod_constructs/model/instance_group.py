"""A group of equal instances, and its place in the Slurm cluster.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterInstanceGroupSpecification.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from .capacity import Capacity
from .errors import Problem, wrong_type
from .instance_types import default_threads_per_core
from .names import name_problems
from .resiliency import DeepHealthCheck
from .storage import DEFAULT_VOLUMES, EbsVolume, volume_problems
from .tokens import is_unresolved

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam


class NodeType(StrEnum):
    """What the nodes of a group are in Slurm."""

    CONTROLLER = "controller"
    LOGIN = "login"
    WORKER = "worker"


@dataclass(frozen=True, kw_only=True, slots=True)
class InstanceGroup:
    """Instances of one type, made and scaled together.

    For Slurm use `InstanceGroup.controller`, `InstanceGroup.login` and `InstanceGroup.worker`.
    A group is judged together with its cluster, so that all problems are reported at once.

    Attributes:
        name: 1 to 63 letters, digits and inner hyphens. Renaming a group deletes its nodes and
            creates others.
        instance_type: Type of the instances, such as `ml.p5.48xlarge`. Can not be changed later.
        count: Number of instances.
        node_type: What the nodes are in Slurm; none for other orchestrators.
        partition: Slurm partition of a worker group. All nodes are in partition `dev` as well.
        min_count: Instances without which the group does not come up. Needs continuous
            provisioning. Without it the group comes up with all `count` instances or not at all.
        threads_per_core: 1 or 2. Defaults to what EC2 gives the type: 2, or 1 where the processor
            has one thread a core; 2 for a type that is only known at deployment. Can not be
            changed later.
        volumes: EBS volumes of each node. Defaults to one secondary volume of 500 GiB at
            `/opt/sagemaker`, since images and caches fill the 100 GB of the root volume.
        capacity: Where the instances come from. On-demand by default.
        deep_health_checks: Checks an accelerated node passes before it is used. None by default.
        subnet: Subnet of this group alone. The subnets of the cluster by default. Can not be
            changed later.
        security_groups: Security groups of this group alone, opened to and from those of the
            cluster. Those of the cluster by default.
        execution_role: Role of the nodes of this group. The role of its node type by default.
    """

    name: str = field(kw_only=False)
    instance_type: str
    count: int = 1
    node_type: NodeType | None = None
    partition: str | None = None
    min_count: int | None = None
    threads_per_core: int | None = None
    volumes: Sequence[EbsVolume] = DEFAULT_VOLUMES
    capacity: Capacity = Capacity()
    deep_health_checks: Sequence[DeepHealthCheck] = ()
    subnet: "ec2.ISubnet | None" = None
    security_groups: "Sequence[ec2.ISecurityGroup]" = ()
    execution_role: "iam.IRole | None" = None

    def __post_init__(self) -> None:
        for name in ("volumes", "deep_health_checks", "security_groups"):
            value = getattr(self, name)
            if isinstance(value, list):
                object.__setattr__(self, name, tuple(value))
        if self.node_type in tuple(NodeType):
            object.__setattr__(self, "node_type", NodeType(self.node_type))

    @classmethod
    def controller(
        cls,
        name: str = "controller",
        *,
        instance_type: str,
        count: int = 1,
        threads_per_core: int | None = None,
        volumes: Sequence[EbsVolume] = DEFAULT_VOLUMES,
        subnet: "ec2.ISubnet | None" = None,
        security_groups: "Sequence[ec2.ISecurityGroup]" = (),
        execution_role: "iam.IRole | None" = None,
    ) -> Self:
        """The group that runs slurmctld; a Slurm cluster has exactly one.

        Args:
            name: Name of the group, `controller` by default.
            instance_type: Type of the controller, such as `ml.m5.xlarge`.
            count: 1, or 2 and more when the form has `slurm_configurations` (multi-head).
            threads_per_core: As for `InstanceGroup`.
            volumes: As for `InstanceGroup`.
            subnet: As for `InstanceGroup`.
            security_groups: As for `InstanceGroup`.
            execution_role: As for `InstanceGroup`.
        """
        return cls(
            name,
            node_type=NodeType.CONTROLLER,
            instance_type=instance_type,
            count=count,
            threads_per_core=threads_per_core,
            volumes=volumes,
            subnet=subnet,
            security_groups=security_groups,
            execution_role=execution_role,
        )

    @classmethod
    def login(
        cls,
        name: str = "login",
        *,
        instance_type: str,
        count: int = 1,
        threads_per_core: int | None = None,
        volumes: Sequence[EbsVolume] = DEFAULT_VOLUMES,
        subnet: "ec2.ISubnet | None" = None,
        security_groups: "Sequence[ec2.ISecurityGroup]" = (),
        execution_role: "iam.IRole | None" = None,
    ) -> Self:
        """The group where people log in and submit jobs; a Slurm cluster has at most one.

        Args:
            name: Name of the group, `login` by default.
            instance_type: Type of the login nodes, such as `ml.m5.2xlarge`.
            count: Number of login nodes, 1 by default.
            threads_per_core: As for `InstanceGroup`.
            volumes: As for `InstanceGroup`.
            subnet: As for `InstanceGroup`.
            security_groups: As for `InstanceGroup`.
            execution_role: As for `InstanceGroup`.
        """
        return cls(
            name,
            node_type=NodeType.LOGIN,
            instance_type=instance_type,
            count=count,
            threads_per_core=threads_per_core,
            volumes=volumes,
            subnet=subnet,
            security_groups=security_groups,
            execution_role=execution_role,
        )

    @classmethod
    def worker(
        cls,
        name: str,
        *,
        instance_type: str,
        count: int = 1,
        partition: str | None = None,
        min_count: int | None = None,
        threads_per_core: int | None = None,
        volumes: Sequence[EbsVolume] = DEFAULT_VOLUMES,
        capacity: Capacity = Capacity(),
        deep_health_checks: Sequence[DeepHealthCheck] = (),
        subnet: "ec2.ISubnet | None" = None,
        security_groups: "Sequence[ec2.ISecurityGroup]" = (),
        execution_role: "iam.IRole | None" = None,
    ) -> Self:
        """A group that runs jobs.

        Args:
            name: Name of the group.
            instance_type: Type of the workers, such as `ml.p5.48xlarge`.
            count: Number of workers, 1 by default.
            partition: Slurm partition of the group; needed. Groups may share one.
            min_count: As for `InstanceGroup`.
            threads_per_core: As for `InstanceGroup`.
            volumes: As for `InstanceGroup`.
            capacity: As for `InstanceGroup`.
            deep_health_checks: As for `InstanceGroup`.
            subnet: As for `InstanceGroup`.
            security_groups: As for `InstanceGroup`.
            execution_role: As for `InstanceGroup`.
        """
        return cls(
            name,
            node_type=NodeType.WORKER,
            instance_type=instance_type,
            count=count,
            partition=partition,
            min_count=min_count,
            threads_per_core=threads_per_core,
            volumes=volumes,
            capacity=capacity,
            deep_health_checks=deep_health_checks,
            subnet=subnet,
            security_groups=security_groups,
            execution_role=execution_role,
        )

    @property
    def effective_threads_per_core(self) -> int:
        """The threads per core that the nodes get."""
        return (
            default_threads_per_core(self.instance_type)
            if self.threads_per_core is None
            else self.threads_per_core
        )

    def problems(self, path: str) -> Iterator[Problem]:
        """What is wrong with this group on its own."""
        yield from name_problems("InstanceGroupName", f"{path}.name", self.name)
        yield from self._type_problems(path)
        yield from self._count_problems(path)
        yield from self._sequence_problems(path)

    def _type_problems(self, path: str) -> Iterator[Problem]:
        if not isinstance(self.instance_type, str):
            yield wrong_type(
                f"{path}.instance_type", self.instance_type, "a type such as 'ml.p5.48xlarge'"
            )
        elif not self.instance_type.startswith("ml.") and not is_unresolved(self.instance_type):
            yield Problem(
                code="InstanceType",
                path=f"{path}.instance_type",
                value=self.instance_type,
                message="is not a SageMaker instance type, which starts with 'ml.'",
                fix=f"use {'ml.' + self.instance_type.lower().removeprefix('ml.')!r}",
            )
        if self.node_type is not None and self.node_type not in tuple(NodeType):
            yield Problem(
                code="NodeType",
                path=f"{path}.node_type",
                value=self.node_type,
                message="is not a node type",
                fix="use NodeType.CONTROLLER, NodeType.LOGIN or NodeType.WORKER",
            )
        if not isinstance(self.capacity, Capacity):
            yield wrong_type(
                f"{path}.capacity", self.capacity, "Capacity.on_demand() or .training_plan(arn)"
            )

    def _count_problems(self, path: str) -> Iterator[Problem]:
        counts = {"count": self.count}
        if self.min_count is not None:
            counts["min_count"] = self.min_count
        if self.threads_per_core is not None:
            counts["threads_per_core"] = self.threads_per_core
        wrong = [
            name
            for name, value in counts.items()
            if isinstance(value, bool)
            or not (isinstance(value, int) or (isinstance(value, float) and is_unresolved(value)))
        ]
        for name in wrong:
            yield wrong_type(f"{path}.{name}", counts[name], "a whole number")
        if self.min_count is None or {"count", "min_count"} & set(wrong):
            return
        if is_unresolved(self.count) or is_unresolved(self.min_count):
            return
        if self.min_count > self.count:
            yield Problem(
                code="MinInstanceCount",
                path=f"{path}.min_count",
                value=self.min_count,
                message=f"is above count, which is {self.count}",
                fix=f"use at most {self.count}",
            )

    def _sequence_problems(self, path: str) -> Iterator[Problem]:
        if isinstance(self.volumes, tuple):
            yield from volume_problems(f"{path}.volumes", self.volumes)
        else:
            yield wrong_type(f"{path}.volumes", self.volumes, "a list of EbsVolume")
        if not isinstance(self.deep_health_checks, tuple) or not all(
            check in tuple(DeepHealthCheck) for check in self.deep_health_checks
        ):
            yield wrong_type(
                f"{path}.deep_health_checks", self.deep_health_checks, "a list of DeepHealthCheck"
            )
        elif len(set(self.deep_health_checks)) < len(self.deep_health_checks):
            yield Problem(
                code="DeepHealthChecks",
                path=f"{path}.deep_health_checks",
                value=[str(check) for check in self.deep_health_checks],
                message="names a check twice",
                fix="name each check once",
            )
