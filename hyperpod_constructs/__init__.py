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
    from .model.accounting_database import AccountingDatabase
    from .model.capacity import Capacity
    from .model.cluster_model import ClusterModel
    from .model.directory_service import DirectoryService
    from .model.errors import Problem, Severity, ValidationError
    from .model.instance_group import InstanceGroup, NodeType
    from .model.kubernetes import Taint, TaintEffect
    from .model.life_cycle_config import LifeCycleConfig
    from .model.lifecycle_steps import Containers, LifecycleSteps, MetricsExporters
    from .model.multi_head import MultiHead
    from .model.network_interface import NetworkInterfaceType
    from .model.node_provisioning import (
        AutoScalerType,
        AutoScaling,
        NodeProvisioningMode,
        TieredStorage,
    )
    from .model.orchestrator import ApiDrivenSlurm, Eks, Slurm, SlurmConfigStrategy
    from .model.provisioning_params import ProvisioningParams, WorkerGroup
    from .model.references import (
        AlarmReference,
        EksClusterReference,
        KeyReference,
        RoleReference,
        SecretReference,
        SecurityGroupReference,
        SubnetReference,
    )
    from .model.resiliency import DeepHealthCheck, NodeRecovery
    from .model.restricted_instance_group import (
        LustreDeletionPolicy,
        RestrictedInstanceGroup,
        RestrictedLustre,
        SharedEnvironment,
    )
    from .model.s3_mount import S3Mount
    from .model.slurm_configurations import SlurmConfigurations
    from .model.software import (
        AutoPatch,
        BatchSize,
        BatchSizeType,
        DayOfWeek,
        PatchingStrategy,
        RollingUpdate,
        ScheduledUpdate,
        Seconds,
    )
    from .model.storage import EbsVolume, Gibibytes, LustreMount, OpenZfsMount
    from .model.subnet import Subnet
    from .model.user import User, UserGroup
    from .model.users import Users
    from .network import ClusterNetwork, EfaSecurityGroup
    from .template_checks import HyperPodChecks

__all__ = [
    "Accounting",
    "AccountingDatabase",
    "AlarmReference",
    "ApiDrivenSlurm",
    "AutoPatch",
    "AutoScalerType",
    "AutoScaling",
    "BatchSize",
    "BatchSizeType",
    "Capacity",
    "ClusterModel",
    "ClusterNetwork",
    "Containers",
    "DayOfWeek",
    "DeepHealthCheck",
    "DirectoryService",
    "EbsVolume",
    "EfaSecurityGroup",
    "Eks",
    "EksClusterReference",
    "ExecutionRole",
    "FileSystem",
    "Gibibytes",
    "HyperPodChecks",
    "HyperPodCluster",
    "IHyperPodCluster",
    "InstanceGroup",
    "KeyReference",
    "LifeCycleConfig",
    "LifecycleScripts",
    "LifecycleSteps",
    "LustreDeletionPolicy",
    "LustreMount",
    "MetricsExporters",
    "MultiHead",
    "NetworkInterfaceType",
    "NodeProvisioningMode",
    "NodeRecovery",
    "NodeType",
    "OpenZfsMount",
    "PatchingStrategy",
    "Problem",
    "ProvisioningParams",
    "RestrictedInstanceGroup",
    "RestrictedLustre",
    "RoleReference",
    "RollingUpdate",
    "S3Mount",
    "ScheduledUpdate",
    "Seconds",
    "SecretReference",
    "SecurityGroupReference",
    "Severity",
    "SharedEnvironment",
    "Slurm",
    "SlurmConfigStrategy",
    "SlurmConfigurations",
    "Subnet",
    "SubnetReference",
    "Taint",
    "TaintEffect",
    "TieredStorage",
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
    "HyperPodChecks": "template_checks",
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
