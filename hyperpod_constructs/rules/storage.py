"""Rules about the disks and shared file systems of nodes.

Source, unless a rule names another: https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-cmk.html
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.storage import (
    LUSTRE_MOUNT_PATH,
    OPENZFS_MOUNT_PATH,
    LustreMount,
    OpenZfsMount,
    volume_problems,
)
from hyperpod_constructs.model.orchestrator import ApiDrivenSlurm
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.tokens import is_unresolved

from .queries import (
    CONTINUOUS,
    all_groups,
    has_form,
    instance_groups,
    is_known,
    may_be_continuous,
    mounts,
)
from .rule import rule

_VOLUME_PATH = "/opt/sagemaker"


@rule
def volumes(model: ClusterValues) -> Iterator[Problem]:
    """Each group has one root volume and one secondary volume at most, each of them right."""
    for path, group in all_groups(model):
        yield from volume_problems(f"{path}.volumes", group.volumes)


@rule
def volume_keys(model: ClusterValues) -> Iterator[Problem]:
    """Keys on volumes are documented with continuous provisioning; one key a group is advised."""
    owner: dict[Any, tuple[str, str]] = {}
    for path, group in instance_groups(model):
        for number, volume in enumerate(group.volumes):
            if volume.kms_key is None:
                continue
            argument = f"{path}.volumes[{number}].kms_key"
            if not may_be_continuous(model):
                yield Problem(
                    code="VolumeKmsKeyMode",
                    path=argument,
                    value=group.name,
                    message="encrypts a volume with a key of its own, which AWS documents with "
                    "continuous provisioning only",
                    fix=f"pass {CONTINUOUS}, try it on a small cluster first, or leave kms_key out",
                    severity=Severity.WARNING,
                )
            first, name = owner.setdefault(volume.kms_key, (path, group.name))
            if first != path:
                yield Problem(
                    code="VolumeKmsKeyShared",
                    path=argument,
                    value=group.name,
                    message=f"uses the key of {name!r}, and the keys of a group never change",
                    fix="make a key for each group",
                    severity=Severity.WARNING,
                )


@rule
def file_systems(model: ClusterValues) -> Iterator[Problem]:
    """A node mounts one Lustre and one OpenZFS file system at most, at different paths.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ref.html
    """
    for path, given in mounts(model):
        for index, mount in enumerate(given):
            yield from mount.problems(f"{path}[{index}]")
        kinds = Counter(type(mount) for mount in given)
        for kind, title, place in (
            (LustreMount, "FSx for Lustre", LUSTRE_MOUNT_PATH),
            (OpenZfsMount, "FSx for OpenZFS", OPENZFS_MOUNT_PATH),
        ):
            if kinds[kind] > 1:
                yield Problem(
                    code="FileSystems",
                    path=path,
                    value=[mount.dns_name for mount in given],
                    message=f"have {kinds[kind]} {title} file systems for {place}, and the form "
                    "has one place for it"
                    if has_form(model)
                    else f"have {kinds[kind]} {title} file systems, and a group mounts one",
                    fix="keep one, and mount the others in scripts of your own",
                )


@rule
def mount_paths(model: ClusterValues) -> Iterator[Problem]:
    """No two file systems of a node have the same path, and none has that of its volume.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterFsxLustreConfig.html
    """
    for path, given in mounts(model):
        seen: dict[str, int] = {}
        for index, mount in enumerate(given):
            if is_unresolved(mount.mount_path):
                continue
            argument = f"{path}[{index}].mount_path"
            first = seen.setdefault(mount.mount_path, index)
            if type(given[first]) is not type(mount):
                yield Problem(
                    code="MountPathTwice",
                    path=argument,
                    value=mount.mount_path,
                    message=f"is where {path}[{first}] is mounted as well",
                    fix="give each file system a path of its own",
                )
            if f"{mount.mount_path}/".startswith(f"{_VOLUME_PATH}/"):
                yield Problem(
                    code="MountPathOfVolume",
                    path=argument,
                    value=mount.mount_path,
                    message=f"lies in {_VOLUME_PATH}, where HyperPod mounts the secondary volume",
                    fix="use a path such as '/fsx'",
                    severity=Severity.WARNING,
                )


@rule
def mount_paths_of_the_form(model: ClusterValues) -> Iterator[Problem]:
    """The provisioning form has no place for the path of a file system.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ref.html
    """
    if not has_form(model):
        return
    for index, mount in enumerate(model.file_systems):
        default = LUSTRE_MOUNT_PATH if isinstance(mount, LustreMount) else OPENZFS_MOUNT_PATH
        if is_known(mount.mount_path) and mount.mount_path != default:
            yield Problem(
                code="MountPathMode",
                path=f"file_systems[{index}].mount_path",
                value=mount.mount_path,
                message=f"cannot stand in the form, which mounts such a file system at {default}",
                fix="leave mount_path out, or use ApiDrivenSlurm()",
            )


@rule
def file_systems_and_mode(model: ClusterValues) -> Iterator[Problem]:
    """File systems stand in the form or on the groups; pods of an EKS cluster mount their own.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ref.html
    """
    for path, given in mounts(model):
        of_cluster = path == "file_systems"
        if has_form(model) == of_cluster and (
            of_cluster or isinstance(model.orchestrator, ApiDrivenSlurm)
        ):
            continue
        if has_form(model):
            message = "are for one group, and the form has file systems for all groups"
            fix = "pass file_systems= of the cluster, or use ApiDrivenSlurm()"
        elif isinstance(model.orchestrator, ApiDrivenSlurm):
            message = "have no place beside the groups in the request of an API-driven cluster"
            fix = "pass file_systems= of each InstanceGroup"
        else:
            message = "are not mounted by the nodes of an EKS cluster"
            fix = "leave file_systems out, and use the FSx CSI driver of Kubernetes"
        yield Problem(
            code="FileSystemsMode",
            path=path,
            value=[mount.dns_name for mount in given],
            message=message,
            fix=fix,
        )


@rule
def file_systems_and_vpc(model: ClusterValues) -> Iterator[Problem]:
    """A file system is reached in a VPC of one's own.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-getting-started-slurm-cli.html
    """
    if model.subnets is not None:
        return
    for path, given in mounts(model):
        yield Problem(
            code="FileSystemWithoutVpc",
            path=path,
            value=[mount.dns_name for mount in given],
            message='are given without a VPC; HyperPod: "FSx configurations are only supported '
            'for Custom VPC"',
            fix="pass vpc=, the VPC of the file system",
        )
