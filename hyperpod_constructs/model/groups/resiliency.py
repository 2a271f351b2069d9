"""Health checks and recovery of faulty nodes.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-resiliency-slurm.html
"""

from enum import StrEnum


class DeepHealthCheck(StrEnum):
    """A stress test that the accelerators of a node must pass before the node is used."""

    INSTANCE_STRESS = "InstanceStress"
    """Tests the CPUs, accelerators, memory and disks of a node."""

    INSTANCE_CONNECTIVITY = "InstanceConnectivity"
    """Tests data transfer between the nodes of a group over EFA."""


class NodeRecovery(StrEnum):
    """The action for a faulty node."""

    AUTOMATIC = "Automatic"
    """Reboots or replaces the node."""

    NONE = "None"
    """Marks the node as faulty and takes no further action."""
