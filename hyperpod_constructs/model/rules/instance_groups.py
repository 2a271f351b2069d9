"""Rules about instance groups, whatever schedules their jobs."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hyperpod_constructs.model.errors import Problem, Severity
from hyperpod_constructs.model.names import name_problems
from hyperpod_constructs.model.storage import EbsVolume
from hyperpod_constructs.model.tokens import is_unresolved

if TYPE_CHECKING:
    from hyperpod_constructs.model.cluster_model import ClusterModel

DOCUMENTED_GROUPS = 20


def group_path(index: int) -> str:
    """The user's argument that is the group at an index."""
    return f"instance_groups[{index}]"


def cluster_name(model: "ClusterModel") -> Iterator[Problem]:
    """The name is 1 to 63 letters, digits and inner hyphens."""
    if model.cluster_name is not None:
        yield from name_problems("ClusterName", "cluster_name", model.cluster_name)


def each_instance_group(model: "ClusterModel") -> Iterator[Problem]:
    """Each group is right on its own."""
    for index, group in enumerate(model.instance_groups):
        yield from group.problems(group_path(index))


def instance_group_names(model: "ClusterModel") -> Iterator[Problem]:
    """No two groups have the same name."""
    seen: dict[str, int] = {}
    for index, group in enumerate(model.instance_groups):
        if is_unresolved(group.name) or not isinstance(group.name, str):
            continue
        if group.name in seen:
            yield Problem(
                code="DuplicateInstanceGroupName",
                path=f"{group_path(index)}.name",
                value=group.name,
                message=f"is the name of {group_path(seen[group.name])} as well",
                fix="give each group a name of its own",
            )
        seen.setdefault(group.name, index)


def number_of_instance_groups(model: "ClusterModel") -> Iterator[Problem]:
    """The user guide speaks of up to 20 groups.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-getting-started-slurm-console.html
    """
    if len(model.instance_groups) > DOCUMENTED_GROUPS:
        yield Problem(
            code="InstanceGroups",
            path="instance_groups",
            value=len(model.instance_groups),
            message=f"groups are more than the {DOCUMENTED_GROUPS} of the user guide",
            fix="join groups of the same type, or ask AWS support before the deployment",
            severity=Severity.WARNING,
        )


def volume_keys(model: "ClusterModel") -> Iterator[Problem]:
    """Keys on volumes are documented with continuous provisioning; one key a group is advised.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-cmk.html
    """
    owner: dict[int, str] = {}
    for index, group in enumerate(model.instance_groups):
        volumes = group.volumes if isinstance(group.volumes, tuple) else ()
        for number, volume in enumerate(volumes):
            if not isinstance(volume, EbsVolume) or volume.kms_key is None:
                continue
            path = f"{group_path(index)}.volumes[{number}].kms_key"
            yield Problem(
                code="VolumeKmsKeyMode",
                path=path,
                value=group.name,
                message="encrypts a volume with a key of its own, which AWS documents with "
                "continuous provisioning only",
                fix="try it on a small cluster first, or leave kms_key out",
                severity=Severity.WARNING,
            )
            first = owner.setdefault(id(volume.kms_key), group.name)
            if first != group.name:
                yield Problem(
                    code="VolumeKmsKeyShared",
                    path=path,
                    value=group.name,
                    message=f"uses the key of {first!r}, and the keys of a group never change",
                    fix="make a key for each group",
                    severity=Severity.WARNING,
                )
