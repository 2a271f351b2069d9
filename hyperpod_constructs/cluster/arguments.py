"""From the arguments of a cluster to its model."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import cast

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam

from hyperpod_constructs.cdk.lazy import LateText
from hyperpod_constructs.cluster_model import ClusterModel
from hyperpod_constructs.model.frozen_fields import freeze
from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.groups.life_cycle_config import LifeCycleConfig
from hyperpod_constructs.model.groups.resiliency import NodeRecovery
from hyperpod_constructs.model.groups.restricted_instance_group import (
    RestrictedInstanceGroup,
    SharedEnvironment,
)
from hyperpod_constructs.model.groups.storage import mounts_of
from hyperpod_constructs.model.node_provisioning import (
    AutoScaling,
    NodeProvisioningMode,
    TieredStorage,
)
from hyperpod_constructs.model.node_steps.accounting import Accounting
from hyperpod_constructs.model.orchestrator import (
    ApiDrivenSlurm,
    Eks,
    Orchestrator,
    control_plane_of,
)
from hyperpod_constructs.model.references import RoleReference
from hyperpod_constructs.model.subnet import Subnet
from hyperpod_constructs.network.file_systems import FileSystem
from hyperpod_constructs.network.subnets import VpcSubnets
from hyperpod_constructs.rules.queries import group_path
from hyperpod_constructs.scripts.lifecycle_scripts import LifecycleScripts, scripts_of

from .lustre_efa import with_known_efa


@dataclass(frozen=True, kw_only=True)
class ClusterArguments:
    """The arguments of `HyperPodCluster`, which documents them.

    Attributes:
        source_s3_uri: S3 URI of the scripts, once they are delivered.
        cluster_role_arn: ARN of the role of autoscaling, once there is one.
    """

    instance_groups: Sequence[InstanceGroup]
    cluster_name: str | None
    orchestrator: Orchestrator
    vpc: ec2.IVpc | None
    vpc_subnets: ec2.SubnetSelection | None
    security_groups: Sequence[ec2.ISecurityGroup]
    execution_role: iam.IRole | None
    source_account_condition: bool
    restrict_network_interfaces: bool
    restrict_bucket_listing: bool
    lifecycle_scripts: LifecycleScripts | None
    file_systems: Sequence[FileSystem]
    node_recovery: NodeRecovery
    node_provisioning_mode: NodeProvisioningMode | None
    restricted_instance_groups: Sequence[RestrictedInstanceGroup]
    shared_environment: SharedEnvironment | None
    auto_scaling: AutoScaling | None
    cluster_role: iam.IRole | None
    tiered_storage: TieredStorage | None
    source_s3_uri: LateText = field(default_factory=LateText)
    cluster_role_arn: LateText = field(default_factory=LateText)

    def __post_init__(self) -> None:
        freeze(self)

    @cached_property
    def scripts(self) -> LifecycleScripts | None:
        """What nodes run: the specified scripts, or those of the orchestrator."""
        scripts = scripts_of(self.lifecycle_scripts, self.orchestrator)
        return with_known_efa(scripts, self.file_systems, self.orchestrator)

    @property
    def accounting(self) -> Accounting | None:
        """Accounting of the lifecycle scripts, if it has the right type."""
        steps = None if self.scripts is None else self.scripts.steps
        given = None if steps is None else steps.accounting
        return given if isinstance(given, Accounting) else None

    @cached_property
    def known_subnets(self) -> VpcSubnets | None:
        """The subnets of the VPC, if one is specified or the EKS cluster has it."""
        vpc = self.vpc
        if vpc is None and isinstance(self.orchestrator, Eks):
            vpc = _vpc_of_eks_cluster(self.orchestrator)
        return None if vpc is None else VpcSubnets(vpc)

    @cached_property
    def node_subnets(self) -> list[ec2.ISubnet]:
        """The subnets of the nodes, none as long as there is no VPC."""
        known, control_plane = self.known_subnets, control_plane_of(self.orchestrator)
        if self.vpc_subnets is None and self.vpc is None and control_plane is not None:
            return [*control_plane.node_subnets]
        return [] if known is None else known.of_nodes(self.vpc_subnets)

    def to_model(self, unknown: Sequence[str] = ()) -> ClusterModel:
        """The model of the cluster.

        Args:
            unknown: Paths of the arguments that are wrong, and are not validated by the model.
        """
        known, scripts = self.known_subnets, self.scripts
        return ClusterModel(
            instance_groups=self.with_cluster_defaults(self.instance_groups),
            cluster_name=self.cluster_name,
            orchestrator=self.orchestrator,
            file_systems=() if self._mounts_by_request else mounts_of(self.file_systems),
            subnets=None if known is None else known.facts(self.node_subnets),
            own_subnets=own_subnet_facts(known, self.instance_groups),
            vpc_arguments=[
                name for name in ("vpc_subnets", "security_groups") if getattr(self, name)
            ],
            node_recovery=self.node_recovery,
            node_provisioning_mode=self.node_provisioning_mode,
            restricted_instance_groups=tuple(self.restricted_instance_groups),
            shared_environment=self.shared_environment,
            auto_scaling=self.auto_scaling,
            cluster_role=self._role_of_autoscaling(),
            tiered_storage=self.tiered_storage,
            scripts=None if scripts is None else scripts.folder_at(self.source_s3_uri.text),
            steps=None if scripts is None else scripts.steps,
            unknown=unknown,
        )

    def with_cluster_defaults(self, groups: Sequence[InstanceGroup]) -> tuple[InstanceGroup, ...]:
        """The groups, each with what it has from the cluster: scripts, and mounts of the request."""
        shared = mounts_of(self.file_systems) if self._mounts_by_request else ()
        return tuple(
            replace(
                group,
                life_cycle_config=self._life_cycle_config(group.life_cycle_config),
                file_systems=(*shared, *mounts_of(group.file_systems)),
            )
            if isinstance(group, InstanceGroup)
            else group
            for group in groups
        )

    @property
    def _mounts_by_request(self) -> bool:
        return isinstance(self.orchestrator, ApiDrivenSlurm)

    def _life_cycle_config(self, own: LifeCycleConfig | None) -> LifeCycleConfig | None:
        if self.scripts is None:
            return None if own is not None and own.is_none else own
        return self.scripts.life_cycle_config(own, self.source_s3_uri.text)

    def _role_of_autoscaling(self) -> iam.IRole | RoleReference | None:
        """The specified role, or a reference to the one that the cluster creates."""
        auto_scaling = self.auto_scaling
        creates_role = isinstance(auto_scaling, AutoScaling) and auto_scaling.enabled
        if self.cluster_role is None and creates_role:
            return RoleReference(self.cluster_role_arn.text)
        return self.cluster_role


def mounted_file_systems(
    shared: Sequence[FileSystem], groups: Sequence[InstanceGroup], first: int = 0
) -> dict[str, FileSystem]:
    """The file systems of all nodes and of single groups, as CDK objects, by path.

    Args:
        shared: File systems of all nodes.
        groups: Instance groups.
        first: Position of the first group.
    """
    of_groups = {
        f"{group_path(index)}.file_systems": group.file_systems
        for index, group in enumerate(groups, first)
    }
    return {
        f"{path}[{number}]": file_system
        for path, file_systems in {"file_systems": shared, **of_groups}.items()
        for number, file_system in enumerate(cast("Sequence[object]", file_systems))
        if isinstance(file_system, FileSystem)
    }


def own_subnet_facts(
    known: VpcSubnets | None, groups: Sequence[InstanceGroup]
) -> list[tuple[Subnet, ...]] | None:
    """What the rules require about the subnets of single groups, for each group."""
    if known is None:
        return None
    return [
        known.facts(cast("Sequence[ec2.ISubnet]", group.subnets))
        if isinstance(group, InstanceGroup)
        else ()
        for group in groups
    ]


def _vpc_of_eks_cluster(orchestrator: Eks) -> ec2.IVpc | None:
    try:
        return cast("ec2.IVpc | None", getattr(orchestrator.cluster, "vpc", None))
    except RuntimeError:  # an EKS cluster that was imported without it
        return None
