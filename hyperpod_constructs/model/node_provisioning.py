"""How instances join a cluster: all at once, continuously, or as pods ask for them.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-scaling-slurm.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-autoscaling.html
"""

from dataclasses import dataclass
from enum import StrEnum


class NodeProvisioningMode(StrEnum):
    """How instances join a cluster."""

    CONTINUOUS = "Continuous"
    """In the background: the cluster is in service before all of its workers are there."""


class AutoScalerType(StrEnum):
    """What asks for instances."""

    KARPENTER = "Karpenter"


@dataclass(frozen=True, kw_only=True, slots=True)
class AutoScaling:
    """Instances are added when pods wait and removed when they are idle. For EKS clusters.

    Attributes:
        enabled: Whether it is on.
        auto_scaler_type: What asks for instances. Karpenter by default.
    """

    enabled: bool = True
    auto_scaler_type: AutoScalerType = AutoScalerType.KARPENTER


@dataclass(frozen=True, kw_only=True, slots=True)
class TieredStorage:
    """Checkpoints in the memory of the nodes. For EKS clusters.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/managed-tier-checkpointing.html

    Attributes:
        enabled: Whether it is on.
        instance_memory_allocation_percentage: Part of the memory of each instance in percent, 20
            to 100. Chosen by HyperPod when left out.
    """

    enabled: bool = True
    instance_memory_allocation_percentage: int | None = None
