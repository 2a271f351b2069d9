"""What a HyperPod cluster is: frozen values and the rules between them, without CDK."""

from .capacity import Capacity
from .cluster_model import ClusterModel, Subnet
from .errors import Problem, Severity, ValidationError
from .instance_group import InstanceGroup, NodeType
from .orchestrator import Slurm
from .provisioning_params import ProvisioningParams, SlurmConfigurations, WorkerGroup
from .resiliency import DeepHealthCheck, NodeRecovery
from .storage import EbsVolume, Gibibytes, LustreMount, OpenZfsMount

__all__ = [
    "Capacity",
    "ClusterModel",
    "DeepHealthCheck",
    "EbsVolume",
    "Gibibytes",
    "InstanceGroup",
    "LustreMount",
    "NodeRecovery",
    "NodeType",
    "OpenZfsMount",
    "Problem",
    "ProvisioningParams",
    "Severity",
    "Slurm",
    "SlurmConfigurations",
    "Subnet",
    "ValidationError",
    "WorkerGroup",
]
