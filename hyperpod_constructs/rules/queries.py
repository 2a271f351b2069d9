"""What several rules ask of a cluster."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.instance_group import InstanceGroup, NodeType
from hyperpod_constructs.model.groups.restricted_instance_group import RestrictedInstanceGroup
from hyperpod_constructs.model.groups.storage import FileSystemMount
from hyperpod_constructs.model.node_provisioning import NodeProvisioningMode
from hyperpod_constructs.model.orchestrator import ApiDrivenSlurm, Slurm
from hyperpod_constructs.model.tokens import is_unresolved

CONTINUOUS = "node_provisioning_mode=NodeProvisioningMode.CONTINUOUS"
AnyGroup = InstanceGroup | RestrictedInstanceGroup


def group_path(index: int) -> str:
    """The user's argument that is the group at an index."""
    return f"instance_groups[{index}]"


def instance_groups(model: ClusterValues) -> Iterator[tuple[str, InstanceGroup]]:
    """The groups, each with the user's argument that it is."""
    return zip(
        _paths("instance_groups", len(model.instance_groups)), model.instance_groups, strict=True
    )


def all_groups(model: ClusterValues) -> Iterator[tuple[str, AnyGroup]]:
    """The groups and the restricted groups, each with the user's argument that it is."""
    groups = model.restricted_instance_groups
    return chain(
        instance_groups(model),
        zip(_paths("restricted_instance_groups", len(groups)), groups, strict=True),
    )


def groups_of_type(model: ClusterValues, node_type: NodeType) -> list[tuple[str, InstanceGroup]]:
    """The groups whose nodes are of a type, each with the user's argument that it is."""
    return [(path, group) for path, group in instance_groups(model) if group.node_type == node_type]


@lru_cache(maxsize=256)
def _paths(argument: str, number: int) -> tuple[str, ...]:
    return tuple(f"{argument}[{index}]" for index in range(number))


def instance_types_of(group: AnyGroup) -> tuple[str, ...]:
    """The types that the instances of a group may have."""
    if group.instance_type is not None:
        return (group.instance_type,)
    several = group.instance_types if isinstance(group, InstanceGroup) else ()
    return () if is_unresolved(several) else tuple(several)


def mounts(model: ClusterValues) -> Iterator[tuple[str, Sequence[FileSystemMount]]]:
    """The file systems that nodes mount, by the user's argument that lists them."""
    if model.file_systems:
        yield "file_systems", model.file_systems
    for path, group in instance_groups(model):
        if group.file_systems:
            yield f"{path}.file_systems", group.file_systems


def is_continuous(model: ClusterValues) -> bool:
    """Whether instances join in the background."""
    return model.node_provisioning_mode is NodeProvisioningMode.CONTINUOUS


def may_be_continuous(model: ClusterValues) -> bool:
    """The same, or only the deployment knows."""
    return is_continuous(model) or is_unresolved(model.node_provisioning_mode)


def has_known_topology(model: ClusterValues) -> bool:
    """Whether the groups say what each of them is in Slurm."""
    return (
        is_slurm(model)
        and model.provisioning_params is None
        and not any(is_unresolved(group.node_type) for group in model.instance_groups)
    )


def is_known(value: object) -> bool:
    """Whether a value is given, and not one that only the deployment knows."""
    return value is not None and not is_unresolved(value)


def is_slurm(model: ClusterValues) -> bool:
    """Whether Slurm schedules the jobs."""
    return isinstance(model.orchestrator, Slurm | ApiDrivenSlurm)


def has_form(model: ClusterValues) -> bool:
    """Whether the topology stands in the provisioning form."""
    return isinstance(model.orchestrator, Slurm)


def shares_database(model: ClusterValues) -> bool:
    """Whether several controllers share a database (multi-head)."""
    form = model.provisioning_params
    return isinstance(model.orchestrator, Slurm) and (
        model.orchestrator.is_multi_head
        or (form is not None and form.slurm_configurations is not None)
    )


def known_count(group: AnyGroup) -> int:
    """The number of instances of a group, 0 if only the deployment knows it."""
    return 0 if is_unresolved(group.count) else group.count
