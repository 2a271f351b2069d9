"""How a cluster finds faulty nodes and what it does about them.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-resiliency-slurm.html
"""

from enum import StrEnum


class DeepHealthCheck(StrEnum):
    """A stress test that the accelerators of a node pass before the node is used."""

    INSTANCE_STRESS = "InstanceStress"
    """Loads CPUs, accelerators, memory and disks of one node."""

    INSTANCE_CONNECTIVITY = "InstanceConnectivity"
    """Moves data between the nodes of a group over EFA."""


class NodeRecovery(StrEnum):
    """What happens to a node that is found faulty."""

    AUTOMATIC = "Automatic"
    """HyperPod reboots or replaces the node."""

    NONE = "None"
    """The node is marked; nothing is done to it."""
