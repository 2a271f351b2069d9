"""What a HyperPod cluster is: frozen values and the rules between them, without CDK."""

from .accounting import Accounting
from .capacity import Capacity
from .cluster_model import ClusterModel, Subnet
from .directory_service import DirectoryService
from .errors import Problem, Severity, ValidationError
from .instance_group import InstanceGroup, NodeType
from .lifecycle_steps import Containers, LifecycleSteps, MetricsExporters
from .orchestrator import Slurm
from .provisioning_params import ProvisioningParams, SlurmConfigurations, WorkerGroup
from .resiliency import DeepHealthCheck, NodeRecovery
from .s3_mount import S3Mount
from .storage import EbsVolume, Gibibytes, LustreMount, OpenZfsMount
from .user import User, UserGroup
from .users import Users

__all__ = [
    "Accounting",
    "Capacity",
    "ClusterModel",
    "Containers",
    "DeepHealthCheck",
    "DirectoryService",
    "EbsVolume",
    "Gibibytes",
    "InstanceGroup",
    "LifecycleSteps",
    "LustreMount",
    "MetricsExporters",
    "NodeRecovery",
    "NodeType",
    "OpenZfsMount",
    "Problem",
    "ProvisioningParams",
    "S3Mount",
    "Severity",
    "Slurm",
    "SlurmConfigurations",
    "Subnet",
    "User",
    "UserGroup",
    "Users",
    "ValidationError",
    "WorkerGroup",
]
