"""What a cluster is: every argument in one frozen value.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateCluster.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .groups.instance_group import InstanceGroup
from .groups.resiliency import NodeRecovery
from .groups.restricted_instance_group import RestrictedInstanceGroup, SharedEnvironment
from .groups.storage import FileSystemMount
from .node_provisioning import AutoScaling, NodeProvisioningMode, TieredStorage
from .node_steps.lifecycle_steps import LifecycleSteps
from .orchestrator import Orchestrator, Slurm
from .problem import Problem
from .references import RoleReference
from .script_folder import ScriptFolder
from .slurm.provisioning_params import ProvisioningParams
from .subnet import Subnet
from .tokens import is_unresolved

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterValues:
    """The arguments of a HyperPod cluster.

    Attributes:
        instance_groups: The groups, in their order.
        cluster_name: 1 to 63 letters, digits and inner hyphens. Chosen by CloudFormation when
            left out.
        orchestrator: What schedules jobs. Slurm by default.
        file_systems: What every node mounts.
        subnets: Subnets of the cluster. The service's own network when left out.
        security_group_ids: Security groups of the cluster, if a request names them.
        own_subnets: For each group its own subnets, none for a group in those of the cluster.
        vpc_arguments: Names of other arguments that were given and are about a VPC.
        node_recovery: What happens to a faulty node. It is replaced by default.
        node_provisioning_mode: How instances join. All at once when left out: the cluster comes up
            with all of them or not at all.
        restricted_instance_groups: Groups for Amazon Nova models. For EKS clusters.
        shared_environment: What the restricted groups share.
        auto_scaling: Instances as pods ask for them. For EKS clusters. Not by default.
        cluster_role: Role with which autoscaling adds and removes instances.
        tiered_storage: Checkpoints in the memory of the nodes. For EKS clusters. None by default.
        tags: Tags of the cluster, as a request names them.
        provisioning_params: A form that was written by somebody else. The form is made from the
            groups when left out.
        scripts: The lifecycle scripts, if they lie on this machine.
        steps: What the default lifecycle scripts do. Scripts of the user's own do without when
            left out.
        notes: What reading a request came upon; `problems` begins with it.
        unknown: Arguments that only the deployment knows, such as `instance_groups[1]`. Nothing at,
            within or around them is judged.
    """

    instance_groups: Sequence[InstanceGroup]
    cluster_name: str | None = None
    orchestrator: Orchestrator = Slurm()
    file_systems: Sequence[FileSystemMount] = ()
    subnets: Sequence[Subnet] | None = None
    security_group_ids: Sequence[str] = ()
    own_subnets: Sequence[Sequence[Subnet]] | None = None
    vpc_arguments: Sequence[str] = ()
    node_recovery: NodeRecovery = NodeRecovery.AUTOMATIC
    node_provisioning_mode: NodeProvisioningMode | None = None
    restricted_instance_groups: Sequence[RestrictedInstanceGroup] = ()
    shared_environment: SharedEnvironment | None = None
    auto_scaling: AutoScaling | None = None
    cluster_role: "iam.IRole | RoleReference | None" = None
    tiered_storage: TieredStorage | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    provisioning_params: ProvisioningParams | None = None
    scripts: ScriptFolder | None = None
    steps: LifecycleSteps | None = None
    notes: Sequence[Problem] = field(default=(), compare=False)
    unknown: Sequence[str] = ()

    def form(self) -> ProvisioningParams | None:
        """The given form, or the one made from the groups.

        None where the request has it all, or where nobody knows what the groups are in Slurm.

        Raises:
            ValidationError: As `ProvisioningParams` says.
        """
        if not isinstance(self.orchestrator, Slurm) or any(
            is_unresolved(group.node_type) for group in self.instance_groups
        ):
            return self.provisioning_params
        return self.provisioning_params or self.orchestrator.provisioning_params(
            self.instance_groups, self.file_systems
        )
