# The public names, each with the module that defines it; `__init__.py` loads them from here.

from .cdk.cluster_interface import (
    IHyperPodCluster as IHyperPodCluster,
)
from .checks.plugin import (
    HyperPodChecks as HyperPodChecks,
)
from .cluster.hyperpod_cluster import (
    HyperPodCluster as HyperPodCluster,
)
from .cluster_model import (
    ClusterModel as ClusterModel,
)
from .eks.control_plane import (
    EksControlPlane as EksControlPlane,
)
from .eks.ebs_csi_driver import (
    EbsCsiDriverAddOn as EbsCsiDriverAddOn,
)
from .eks.fsx_csi_driver import (
    FsxCsiDriverAddOn as FsxCsiDriverAddOn,
)
from .eks.inference_operator import (
    InferenceOperatorAddOn as InferenceOperatorAddOn,
)
from .eks.karpenter import (
    KarpenterNodePool as KarpenterNodePool,
)
from .eks.kubernetes_add_ons import (
    CertManagerAddOn as CertManagerAddOn,
)
from .eks.kubernetes_add_ons import (
    MetricsServerAddOn as MetricsServerAddOn,
)
from .eks.observability_add_on import (
    ObservabilityAddOn as ObservabilityAddOn,
)
from .eks.s3_csi_driver import (
    S3CsiDriverAddOn as S3CsiDriverAddOn,
)
from .eks.spaces import (
    SpacesAddOn as SpacesAddOn,
)
from .eks.task_governance import (
    TaskGovernance as TaskGovernance,
)
from .eks.training_operator import (
    TrainingOperatorAddOn as TrainingOperatorAddOn,
)
from .model.cluster_events import (
    ClusterStatus as ClusterStatus,
)
from .model.cluster_events import (
    EventLevel as EventLevel,
)
from .model.cluster_events import (
    EventResourceType as EventResourceType,
)
from .model.cluster_events import (
    InstanceGroupStatus as InstanceGroupStatus,
)
from .model.groups.capacity import (
    Capacity as Capacity,
)
from .model.groups.instance_group import (
    InstanceGroup as InstanceGroup,
)
from .model.groups.instance_group import (
    NodeType as NodeType,
)
from .model.groups.kubernetes import (
    Taint as Taint,
)
from .model.groups.kubernetes import (
    TaintEffect as TaintEffect,
)
from .model.groups.life_cycle_config import (
    LifeCycleConfig as LifeCycleConfig,
)
from .model.groups.network_interface import (
    NetworkInterfaceType as NetworkInterfaceType,
)
from .model.groups.resiliency import (
    DeepHealthCheck as DeepHealthCheck,
)
from .model.groups.resiliency import (
    NodeRecovery as NodeRecovery,
)
from .model.groups.restricted_instance_group import (
    LustreDeletionPolicy as LustreDeletionPolicy,
)
from .model.groups.restricted_instance_group import (
    RestrictedInstanceGroup as RestrictedInstanceGroup,
)
from .model.groups.restricted_instance_group import (
    RestrictedLustre as RestrictedLustre,
)
from .model.groups.restricted_instance_group import (
    SharedEnvironment as SharedEnvironment,
)
from .model.groups.software import (
    AutoPatch as AutoPatch,
)
from .model.groups.software import (
    BatchSize as BatchSize,
)
from .model.groups.software import (
    BatchSizeType as BatchSizeType,
)
from .model.groups.software import (
    DayOfWeek as DayOfWeek,
)
from .model.groups.software import (
    PatchingStrategy as PatchingStrategy,
)
from .model.groups.software import (
    RollingUpdate as RollingUpdate,
)
from .model.groups.software import (
    ScheduledUpdate as ScheduledUpdate,
)
from .model.groups.software import (
    Seconds as Seconds,
)
from .model.groups.storage import (
    EbsVolume as EbsVolume,
)
from .model.groups.storage import (
    Gibibytes as Gibibytes,
)
from .model.groups.storage import (
    LustreMount as LustreMount,
)
from .model.groups.storage import (
    OpenZfsMount as OpenZfsMount,
)
from .model.kubernetes.eks_access import (
    EksAccess as EksAccess,
)
from .model.kubernetes.governance import (
    ComputeQuota as ComputeQuota,
)
from .model.kubernetes.governance import (
    Preemption as Preemption,
)
from .model.kubernetes.governance import (
    PriorityClass as PriorityClass,
)
from .model.kubernetes.governance import (
    QuotaResource as QuotaResource,
)
from .model.kubernetes.governance import (
    ResourceSharing as ResourceSharing,
)
from .model.kubernetes.governance import (
    SharingStrategy as SharingStrategy,
)
from .model.kubernetes.helm_chart import (
    ChartComponents as ChartComponents,
)
from .model.kubernetes.helm_chart import (
    HyperPodHelmChart as HyperPodHelmChart,
)
from .model.kubernetes.image_mirror import (
    ImageMirror as ImageMirror,
)
from .model.kubernetes.observability_metrics import (
    MetricsLevel as MetricsLevel,
)
from .model.kubernetes.observability_metrics import (
    ObservabilityMetrics as ObservabilityMetrics,
)
from .model.node_provisioning import (
    AutoScalerType as AutoScalerType,
)
from .model.node_provisioning import (
    AutoScaling as AutoScaling,
)
from .model.node_provisioning import (
    NodeProvisioningMode as NodeProvisioningMode,
)
from .model.node_provisioning import (
    TieredStorage as TieredStorage,
)
from .model.node_steps.accounting import (
    Accounting as Accounting,
)
from .model.node_steps.directory_service import (
    DirectoryService as DirectoryService,
)
from .model.node_steps.lifecycle_steps import (
    Containers as Containers,
)
from .model.node_steps.lifecycle_steps import (
    LifecycleSteps as LifecycleSteps,
)
from .model.node_steps.metrics_exporters import (
    MetricsExporters as MetricsExporters,
)
from .model.node_steps.s3_mount import (
    S3Mount as S3Mount,
)
from .model.node_steps.user import (
    User as User,
)
from .model.node_steps.user import (
    UserGroup as UserGroup,
)
from .model.node_steps.users import (
    Users as Users,
)
from .model.orchestrator import (
    ApiDrivenSlurm as ApiDrivenSlurm,
)
from .model.orchestrator import (
    Eks as Eks,
)
from .model.orchestrator import (
    Slurm as Slurm,
)
from .model.orchestrator import (
    SlurmConfigStrategy as SlurmConfigStrategy,
)
from .model.problem import (
    Problem as Problem,
)
from .model.problem import (
    Severity as Severity,
)
from .model.problem import (
    ValidationError as ValidationError,
)
from .model.references import (
    AlarmReference as AlarmReference,
)
from .model.references import (
    EksClusterReference as EksClusterReference,
)
from .model.references import (
    KeyReference as KeyReference,
)
from .model.references import (
    RoleReference as RoleReference,
)
from .model.references import (
    SecretReference as SecretReference,
)
from .model.references import (
    SecurityGroupReference as SecurityGroupReference,
)
from .model.references import (
    SubnetReference as SubnetReference,
)
from .model.slurm.accounting_database import (
    AccountingDatabase as AccountingDatabase,
)
from .model.slurm.multi_head import (
    MultiHead as MultiHead,
)
from .model.slurm.provisioning_params import (
    ProvisioningParams as ProvisioningParams,
)
from .model.slurm.provisioning_params import (
    WorkerGroup as WorkerGroup,
)
from .model.slurm.slurm_configurations import (
    SlurmConfigurations as SlurmConfigurations,
)
from .model.subnet import (
    Subnet as Subnet,
)
from .network.cluster_network import (
    ClusterNetwork as ClusterNetwork,
)
from .network.efa_security_group import (
    EfaSecurityGroup as EfaSecurityGroup,
)
from .network.file_systems import (
    FileSystem as FileSystem,
)
from .observability.cluster_watch import (
    ClusterWatch as ClusterWatch,
)
from .observability.prometheus_workspace import (
    PrometheusWorkspace as PrometheusWorkspace,
)
from .observability.software_update_schedule import (
    SoftwareUpdateSchedule as SoftwareUpdateSchedule,
)
from .permissions.cluster_grants import (
    ClusterGrants as ClusterGrants,
)
from .permissions.execution_role import (
    ExecutionRole as ExecutionRole,
)
from .permissions.hyperpod_policies import (
    HyperPodPolicies as HyperPodPolicies,
)
from .permissions.node_policy import (
    UNSCOPABLE_ACTIONS as UNSCOPABLE_ACTIONS,
)
from .permissions.session_document import (
    SessionDocument as SessionDocument,
)
from .permissions.tagged_cluster_grants import (
    TaggedClusterGrants as TaggedClusterGrants,
)
from .permissions.training_plan_grants import (
    TrainingPlanGrants as TrainingPlanGrants,
)
from .scripts.lifecycle_scripts import (
    LifecycleScripts as LifecycleScripts,
)

__version__: str
__all__: list[str]  # noqa: PYI035 - the names above
