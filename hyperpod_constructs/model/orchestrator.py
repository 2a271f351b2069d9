"""What schedules jobs on the cluster, and how the nodes learn the topology.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ref.html
"""

from collections.abc import Iterable
from dataclasses import dataclass

from .instance_group import InstanceGroup, NodeType
from .provisioning_params import ProvisioningParams, SlurmConfigurations, WorkerGroup
from .storage import FileSystemMount, LustreMount, OpenZfsMount


@dataclass(frozen=True, kw_only=True, slots=True)
class Slurm:
    """Slurm whose topology stands in `provisioning_params.json`, beside the lifecycle scripts.

    Attributes:
        slurm_configurations: What several controllers share (multi-head), the accounting database
            among it. One controller when left out; `LifecycleScripts` say where its accounting is.
    """

    slurm_configurations: SlurmConfigurations | None = None

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
            slurm_configurations=self.slurm_configurations,
        )
