"""Instance groups of a cluster."""

from collections.abc import Iterator, Mapping
from typing import Any

from hyperpod_constructs.cluster_model import ClusterModel
from hyperpod_constructs.model.groups.capacity import Capacity
from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.groups.restricted_instance_group import RestrictedInstanceGroup
from hyperpod_constructs.model.groups.storage import EbsVolume, FileSystemMount
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.schema.json_values import items_of, value_at
from hyperpod_constructs.schema.paths import property_path

from .description import GroupDescription
from .network import Network
from .values import number, readable

_SECONDARY = "/opt/sagemaker"
_Group = InstanceGroup | RestrictedInstanceGroup


def describe_groups(
    model: ClusterModel, request: Mapping[str, Any], network: Network
) -> Iterator[GroupDescription]:
    """The groups of a cluster, restricted ones last."""
    for name in ("instance_groups", "restricted_instance_groups"):
        for index, group in enumerate(entries_of(getattr(model, name))):
            given = value_at(request, *property_path(f"{name}[{index}]", request))
            yield _describe(group, given if isinstance(given, Mapping) else {}, network)


def entries_of(groups: Any) -> tuple[_Group, ...]:
    """The groups; none if only the deployment knows them."""
    return () if is_unresolved(groups) else tuple(groups)


def _describe(group: _Group, given: Mapping[str, Any], network: Network) -> GroupDescription:
    own = given.get("OverrideVpcConfig")
    return GroupDescription(
        name=readable(group.name),
        role=_role(group),
        instance_types=_instance_types(group),
        count=_count(group, given),
        partition=readable(getattr(group, "partition", None) or ""),
        zone=network.zone(own),
        capacity=_capacity(group.capacity),
        volumes=tuple(map(_volume, group.volumes)),
        file_systems=tuple(map(_mount, getattr(group, "file_systems", ()))),
        subnets=tuple(readable(each) for each in items_of(value_at(own, "Subnets"))),
        security_groups=tuple(
            readable(each) for each in items_of(value_at(own, "SecurityGroupIds"))
        ),
        execution_role=readable(given.get("ExecutionRole", "")),
        settings=tuple(_settings(group)),
    )


def _role(group: _Group) -> str:
    if isinstance(group, RestrictedInstanceGroup):
        return "restricted"
    return "" if group.node_type is None or is_unresolved(group.node_type) else group.node_type


def _instance_types(group: _Group) -> tuple[str, ...]:
    types = (group.instance_type, *getattr(group, "instance_types", ()))
    return tuple(readable(each) for each in types if each is not None)


def _count(group: _Group, given: Mapping[str, Any]) -> str:
    written = given.get("InstanceCount", given.get("TargetCount"))
    count = readable(written) if is_unresolved(group.count) else str(group.count)
    least = getattr(group, "min_count", None)
    if least is None:
        return count
    written = given.get("MinInstanceCount")
    return f"{count} (at least {readable(written) if is_unresolved(least) else least})"


def _capacity(capacity: Capacity) -> str:
    if capacity.is_spot:
        return "Spot"
    plan = capacity.training_plan_arn
    if plan is None:
        return "on-demand"
    return f"training plan {readable(plan).rpartition('/')[2] or readable(plan)}"


def _volume(volume: EbsVolume) -> str:
    size = volume.size_gib
    text = "root" if volume.root_volume else _SECONDARY
    if size is not None:
        text = f"{'?' if is_unresolved(size) else f'{size:g}'} GiB at {_SECONDARY}"
    key = getattr(volume.kms_key, "key_arn", None)
    return text if key is None else f"{text}, encrypted with {readable(key)}"


def _mount(mount: FileSystemMount) -> str:
    return f"{readable(mount.dns_name)} at {readable(mount.mount_path)}"


def _settings(group: _Group) -> Iterator[str]:
    if group.threads_per_core is not None and not is_unresolved(group.threads_per_core):
        yield number(group.threads_per_core, "thread") + " per core"
    for check in group.deep_health_checks:
        yield f"deep health check {readable(check)}"
    if isinstance(group, InstanceGroup):
        yield from _software(group)
        if group.network_interface_type is not None:
            yield f"network interfaces {readable(group.network_interface_type)}"
        for noun, entries_ in (("label", group.labels), ("taint", group.taints)):
            if entries_:
                yield number(len(entries_), noun)
    elif group.lustre is not None:
        yield f"FSx for Lustre of its own, {readable(group.lustre.size_gib)} GiB"


def _software(group: InstanceGroup) -> Iterator[str]:
    if group.image_id is not None:
        yield f"AMI {readable(group.image_id)}"
    if group.image_release_version is not None:
        yield f"AMI release {readable(group.image_release_version)}"
    if group.scheduled_update is not None:
        yield f"AMI updates at {readable(group.scheduled_update.schedule_expression)}"
    if group.auto_patch is not None:
        yield f"AMI patching: {readable(group.auto_patch.patching_strategy)}"
