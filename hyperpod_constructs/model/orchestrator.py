"""What schedules jobs on the cluster, and how the nodes learn the topology.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ref.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-slurm-api-config-migration.html
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from hyperpod_constructs.model.groups.instance_group import InstanceGroup, NodeType
from hyperpod_constructs.model.groups.storage import FileSystemMount, LustreMount, OpenZfsMount
from hyperpod_constructs.model.slurm.accounting_database import AccountingDatabase
from hyperpod_constructs.model.slurm.multi_head import MultiHead
from hyperpod_constructs.model.slurm.provisioning_params import ProvisioningParams, WorkerGroup
from hyperpod_constructs.model.slurm.slurm_configurations import SlurmConfigurations

from .problem import Problem
from .references import EksClusterReference

if TYPE_CHECKING:
    from aws_cdk import aws_eks as eks
    from aws_cdk import aws_eks_v2 as eks_v2


@dataclass(frozen=True, kw_only=True, slots=True)
class Slurm:
    """Slurm whose topology stands in `provisioning_params.json`, beside the lifecycle scripts.

    Attributes:
        slurm_configurations: What several controllers share (multi-head), the accounting database
            among it, by ARN and name. One controller when left out; `LifecycleScripts` say where
            its accounting is.
        multi_head: The same, made with the cluster or brought along as CDK objects.
    """

    slurm_configurations: SlurmConfigurations | None = None
    multi_head: MultiHead | None = None

    @property
    def is_multi_head(self) -> bool:
        """Whether several controllers share a database."""
        return self.slurm_configurations is not None or self.multi_head is not None

    def provisioning_params(
        self, groups: Iterable[InstanceGroup], file_systems: Iterable[FileSystemMount] = ()
    ) -> ProvisioningParams:
        """The form of a cluster with these groups and file systems.

        Args:
            groups: Instance groups, one of them the controller's.
            file_systems: What the nodes mount.

        Raises:
            ValidationError: As `ProvisioningParams` says.
        """
        by_type: dict[NodeType | None, list[InstanceGroup]] = {}
        for group in groups:
            by_type.setdefault(group.node_type, []).append(group)
        names = {
            node_type: members[0].name
            for node_type, members in by_type.items()
            if node_type is not NodeType.WORKER
        }
        mounts = {type(mount): mount for mount in file_systems}
        lustre = mounts.get(LustreMount)
        openzfs = mounts.get(OpenZfsMount)
        return ProvisioningParams(
            controller_group=names.get(NodeType.CONTROLLER),  # type: ignore[arg-type]
            login_group=names.get(NodeType.LOGIN),
            worker_groups=[
                WorkerGroup(instance_group_name=group.name, partition_name=group.partition or "")
                for group in by_type.get(NodeType.WORKER, ())
            ],
            fsx_dns_name=lustre.dns_name if isinstance(lustre, LustreMount) else None,
            fsx_mountname=lustre.mount_name if isinstance(lustre, LustreMount) else None,
            fsx_openzfs_dns_name=openzfs.dns_name if isinstance(openzfs, OpenZfsMount) else None,
            slurm_configurations=self.slurm_configurations or self._multi_head_block(),
        )

    def multi_head_problems(
        self, groups: Iterable[InstanceGroup], file_systems: Iterable[FileSystemMount]
    ) -> Iterator[Problem]:
        """What is wrong with `multi_head` in a cluster of these groups and file systems."""
        if self.multi_head is None:
            return
        yield from self.multi_head.problems(groups, file_systems)
        if self.slurm_configurations is not None:
            yield Problem(
                code="MultiHeadDatabase",
                path="orchestrator.multi_head",
                value=self.slurm_configurations.slurm_database_endpoint,
                message="is given beside slurm_configurations, which names a database as well",
                fix="leave one of them out",
            )

    def _multi_head_block(self) -> SlurmConfigurations | None:
        return None if self.multi_head is None else self.multi_head.slurm_configurations()


class SlurmConfigStrategy(StrEnum):
    """What an update does with changes that were made to `slurm.conf` by hand."""

    MANAGED = "Managed"
    """The update fails when there are any."""

    OVERWRITE = "Overwrite"
    """They are lost."""

    MERGE = "Merge"
    """They stay beside what the request says."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiDrivenSlurm:
    """Slurm whose topology stands in the request: `SlurmConfig` of each group.

    There is no `provisioning_params.json`, and no way back to one.

    Attributes:
        strategy: What an update does with changes made by hand. They stay (`MERGE`) when left
            out, which is all that continuous provisioning allows.
        accounting_database: Database for Slurm's accounting. One on the controller when left out.
    """

    strategy: SlurmConfigStrategy | None = None
    accounting_database: AccountingDatabase | None = None


@dataclass(frozen=True, slots=True)
class Eks:
    """Kubernetes, on an EKS cluster that is there already or made beside the HyperPod cluster.

    Attributes:
        cluster: The EKS cluster. Changing it replaces the HyperPod cluster.
    """

    cluster: "eks.ICluster | eks_v2.ICluster | eks_v2.Cluster | EksClusterReference"


Orchestrator = Slurm | ApiDrivenSlurm | Eks


def slurm_configurations(orchestrator: Orchestrator) -> SlurmConfigurations | None:
    """What several controllers share, if there are several."""
    return orchestrator.slurm_configurations if isinstance(orchestrator, Slurm) else None
