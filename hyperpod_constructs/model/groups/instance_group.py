"""Instance groups and their role in the Slurm cluster.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterInstanceGroupSpecification.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from hyperpod_constructs.model.frozen_fields import freeze
from hyperpod_constructs.model.references import (
    RoleReference,
    SecurityGroupReference,
    SubnetReference,
)
from hyperpod_constructs.model.value_class import value_class

from .capacity import Capacity
from .instance_types import default_threads_per_core
from .kubernetes import Taint
from .life_cycle_config import LifeCycleConfig
from .network_interface import NetworkInterfaceType
from .resiliency import DeepHealthCheck
from .software import AutoPatch, ScheduledUpdate
from .storage import DEFAULT_VOLUMES, EbsVolume, FileSystemMount, MountableFileSystem

if TYPE_CHECKING:
    from typing import TypedDict, Unpack

    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam

    class GroupOptions(TypedDict, total=False):
        """Options of all Slurm groups; see `InstanceGroup`."""

        threads_per_core: int | None
        volumes: Sequence[EbsVolume]
        subnets: "Sequence[ec2.ISubnet | SubnetReference]"
        security_groups: "Sequence[ec2.ISecurityGroup | SecurityGroupReference]"
        execution_role: "iam.IRole | RoleReference | None"
        life_cycle_config: LifeCycleConfig | None
        file_systems: Sequence[FileSystemMount | MountableFileSystem]
        network_interface_type: NetworkInterfaceType | None
        image_id: str | None
        scheduled_update: ScheduledUpdate | None
        auto_patch: AutoPatch | None

    class WorkerOptions(GroupOptions, total=False):
        """Options of worker groups; see `InstanceGroup`."""

        instance_types: Sequence[str]
        min_count: int | None
        capacity: Capacity
        deep_health_checks: Sequence[DeepHealthCheck]


class NodeType(StrEnum):
    """The role of the nodes of a group in Slurm."""

    CONTROLLER = "controller"
    LOGIN = "login"
    WORKER = "worker"


@value_class(frozen=True, kw_only=True, slots=True)
class InstanceGroup:
    """Instances of the same type, created and scaled together.

    For Slurm, use `InstanceGroup.controller`, `InstanceGroup.login` and `InstanceGroup.worker`. A
    group is validated together with its cluster, so that all problems are reported at once.

    Attributes:
        name: Name of the group: 1 to 63 letters, digits and inner hyphens. Renaming a group deletes
            its nodes and creates new ones. Cannot be changed; add another group instead.
        instance_type: Instance type, such as `ml.p5.48xlarge`. Cannot be changed; add another group
            instead.
        instance_types: Up to 20 instance types in order of preference, as an alternative to
            `instance_type`. Requires continuous provisioning.
        count: Number of instances.
        node_type: Role of the nodes in Slurm. Not supported by other orchestrators. Cannot be
            changed; add another group instead.
        partition: Slurm partition of a worker group. All nodes are also in partition `dev`.
        min_count: Minimum number of instances required to create the group. Requires continuous
            provisioning. By default, the group is created with all `count` instances or not at all.
        threads_per_core: Threads per core, 1 or 2. Defaults to the EC2 default of the type: 2, or 1
            if the processor has one thread per core; 2 for a type known only at deployment. Cannot
            be changed; add another group instead.
        volumes: EBS volumes of each node. Defaults to one secondary volume of 500 GiB at
            `/opt/sagemaker`, since images and caches fill the root volume of 100 GB.
        capacity: Capacity of the group. Defaults to on-demand. A training plan can be added,
            replaced or removed in place. To or from Spot: Cannot be changed; add another group
            instead.
        deep_health_checks: Checks that an accelerated node must pass before it is used. They do not
            run on nodes without accelerators. None by default.
        subnets: Subnets of the group. Defaults to the subnets of the cluster. Cannot be changed;
            add another group instead.
        security_groups: Security groups of the group, with all traffic allowed to and from those of
            the cluster. Defaults to those of the cluster. Cannot be changed; add another group
            instead.
        execution_role: IAM role of the nodes. Defaults to the role of the node type, which on EKS
            is one role for all groups. Cannot be changed; add another group instead.
        life_cycle_config: Lifecycle scripts of the group. Defaults to the `lifecycle_scripts` of
            the cluster: those of the library for `Slurm`, none for `ApiDrivenSlurm`, and a script
            without effect for `Eks`.
        file_systems: File systems to mount on the nodes in addition to those of the cluster.
            Requires `ApiDrivenSlurm`. A change applies to nodes created afterwards.
        network_interface_type: Type of the network interfaces. Defaults to the type that HyperPod
            chooses.
        image_id: ID of a custom AMI, created from a HyperPod AMI. Defaults to the latest HyperPod
            AMI.
        image_release_version: Release of the HyperPod AMI, such as `1.0.3`. Requires EKS. Defaults
            to the latest release. Changing it replaces the root volumes.
        scheduled_update: Schedule of AMI updates. Not scheduled by default.
        auto_patch: Automatic AMI patching. Disabled by default.
        labels: Kubernetes labels of the nodes, up to 50. None by default.
        taints: Kubernetes taints of the nodes, up to 50. None by default.
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
    file_systems: Sequence[FileSystemMount | MountableFileSystem] = ()
    network_interface_type: NetworkInterfaceType | None = None
    image_id: str | None = None
    image_release_version: str | None = None
    scheduled_update: ScheduledUpdate | None = None
    auto_patch: AutoPatch | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: Sequence[Taint] = ()

    def __post_init__(self) -> None:
        freeze(
            self,
            node_type=NodeType,
            deep_health_checks=DeepHealthCheck,
            network_interface_type=NetworkInterfaceType,
        )

    @classmethod
    def controller(
        cls,
        name: str = "controller",
        *,
        instance_type: str,
        count: int = 1,
        **options: "Unpack[GroupOptions]",
    ) -> Self:
        """The group that runs slurmctld. A Slurm cluster has exactly one.

        Args:
            name: Name of the group. Defaults to `controller`.
            instance_type: Instance type of the controller, such as `ml.m5.xlarge`.
            count: 1, or 2 or more if the controllers share a database (multi-head).
            **options: Options of the group, as listed.
            threads_per_core: Threads per core, 1 or 2. Defaults to the EC2 default of the type: 2,
                or 1 if the processor has one thread per core; 2 for a type known only at
                deployment. Cannot be changed; add another group instead.
            volumes: EBS volumes of each node. Defaults to one secondary volume of 500 GiB at
                `/opt/sagemaker`, since images and caches fill the root volume of 100 GB.
            subnets: Subnets of the group. Defaults to the subnets of the cluster. Cannot be
                changed; add another group instead.
            security_groups: Security groups of the group, with all traffic allowed to and from
                those of the cluster. Defaults to those of the cluster. Cannot be changed; add
                another group instead.
            execution_role: IAM role of the nodes. Defaults to the role of the node type, which on
                EKS is one role for all groups. Cannot be changed; add another group instead.
            life_cycle_config: Lifecycle scripts of the group. Defaults to the `lifecycle_scripts`
                of the cluster: those of the library for `Slurm`, none for `ApiDrivenSlurm`, and a
                script without effect for `Eks`.
            file_systems: File systems to mount on the nodes in addition to those of the cluster.
                Requires `ApiDrivenSlurm`. A change applies to nodes created afterwards.
            network_interface_type: Type of the network interfaces. Defaults to the type that
                HyperPod chooses.
            image_id: ID of a custom AMI, created from a HyperPod AMI. Defaults to the latest
                HyperPod AMI.
            scheduled_update: Schedule of AMI updates. Not scheduled by default.
            auto_patch: Automatic AMI patching. Disabled by default.
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
        **options: "Unpack[GroupOptions]",
    ) -> Self:
        """The group for users to log in and submit jobs. A Slurm cluster has at most one.

        Args:
            name: Name of the group. Defaults to `login`.
            instance_type: Instance type of the login nodes, such as `ml.m5.2xlarge`.
            count: Number of login nodes. Defaults to 1.
            **options: Options of the group, as listed.
            threads_per_core: Threads per core, 1 or 2. Defaults to the EC2 default of the type: 2,
                or 1 if the processor has one thread per core; 2 for a type known only at
                deployment. Cannot be changed; add another group instead.
            volumes: EBS volumes of each node. Defaults to one secondary volume of 500 GiB at
                `/opt/sagemaker`, since images and caches fill the root volume of 100 GB.
            subnets: Subnets of the group. Defaults to the subnets of the cluster. Cannot be
                changed; add another group instead.
            security_groups: Security groups of the group, with all traffic allowed to and from
                those of the cluster. Defaults to those of the cluster. Cannot be changed; add
                another group instead.
            execution_role: IAM role of the nodes. Defaults to the role of the node type, which on
                EKS is one role for all groups. Cannot be changed; add another group instead.
            life_cycle_config: Lifecycle scripts of the group. Defaults to the `lifecycle_scripts`
                of the cluster: those of the library for `Slurm`, none for `ApiDrivenSlurm`, and a
                script without effect for `Eks`.
            file_systems: File systems to mount on the nodes in addition to those of the cluster.
                Requires `ApiDrivenSlurm`. A change applies to nodes created afterwards.
            network_interface_type: Type of the network interfaces. Defaults to the type that
                HyperPod chooses.
            image_id: ID of a custom AMI, created from a HyperPod AMI. Defaults to the latest
                HyperPod AMI.
            scheduled_update: Schedule of AMI updates. Not scheduled by default.
            auto_patch: Automatic AMI patching. Disabled by default.
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
        **options: "Unpack[WorkerOptions]",
    ) -> Self:
        """A group that runs jobs.

        Args:
            name: Name of the group.
            instance_type: Instance type of the workers, such as `ml.p5.48xlarge`. Required unless
                `instance_types` is specified.
            count: Number of workers. Defaults to 1.
            partition: Slurm partition of the group. Required. Groups can share a partition.
            **options: Options of the group, as listed.
            threads_per_core: Threads per core, 1 or 2. Defaults to the EC2 default of the type: 2,
                or 1 if the processor has one thread per core; 2 for a type known only at
                deployment. Cannot be changed; add another group instead.
            volumes: EBS volumes of each node. Defaults to one secondary volume of 500 GiB at
                `/opt/sagemaker`, since images and caches fill the root volume of 100 GB.
            subnets: Subnets of the group. Defaults to the subnets of the cluster. Cannot be
                changed; add another group instead.
            security_groups: Security groups of the group, with all traffic allowed to and from
                those of the cluster. Defaults to those of the cluster. Cannot be changed; add
                another group instead.
            execution_role: IAM role of the nodes. Defaults to the role of the node type, which on
                EKS is one role for all groups. Cannot be changed; add another group instead.
            life_cycle_config: Lifecycle scripts of the group. Defaults to the `lifecycle_scripts`
                of the cluster: those of the library for `Slurm`, none for `ApiDrivenSlurm`, and a
                script without effect for `Eks`.
            file_systems: File systems to mount on the nodes in addition to those of the cluster.
                Requires `ApiDrivenSlurm`. A change applies to nodes created afterwards.
            network_interface_type: Type of the network interfaces. Defaults to the type that
                HyperPod chooses.
            image_id: ID of a custom AMI, created from a HyperPod AMI. Defaults to the latest
                HyperPod AMI.
            scheduled_update: Schedule of AMI updates. Not scheduled by default.
            auto_patch: Automatic AMI patching. Disabled by default.
            instance_types: Up to 20 instance types in order of preference, as an alternative to
                `instance_type`. Requires continuous provisioning.
            min_count: Minimum number of instances required to create the group. Requires continuous
                provisioning. By default, the group is created with all `count` instances or not at
                all.
            capacity: Capacity of the group. Defaults to on-demand. A training plan can be added,
                replaced or removed in place. To or from Spot: Cannot be changed; add another group
                instead.
            deep_health_checks: Checks that an accelerated node must pass before it is used. They do
                not run on nodes without accelerators. None by default.
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
        """Threads per core of the nodes, specified or default."""
        if self.threads_per_core is not None:
            return self.threads_per_core
        return default_threads_per_core(self.instance_type or next(iter(self.instance_types), ""))
