"""A group of equal instances, and its place in the Slurm cluster.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterInstanceGroupSpecification.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Self, TypedDict, Unpack

from hyperpod_constructs.model.references import (
    RoleReference,
    SecurityGroupReference,
    SubnetReference,
)

from .capacity import Capacity
from .instance_types import default_threads_per_core
from .kubernetes import Taint
from .life_cycle_config import LifeCycleConfig
from .network_interface import NetworkInterfaceType
from .resiliency import DeepHealthCheck
from .software import AutoPatch, ScheduledUpdate
from .storage import DEFAULT_VOLUMES, EbsVolume, FileSystemMount

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam


class NodeType(StrEnum):
    """What the nodes of a group are in Slurm."""

    CONTROLLER = "controller"
    LOGIN = "login"
    WORKER = "worker"


class GroupOptions(TypedDict, total=False):
    """What every Slurm group may have; `InstanceGroup` says what it means."""

    threads_per_core: int | None
    volumes: Sequence[EbsVolume]
    subnets: "Sequence[ec2.ISubnet | SubnetReference]"
    security_groups: "Sequence[ec2.ISecurityGroup | SecurityGroupReference]"
    execution_role: "iam.IRole | RoleReference | None"
    life_cycle_config: LifeCycleConfig | None
    file_systems: Sequence[FileSystemMount]
    network_interface_type: NetworkInterfaceType | None
    image_id: str | None
    scheduled_update: ScheduledUpdate | None
    auto_patch: AutoPatch | None


class WorkerOptions(GroupOptions, total=False):
    """What groups may have that run jobs."""

    instance_types: Sequence[str]
    min_count: int | None
    capacity: Capacity
    deep_health_checks: Sequence[DeepHealthCheck]


_SEQUENCES = (
    "instance_types",
    "volumes",
    "deep_health_checks",
    "subnets",
    "security_groups",
    "file_systems",
    "taints",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class InstanceGroup:
    """Instances of one type, made and scaled together.

    For Slurm use `InstanceGroup.controller`, `InstanceGroup.login` and `InstanceGroup.worker`.
    A group is judged together with its cluster, so that all problems are reported at once.

    Attributes:
        name: 1 to 63 letters, digits and inner hyphens. Renaming a group deletes its nodes and
            creates others.
        instance_type: Type of the instances, such as `ml.p5.48xlarge`. Can not be changed later.
        instance_types: Up to 20 types in the order of preference, in place of `instance_type`.
            Needs continuous provisioning.
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
        subnets: Subnets of this group alone. The subnets of the cluster by default. Can not be
            changed later.
        security_groups: Security groups of this group alone, opened to and from those of the
            cluster. Those of the cluster by default.
        execution_role: Role of the nodes of this group. The role of its node type by default.
        life_cycle_config: What the nodes of this group run. What the cluster's
            `lifecycle_scripts` say by default.
        file_systems: What the nodes of this group mount beside the file systems of the cluster.
            Needs a cluster whose topology stands in the request (`ApiDrivenSlurm`). Only nodes
            that are made later get a change.
        network_interface_type: What the network cards carry. Chosen by HyperPod by default.
        image_id: Machine image of one's own, made from one of HyperPod's. The newest image of
            HyperPod by default.
        image_release_version: Release of HyperPod's image, such as `1.0.3`. For EKS clusters.
            The newest one by default; changing it wipes the root volumes.
        scheduled_update: When the machine image is renewed. Not by itself by default.
        auto_patch: How the machine image is patched by itself. It is not by default.
        labels: Labels of the nodes in Kubernetes, up to 50. None by default.
        taints: Taints of the nodes in Kubernetes, up to 50. None by default.
    """

    name: str = field(kw_only=False)
    instance_type: str | None = None
    instance_types: Sequence[str] = ()
    count: int = 1
    node_type: NodeType | None = None
    partition: str | None = None
    min_count: int | None = None
    threads_per_core: int | None = None
    volumes: Sequence[EbsVolume] = DEFAULT_VOLUMES
    capacity: Capacity = Capacity()
    deep_health_checks: Sequence[DeepHealthCheck] = ()
    subnets: "Sequence[ec2.ISubnet | SubnetReference]" = ()
    security_groups: "Sequence[ec2.ISecurityGroup | SecurityGroupReference]" = ()
    execution_role: "iam.IRole | RoleReference | None" = None
    life_cycle_config: LifeCycleConfig | None = None
    file_systems: Sequence[FileSystemMount] = ()
    network_interface_type: NetworkInterfaceType | None = None
    image_id: str | None = None
    image_release_version: str | None = None
    scheduled_update: ScheduledUpdate | None = None
    auto_patch: AutoPatch | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: Sequence[Taint] = ()

    def __post_init__(self) -> None:
        for name in _SEQUENCES:
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
        **options: Unpack[GroupOptions],
    ) -> Self:
        """The group that runs slurmctld; a Slurm cluster has exactly one.

        Args:
            name: Name of the group, `controller` by default.
            instance_type: Type of the controller, such as `ml.m5.xlarge`.
            count: 1, or 2 and more when several controllers share a database (multi-head).
            **options: As for `InstanceGroup`.
        """
        return cls(
            name,
            node_type=NodeType.CONTROLLER,
            instance_type=instance_type,
            count=count,
            **options,
        )

    @classmethod
    def login(
        cls,
        name: str = "login",
        *,
        instance_type: str,
        count: int = 1,
        **options: Unpack[GroupOptions],
    ) -> Self:
        """The group where people log in and submit jobs; a Slurm cluster has at most one.

        Args:
            name: Name of the group, `login` by default.
            instance_type: Type of the login nodes, such as `ml.m5.2xlarge`.
            count: Number of login nodes, 1 by default.
            **options: As for `InstanceGroup`.
        """
        return cls(
            name, node_type=NodeType.LOGIN, instance_type=instance_type, count=count, **options
        )

    @classmethod
    def worker(
        cls,
        name: str,
        *,
        instance_type: str | None = None,
        count: int = 1,
        partition: str | None = None,
        **options: Unpack[WorkerOptions],
    ) -> Self:
        """A group that runs jobs.

        Args:
            name: Name of the group.
            instance_type: Type of the workers, such as `ml.p5.48xlarge`; or else `instance_types`.
            count: Number of workers, 1 by default.
            partition: Slurm partition of the group; needed. Groups may share one.
            **options: As for `InstanceGroup`.
        """
        return cls(
            name,
            node_type=NodeType.WORKER,
            instance_type=instance_type,
            count=count,
            partition=partition,
            **options,
        )

    @property
    def effective_threads_per_core(self) -> int:
        """The threads per core that the nodes get."""
        if self.threads_per_core is not None:
            return self.threads_per_core
        return default_threads_per_core(self.instance_type or next(iter(self.instance_types), ""))
