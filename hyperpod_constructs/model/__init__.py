"""What a HyperPod cluster is: frozen values and the rules between them, without CDK."""

from .accounting import Accounting
from .accounting_database import AccountingDatabase
from .capacity import Capacity
from .cluster_model import ClusterModel
from .directory_service import DirectoryService
from .errors import Problem, Severity, ValidationError
from .instance_group import InstanceGroup, NodeType
from .kubernetes import Taint, TaintEffect
from .life_cycle_config import LifeCycleConfig
from .lifecycle_steps import Containers, LifecycleSteps, MetricsExporters
from .multi_head import MultiHead
from .network_interface import NetworkInterfaceType
from .node_provisioning import AutoScalerType, AutoScaling, NodeProvisioningMode, TieredStorage
from .orchestrator import ApiDrivenSlurm, Eks, Slurm, SlurmConfigStrategy
from .provisioning_params import ProvisioningParams, WorkerGroup
from .references import (
    AlarmReference,
    EksClusterReference,
    KeyReference,
    RoleReference,
    SecretReference,
    SecurityGroupReference,
    SubnetReference,
)
from .resiliency import DeepHealthCheck, NodeRecovery
from .restricted_instance_group import (
    LustreDeletionPolicy,
    RestrictedInstanceGroup,
    RestrictedLustre,
    SharedEnvironment,
)
from .s3_mount import S3Mount
from .slurm_configurations import SlurmConfigurations
from .software import (
    AutoPatch,
    BatchSize,
    BatchSizeType,
    DayOfWeek,
    PatchingStrategy,
    RollingUpdate,
    ScheduledUpdate,
    Seconds,
)
from .storage import EbsVolume, Gibibytes, LustreMount, OpenZfsMount
from .subnet import Subnet
from .user import User, UserGroup
from .users import Users

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
    "Containers",
    "DayOfWeek",
    "DeepHealthCheck",
    "DirectoryService",
    "EbsVolume",
    "Eks",
    "EksClusterReference",
    "Gibibytes",
    "InstanceGroup",
    "KeyReference",
    "LifeCycleConfig",
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
