"""CDK constructs for Amazon SageMaker HyperPod clusters.

Names are loaded when they are first used, so the values of `model` need neither CDK nor Node.js.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cluster import HyperPodCluster
    from .cluster_base import IHyperPodCluster
    from .execution_role import ExecutionRole
    from .file_systems import FileSystem
    from .lifecycle import LifecycleScripts
    from .model.accounting import Accounting
    from .model.capacity import Capacity
    from .model.cluster_model import ClusterModel, Subnet
    from .model.directory_service import DirectoryService
    from .model.errors import Problem, Severity, ValidationError
    from .model.instance_group import InstanceGroup, NodeType
    from .model.lifecycle_steps import Containers, LifecycleSteps, MetricsExporters
    from .model.orchestrator import Slurm
    from .model.provisioning_params import ProvisioningParams, SlurmConfigurations, WorkerGroup
    from .model.resiliency import DeepHealthCheck, NodeRecovery
    from .model.s3_mount import S3Mount
    from .model.storage import EbsVolume, Gibibytes, LustreMount, OpenZfsMount
    from .model.user import User, UserGroup
    from .model.users import Users
    from .network import ClusterNetwork, EfaSecurityGroup

__all__ = [
    "Accounting",
    "Capacity",
    "ClusterModel",
    "ClusterNetwork",
    "Containers",
    "DeepHealthCheck",
    "DirectoryService",
    "EbsVolume",
    "EfaSecurityGroup",
    "ExecutionRole",
    "FileSystem",
    "Gibibytes",
    "HyperPodCluster",
    "IHyperPodCluster",
    "InstanceGroup",
    "LifecycleScripts",
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

_CONSTRUCTS = {
    "ClusterNetwork": "network",
    "EfaSecurityGroup": "network",
    "ExecutionRole": "execution_role",
    "FileSystem": "file_systems",
    "HyperPodCluster": "cluster",
    "IHyperPodCluster": "cluster_base",
    "LifecycleScripts": "lifecycle",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value = getattr(import_module(f".{_CONSTRUCTS.get(name, 'model')}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
