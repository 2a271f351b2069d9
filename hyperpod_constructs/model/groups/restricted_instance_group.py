"""Instance groups that train Amazon Nova models in an isolated environment.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/nova-hp-cluster.html
"""

from collections.abc import Sequence
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from hyperpod_constructs.model.frozen_fields import freeze
from hyperpod_constructs.model.references import (
    RoleReference,
    SecurityGroupReference,
    SubnetReference,
)
from hyperpod_constructs.model.value_class import value_class

from .capacity import Capacity
from .resiliency import DeepHealthCheck
from .storage import DEFAULT_VOLUMES, EbsVolume

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam


@value_class(frozen=True, kw_only=True, slots=True)
class RestrictedLustre:
    """The FSx for Lustre file system of a restricted environment.

    Attributes:
        size_gib: Storage capacity in GiB, 1200 to 100800.
        per_unit_storage_throughput: Throughput in MB/s per TiB, 125 to 1000.
    """

    size_gib: int
    per_unit_storage_throughput: int


class LustreDeletionPolicy(StrEnum):
    """The deletion policy of the file system of a restricted environment."""

    KEEP = "Keep"
    """Retains the file system when the groups are deleted."""

    DELETE_IF_NOT_USED = "DeleteIfNotUsed"
    """Deletes the file system with the last group that uses it."""


@value_class(frozen=True, kw_only=True, slots=True)
class SharedEnvironment:
    """The environment shared by the restricted groups of a cluster.

    Attributes:
        lustre: Shared file system.
        lustre_deletion_policy: Deletion policy of the file system. Defaults to retaining it.
    """

    lustre: RestrictedLustre
    lustre_deletion_policy: LustreDeletionPolicy = LustreDeletionPolicy.KEEP

    def __post_init__(self) -> None:
        freeze(self, lustre_deletion_policy=LustreDeletionPolicy)


@value_class(frozen=True, kw_only=True, slots=True)
class RestrictedInstanceGroup:
    """Instances of the same type that run only Amazon training images. Requires EKS.

    Attributes:
        name: Name of the group: 1 to 63 letters, digits and inner hyphens. Renaming a group deletes
            its nodes and creates new ones. Cannot be changed; add another group instead.
        instance_type: Instance type, such as `ml.p5.48xlarge`. Cannot be changed; add another group
            instead.
        count: Number of instances.
        threads_per_core: Threads per core, 1 or 2. Defaults to the EC2 default of the type: 2, or 1
            if the processor has one thread per core; 2 for a type known only at deployment. Cannot
            be changed; add another group instead.
        volumes: EBS volumes of each node. Defaults to one secondary volume of 500 GiB at
            `/opt/sagemaker`, since images and caches fill the root volume of 100 GB.
        capacity: On-demand capacity or a training plan. Defaults to on-demand.
        deep_health_checks: Checks that an accelerated node must pass before it is used. They do not
            run on nodes without accelerators. None by default.
        subnets: Subnets of the group. Defaults to the subnets of the cluster. Cannot be changed;
            add another group instead.
        security_groups: Security groups of the group, with all traffic allowed to and from those of
            the cluster. Defaults to those of the cluster. Cannot be changed; add another group
            instead.
        execution_role: IAM role of the nodes. Jobs use it to read their data. Defaults to the role
            of the node type. Cannot be changed; add another group instead.
        lustre: File system of the group. Defaults to the shared file system.
    """

    name: str = field(kw_only=False)
    instance_type: str
    count: int = 1
    threads_per_core: int | None = None
    volumes: Sequence[EbsVolume] = DEFAULT_VOLUMES
    capacity: Capacity = Capacity()
    deep_health_checks: Sequence[DeepHealthCheck] = ()
    subnets: "Sequence[ec2.ISubnet | SubnetReference]" = ()
    security_groups: "Sequence[ec2.ISecurityGroup | SecurityGroupReference]" = ()
    execution_role: "iam.IRole | RoleReference | None" = None
    lustre: RestrictedLustre | None = None

    def __post_init__(self) -> None:
        freeze(self, deep_health_checks=DeepHealthCheck)
