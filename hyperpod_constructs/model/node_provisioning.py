"""Provisioning of instances: all at once, continuously, or by autoscaling.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-scaling-slurm.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-autoscaling.html
"""

from enum import StrEnum

from hyperpod_constructs.model.value_class import value_class

from .frozen_fields import freeze


class NodeProvisioningMode(StrEnum):
    """The provisioning mode of instances."""

    CONTINUOUS = "Continuous"
    """Provisions workers in the background, also after the cluster is in service."""


class AutoScalerType(StrEnum):
    """The type of the autoscaler."""

    KARPENTER = "Karpenter"


@value_class(frozen=True, kw_only=True, slots=True)
class AutoScaling:
    """Adds instances for waiting pods and removes idle ones. Requires EKS.

    Attributes:
        enabled: Whether autoscaling is enabled.
        auto_scaler_type: Type of the autoscaler. Defaults to Karpenter.
    """

    enabled: bool = True
    auto_scaler_type: AutoScalerType = AutoScalerType.KARPENTER

    def __post_init__(self) -> None:
        freeze(self, auto_scaler_type=AutoScalerType)


@value_class(frozen=True, kw_only=True, slots=True)
class TieredStorage:
    """Checkpoints in the memory of the nodes. Requires EKS.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/managed-tier-checkpointing.html

    Attributes:
        enabled: Whether tiered storage is enabled.
        instance_memory_allocation_percentage: Percentage of the memory of each instance to
            allocate, 20 to 100. Defaults to the percentage that HyperPod chooses.
    """

    enabled: bool = True
    instance_memory_allocation_percentage: int | None = None
