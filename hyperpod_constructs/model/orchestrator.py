"""Workload managers, and how the nodes receive the Slurm topology.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ref.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-slurm-api-config-migration.html
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from hyperpod_constructs.model.groups.instance_group import InstanceGroup, NodeType
from hyperpod_constructs.model.groups.storage import FileSystemMount, LustreMount, OpenZfsMount
from hyperpod_constructs.model.kubernetes.control_plane import ControlPlane
from hyperpod_constructs.model.slurm.accounting_database import AccountingDatabase
from hyperpod_constructs.model.slurm.multi_head import MultiHead
from hyperpod_constructs.model.slurm.provisioning_params import ProvisioningParams, WorkerGroup
from hyperpod_constructs.model.slurm.slurm_configurations import SlurmConfigurations
from hyperpod_constructs.model.value_class import value_class

from .frozen_fields import freeze
from .problem import Problem, ValidationError
from .references import EksClusterReference
from .type_checks import TypeCheck, instance_of, list_of

if TYPE_CHECKING:
    from aws_cdk import aws_eks as eks
    from aws_cdk import aws_eks_v2 as eks_v2

_Entry = TypeVar("_Entry")


@value_class(frozen=True, kw_only=True, slots=True)
class Slurm:
    """Slurm with its topology in `provisioning_params.json`, stored with the lifecycle scripts.

    Attributes:
        slurm_configurations: Configuration shared by multiple controllers (multi-head), including
            the accounting database, by ARN and name. Defaults to one controller, with accounting
            configured by `LifecycleScripts`.
        multi_head: Same configuration, created with the cluster or specified as CDK objects.
    """

    slurm_configurations: SlurmConfigurations | None = None
    multi_head: MultiHead | None = None

    @property
    def is_multi_head(self) -> bool:
        """Whether multiple controllers share a database."""
        return self.slurm_configurations is not None or self.multi_head is not None

    def provisioning_params(
        self, groups: Iterable[InstanceGroup], file_systems: Iterable[FileSystemMount] = ()
    ) -> ProvisioningParams:
        """Generates the provisioning form for instance groups and file systems.

        Args:
            groups: Instance groups, including one controller group.
            file_systems: File systems to mount on the nodes.

        Raises:
            ValidationError: Same as for `ProvisioningParams`.
        """
        groups, file_systems = _entries(groups), _entries(file_systems)
        path = "Slurm.provisioning_params"
        wrong = [*_GROUPS(f"{path}.groups", groups), *_MOUNTS(f"{path}.file_systems", file_systems)]
        if wrong:
            raise ValidationError(wrong)
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
        self,
        groups: Iterable[InstanceGroup],
        file_systems: Iterable[FileSystemMount],
        *,
        has_other_mounts: bool,
    ) -> Iterator[Problem]:
        """The database of multiple controllers is specified once, by CDK object or by ARN."""
        if self.multi_head is None:
            return
        yield from self.multi_head.problems(groups, file_systems, has_other_mounts=has_other_mounts)
        if self.slurm_configurations is not None:
            yield Problem(
                code="MultiHeadDatabase",
                path="orchestrator.multi_head",
                value=self.slurm_configurations.slurm_database_endpoint,
                message="cannot be specified together with slurm_configurations, which specifies "
                "a database",
                fix="omit one of them",
            )

    def _multi_head_block(self) -> SlurmConfigurations | None:
        return None if self.multi_head is None else self.multi_head.slurm_configurations()


def _entries(values: Iterable[_Entry]) -> Iterable[_Entry]:
    """The entries of an iterable, to be read several times; other values are left to the checks."""
    is_read_once = isinstance(values, Iterable) and not isinstance(values, str)
    return tuple(values) if is_read_once else values


_GROUPS: TypeCheck = list_of(
    instance_of(InstanceGroup, "an InstanceGroup"), "a list of InstanceGroup"
)
_MOUNTS: TypeCheck = list_of(
    instance_of(LustreMount | OpenZfsMount, "a LustreMount or an OpenZfsMount"),
    "a list of file systems",
)


class SlurmConfigStrategy(StrEnum):
    """The strategy of an update for manual changes to `slurm.conf`."""

    MANAGED = "Managed"
    """Fails the update if there are manual changes."""

    OVERWRITE = "Overwrite"
    """Overwrites manual changes."""

    MERGE = "Merge"
    """Keeps manual changes and merges the request into them."""


@value_class(frozen=True, kw_only=True, slots=True)
class ApiDrivenSlurm:
    """Slurm with its topology in the request: `SlurmConfig` of each group.

    There is no `provisioning_params.json`. A cluster cannot be changed back to `Slurm`.

    Attributes:
        strategy: Strategy of an update for manual changes. Defaults to `MERGE`. Must be omitted
            with continuous provisioning, which always merges.
        accounting_database: Database for Slurm accounting. Defaults to a database on the
            controller.
    """

    strategy: SlurmConfigStrategy | None = None
    accounting_database: AccountingDatabase | None = None

    def __post_init__(self) -> None:
        freeze(self, strategy=SlurmConfigStrategy)


@value_class(frozen=True, slots=True)
class Eks:
    """Kubernetes, on an EKS cluster that exists or is created in the same app.

    Attributes:
        cluster: EKS cluster of the nodes, such as an `EksControlPlane`. Changing it replaces the
            cluster.
    """

    cluster: (
        "eks.ICluster | eks.Cluster | eks_v2.ICluster | eks_v2.Cluster | ControlPlane "
        "| EksClusterReference"
    )


Orchestrator = Slurm | ApiDrivenSlurm | Eks


def slurm_configurations(orchestrator: Orchestrator) -> SlurmConfigurations | None:
    """Configuration shared by multiple controllers, if any."""
    return orchestrator.slurm_configurations if isinstance(orchestrator, Slurm) else None


def control_plane_of(orchestrator: object) -> ControlPlane | None:
    """The EKS cluster that specifies the network and the order of the nodes, if any."""
    cluster = orchestrator.cluster if isinstance(orchestrator, Eks) else None
    return cluster if isinstance(cluster, ControlPlane) else None
