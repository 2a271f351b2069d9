"""The key of a volume must be able to encrypt EBS volumes.

Source: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html
"""

from collections.abc import Iterable, Iterator
from typing import Any

from hyperpod_constructs.cdk.construct_tree import node_of
from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.groups.restricted_instance_group import RestrictedInstanceGroup
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.rules.queries import group_path

from .arguments import ClusterArguments


def volume_key_problems(arguments: ClusterArguments) -> Iterator[Problem]:
    """The problems of the keys of all groups."""
    restricted = enumerate(arguments.restricted_instance_groups)
    yield from _problems_of(
        [
            *((group_path(index), group) for index, group in enumerate(arguments.instance_groups)),
            *((f"restricted_instance_groups[{index}]", group) for index, group in restricted),
        ]
    )


def group_volume_key_problems(path: str, group: InstanceGroup) -> Iterator[Problem]:
    """As `volume_key_problems`, for a group that is added."""
    return _problems_of([(path, group)])


def _problems_of(groups: Iterable[tuple[str, object]]) -> Iterator[Problem]:
    known: dict[int, list[tuple[object, str, str]]] = {}
    for path, group in groups:
        if not isinstance(group, InstanceGroup | RestrictedInstanceGroup):
            continue
        for number, volume in enumerate(group.volumes):
            key = volume.kms_key
            if key is None:
                continue
            if id(key) not in known:
                known[id(key)] = list(_faults(key))
            for value, message, fix in known[id(key)]:
                yield Problem(
                    code="VolumeKey",
                    path=f"{path}.volumes[{number}].kms_key",
                    value=value,
                    message=message,
                    fix=fix,
                )


def _faults(key: Any) -> Iterator[tuple[object, str, str]]:
    """Volumes require an enabled, symmetric encryption key. Those of other apps are unknown."""
    # Loaded already by whoever passes such an object.
    from aws_cdk import aws_kms as kms  # noqa: PLC0415

    if not isinstance(key, kms.Key):
        return
    resource = node_of(key).default_child
    if not isinstance(resource, kms.CfnKey):
        return
    for name, value, usable in (
        ("key_spec", resource.key_spec, "SYMMETRIC_DEFAULT"),
        ("key_usage", resource.key_usage, "ENCRYPT_DECRYPT"),
    ):
        if value not in (None, usable):
            message = f"is the {name} of the key, and EBS volumes require {usable}"
            yield value, message, f"create the key without {name}"
            return
    if resource.enabled is False:
        yield key, "is disabled, and cannot encrypt volumes", "omit enabled=False"
