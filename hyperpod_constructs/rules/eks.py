"""Rules for EKS clusters.

Source, unless a rule names another:
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-prerequisites.html
"""

from collections.abc import Iterator

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.instance_types import instance_types
from hyperpod_constructs.model.groups.resiliency import NodeRecovery
from hyperpod_constructs.model.orchestrator import Eks
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.value_checks import range_problems

from .queries import (
    CONTINUOUS,
    all_groups,
    instance_groups,
    instance_types_of,
    is_known,
    is_slurm,
    known_count,
    may_be_continuous,
)
from .rule import rule

_LEAST_MEMORY_PERCENTAGE = 20


@rule
def eks_vpc(model: ClusterValues) -> Iterator[Problem]:
    """An EKS cluster requires the VPC of its nodes."""
    if isinstance(model.orchestrator, Eks) and model.subnets is None:
        yield Problem(
            code="EksVpcMissing",
            path="vpc",
            value=None,
            message="is required for an EKS cluster",
            fix="pass vpc=, the VPC of the EKS cluster",
        )


@rule
def eks_node_types(model: ClusterValues) -> Iterator[Problem]:
    """Node types are supported by Slurm only.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterSlurmConfig.html
    """
    if is_slurm(model):
        return
    for path, group in instance_groups(model):
        if is_known(group.node_type):
            yield Problem(
                code="NodeTypeNotAllowed",
                path=f"{path}.node_type",
                value=str(group.node_type),
                message="is not supported in an EKS cluster",
                fix=f"use InstanceGroup({group.name!r}, ...)",
            )


@rule
def recovery_of_cpu_nodes(model: ClusterValues) -> Iterator[Problem]:
    """In an EKS cluster, automatic recovery replaces nodes with accelerators only."""
    if is_slurm(model) or model.node_recovery is not NodeRecovery.AUTOMATIC:
        return
    known = instance_types()
    names = [name for _, group in all_groups(model) for name in instance_types_of(group)]
    if names and all(name in known and not known[name].accelerated for name in names):
        yield Problem(
            code="NodeRecoveryOfCpu",
            path="node_recovery",
            value=str(model.node_recovery),
            message="replaces only nodes with accelerators, and no group of this EKS cluster has "
            "any",
            fix="pass node_recovery=NodeRecovery.NONE, and replace faulty nodes manually",
            severity=Severity.WARNING,
        )


@rule
def auto_scaling_mode(model: ClusterValues) -> Iterator[Problem]:
    """Autoscaling requires EKS, continuous provisioning and a role.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-autoscaling.html
    """
    if model.auto_scaling is None:
        return
    state = "Enable" if model.auto_scaling.enabled else "Disable"
    if is_slurm(model):
        yield Problem(
            code="AutoScalingMode",
            path="auto_scaling",
            value=state,
            message="is not supported in a Slurm cluster",
            fix="omit auto_scaling",
        )
    if model.auto_scaling.enabled and not may_be_continuous(model):
        yield Problem(
            code="AutoScalingProvisioning",
            path="auto_scaling",
            value=state,
            message="requires continuous provisioning",
            fix=f"pass {CONTINUOUS}",
        )
    if model.auto_scaling.enabled and model.cluster_role is None:
        yield Problem(
            code="ClusterRoleMissing",
            path="cluster_role",
            value=None,
            message="is required, since auto_scaling is specified",
            fix="pass a role that hyperpod.sagemaker.amazonaws.com can assume",
        )


@rule
def auto_scaling_counts(model: ClusterValues) -> Iterator[Problem]:
    """Each deployment resets the counts that autoscaling has changed.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-autoscaling.html
    """
    if model.auto_scaling is None or not model.auto_scaling.enabled or is_slurm(model):
        return
    for path, group in instance_groups(model):
        if known_count(group) > 0:
            yield Problem(
                code="AutoScalingCount",
                path=f"{path}.count",
                value=group.count,
                message="overrides the count set by autoscaling in each update",
                fix="use count=0 for groups that autoscaling scales",
                severity=Severity.WARNING,
            )


@rule
def cluster_role_of_auto_scaling(model: ClusterValues) -> Iterator[Problem]:
    """The cluster role is used by autoscaling only.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-autoscaling.html
    """
    arn = getattr(model.cluster_role, "role_arn", None)
    if is_known(arn) and (model.auto_scaling is None or not model.auto_scaling.enabled):
        yield Problem(
            code="ClusterRoleUnused",
            path="cluster_role",
            value=arn,
            message="is used only by autoscaling, which is not enabled",
            fix="pass auto_scaling=AutoScaling(), or omit cluster_role",
            severity=Severity.WARNING,
        )


@rule
def tiered_storage_mode(model: ClusterValues) -> Iterator[Problem]:
    """Tiered storage requires EKS, and uses 20 to 100 percent of the instance memory.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/managed-tier-checkpointing.html
    """
    if model.tiered_storage is None:
        return
    if is_slurm(model):
        yield Problem(
            code="TieredStorageMode",
            path="tiered_storage",
            value="Enable" if model.tiered_storage.enabled else "Disable",
            message="is not supported in a Slurm cluster",
            fix="omit tiered_storage",
        )
    yield from range_problems(
        code="TieredStoragePercentage",
        path="tiered_storage.instance_memory_allocation_percentage",
        value=model.tiered_storage.instance_memory_allocation_percentage,
        low=_LEAST_MEMORY_PERCENTAGE if model.tiered_storage.enabled else 0,
        high=100,
    )
