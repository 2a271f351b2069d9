"""Queries on a cluster, shared by rules."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.instance_group import InstanceGroup, NodeType
from hyperpod_constructs.model.groups.restricted_instance_group import RestrictedInstanceGroup
from hyperpod_constructs.model.groups.storage import FileSystemMount, mounts_of
from hyperpod_constructs.model.node_provisioning import NodeProvisioningMode
from hyperpod_constructs.model.orchestrator import ApiDrivenSlurm, Slurm
from hyperpod_constructs.model.references import EksClusterReference
from hyperpod_constructs.model.tokens import is_unresolved

CONTINUOUS = "node_provisioning_mode=NodeProvisioningMode.CONTINUOUS"
AnyGroup = InstanceGroup | RestrictedInstanceGroup
_REGION_OF_ARN = 3


def group_path(index: int) -> str:
    """Path of the group at an index."""
    return f"instance_groups[{index}]"


def instance_groups(model: ClusterValues) -> Iterator[tuple[str, InstanceGroup]]:
    """Instance groups by path."""
    return zip(
        _paths("instance_groups", len(model.instance_groups)), model.instance_groups, strict=True
    )


def all_groups(model: ClusterValues) -> Iterator[tuple[str, AnyGroup]]:
    """Instance groups and restricted instance groups by path."""
    groups = model.restricted_instance_groups
    return chain(
        instance_groups(model),
        zip(_paths("restricted_instance_groups", len(groups)), groups, strict=True),
    )


def groups_of_type(model: ClusterValues, node_type: NodeType) -> list[tuple[str, InstanceGroup]]:
    """Instance groups of a node type by path."""
    return [(path, group) for path, group in instance_groups(model) if group.node_type == node_type]


@lru_cache(maxsize=256)
def _paths(argument: str, number: int) -> tuple[str, ...]:
    return tuple(f"{argument}[{index}]" for index in range(number))


def instance_types_of(group: AnyGroup) -> tuple[str, ...]:
    """Instance types of a group."""
    if group.instance_type is not None:
        return (group.instance_type,)
    several = group.instance_types if isinstance(group, InstanceGroup) else ()
    return () if is_unresolved(several) else tuple(several)


def mounts(model: ClusterValues) -> Iterator[tuple[str, Sequence[FileSystemMount]]]:
    """File systems to mount by path of the list."""
    if model.file_systems:
        yield "file_systems", model.file_systems
    for path, group in instance_groups(model):
        if group.file_systems:
            yield f"{path}.file_systems", mounts_of(group.file_systems)


def is_continuous(model: ClusterValues) -> bool:
    """Whether continuous provisioning is used."""
    return model.node_provisioning_mode is NodeProvisioningMode.CONTINUOUS


def may_be_continuous(model: ClusterValues) -> bool:
    """Whether continuous provisioning is used, or known only at deployment."""
    return is_continuous(model) or is_unresolved(model.node_provisioning_mode)


def has_known_topology(model: ClusterValues) -> bool:
    """Whether the groups define the Slurm topology."""
    return (
        is_slurm(model)
        and model.provisioning_params is None
        and not any(is_unresolved(group.node_type) for group in model.instance_groups)
    )


def is_known(value: object) -> bool:
    """Whether a value is specified and known before deployment."""
    return value is not None and not is_unresolved(value)


def is_slurm(model: ClusterValues) -> bool:
    """Whether the workload manager is Slurm."""
    return isinstance(model.orchestrator, Slurm | ApiDrivenSlurm)


def has_form(model: ClusterValues) -> bool:
    """Whether the provisioning form defines the topology."""
    return isinstance(model.orchestrator, Slurm)


def shares_database(model: ClusterValues) -> bool:
    """Whether multiple controllers share a database (multi-head)."""
    form = model.provisioning_params
    return isinstance(model.orchestrator, Slurm) and (
        model.orchestrator.is_multi_head
        or (form is not None and form.slurm_configurations is not None)
    )


def eks_region(model: ClusterValues) -> str | None:
    """Region of the EKS cluster, if known."""
    cluster = getattr(model.orchestrator, "cluster", None)
    return region_of_arn(cluster.cluster_arn) if isinstance(cluster, EksClusterReference) else None


def region_of_arn(arn: str | None) -> str | None:
    """Region of an ARN, if known."""
    if arn is None or is_unresolved(arn):
        return None
    return [*arn.split(":"), "", "", "", ""][_REGION_OF_ARN] or None


def names_of(groups: Sequence[tuple[str, AnyGroup]]) -> str:
    """Names of groups in a message, such as `'login' and 'gpu'`."""
    *others, last = [repr(group.name) for _, group in groups]
    return f"{', '.join(others)} and {last}" if others else last


def known_count(group: AnyGroup) -> int:
    """Number of instances of a group; 0 if known only at deployment."""
    return 0 if is_unresolved(group.count) else group.count
