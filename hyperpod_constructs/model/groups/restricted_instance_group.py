"""Groups that train Amazon Nova models in an environment closed to the outside.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/nova-hp-cluster.html
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from hyperpod_constructs.model.references import (
    RoleReference,
    SecurityGroupReference,
    SubnetReference,
)

from .capacity import Capacity
from .resiliency import DeepHealthCheck
from .storage import DEFAULT_VOLUMES, EbsVolume

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam


@dataclass(frozen=True, kw_only=True, slots=True)
class RestrictedLustre:
    """The FSx for Lustre file system of a restricted environment.

    Attributes:
        size_gib: Size in GiB, 1200 to 100800.
        per_unit_storage_throughput: MB/s for each TiB, 125 to 1000.
    """

    size_gib: int
    per_unit_storage_throughput: int


class LustreDeletionPolicy(StrEnum):
    """What becomes of the file system of a restricted environment."""

    KEEP = "Keep"
    """It stays when the groups are gone."""

    DELETE_IF_NOT_USED = "DeleteIfNotUsed"
    """It is deleted with the last group that uses it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedEnvironment:
    """What all restricted groups of a cluster share.

    Attributes:
        lustre: The file system.
        lustre_deletion_policy: What becomes of it. It stays by default.
    """

    lustre: RestrictedLustre
    lustre_deletion_policy: LustreDeletionPolicy = LustreDeletionPolicy.KEEP


@dataclass(frozen=True, kw_only=True, slots=True)
class RestrictedInstanceGroup:
    """Instances of one type that only run Amazon's own training images. For EKS clusters.

    Attributes:
        name: As for `InstanceGroup`.
        instance_type: As for `InstanceGroup`.
        count: As for `InstanceGroup`.
        threads_per_core: As for `InstanceGroup`.
        volumes: As for `InstanceGroup`.
        capacity: On-demand by default, or a training plan.
        deep_health_checks: As for `InstanceGroup`.
        subnets: As for `InstanceGroup`.
        security_groups: As for `InstanceGroup`.
        execution_role: As for `InstanceGroup`; jobs read their data with it.
        lustre: File system of this group alone. The shared one when left out.
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
        for name in ("volumes", "deep_health_checks", "subnets", "security_groups"):
            value = getattr(self, name)
            if isinstance(value, list):
                object.__setattr__(self, name, tuple(value))
