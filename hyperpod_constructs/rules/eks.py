"""Rules for EKS clusters.

Source, unless a rule names another:
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-prerequisites.html
"""

from collections.abc import Iterator

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.resiliency import NodeRecovery
from hyperpod_constructs.model.orchestrator import Eks
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.value_checks import range_problems

from .basis import Basis
from .queries import (
    CONTINUOUS,
    instance_groups,
    is_known,
    is_slurm,
    known_count,
    may_be_continuous,
)
from .rule import rule

_LEAST_MEMORY_PERCENTAGE = 20


@rule(basis=Basis.AWS_PAGE)
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


@rule(basis=Basis.AWS_PAGE)
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


@rule(basis=Basis.AWS_PAGE)
def auto_scaling_mode(model: ClusterValues) -> Iterator[Problem]:
    """Autoscaling requires EKS, continuous provisioning and a role.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-autoscaling.html
    """
    if model.auto_scaling is None or not model.auto_scaling.enabled:
        return
    if is_slurm(model):
        yield Problem(
            code="AutoScalingMode",
            path="auto_scaling",
            value="Enable",
            message="is not supported in a Slurm cluster",
            fix="omit auto_scaling",
        )
    if not may_be_continuous(model):
        yield Problem(
            code="AutoScalingProvisioning",
            path="auto_scaling",
            value="Enable",
            message="requires continuous provisioning",
            fix=f"pass {CONTINUOUS}",
        )
    if model.cluster_role is None:
        yield Problem(
            code="ClusterRoleMissing",
            path="cluster_role",
            value=None,
            message="is required, since auto_scaling is specified",
            fix="pass a role that hyperpod.sagemaker.amazonaws.com can assume",
        )


@rule(basis=Basis.AWS_PAGE)
def auto_scaling_counts(model: ClusterValues) -> Iterator[Problem]:
    """Each deployment resets the counts that autoscaling has changed.

    A group with a count of 0 is assumed to be the one that autoscaling scales.
    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-autoscaling.html
    """
    if model.auto_scaling is None or not model.auto_scaling.enabled or is_slurm(model):
        return
    groups = list(instance_groups(model))
    if groups and all(known_count(group) > 0 for _, group in groups):
        yield Problem(
            code="AutoScalingCount",
            path=f"{groups[0][0]}.count",
            value=groups[0][1].count,
            message="overrides the count set by autoscaling in each update, and no group has a "
            "count of 0",
            fix="use count=0 for groups that autoscaling scales",
            severity=Severity.WARNING,
        )


@rule(basis=Basis.AWS_PAGE)
def recovery_of_auto_scaling(model: ClusterValues) -> Iterator[Problem]:
    """Autoscaling requires automatic node recovery.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-autoscaling.html
    """
    if (
        model.auto_scaling is not None
        and model.auto_scaling.enabled
        and model.node_recovery is NodeRecovery.NONE
    ):
        yield Problem(
            code="AutoScalingRecovery",
            path="node_recovery",
            value=str(model.node_recovery),
            message="disables node recovery, which is a prerequisite of autoscaling",
            fix="omit node_recovery",
            severity=Severity.WARNING,
        )


@rule(basis=Basis.AWS_PAGE)
def tiered_storage_mode(model: ClusterValues) -> Iterator[Problem]:
    """Tiered storage requires EKS, and uses 20 to 100 percent of the instance memory.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/managed-tier-checkpointing.html
    """
    if model.tiered_storage is None:
        return
    if is_slurm(model) and model.tiered_storage.enabled:
        yield Problem(
            code="TieredStorageMode",
            path="tiered_storage",
            value="Enable",
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
