"""Rules for EBS volumes and shared file systems.

Source, unless a rule names another: https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-cmk.html
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.storage import (
    LUSTRE_MOUNT_PATH,
    OPENZFS_MOUNT_PATH,
    FileSystemMount,
    LustreMount,
    OpenZfsMount,
    volume_problems,
)
from hyperpod_constructs.model.orchestrator import ApiDrivenSlurm
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.tokens import is_unresolved

from .basis import Basis
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


@rule(basis=Basis.AWS_PAGE)
def volume_sizes(model: ClusterValues) -> Iterator[Problem]:
    """A group can have one root volume and one secondary volume."""
    for path, group in all_groups(model):
        yield from volume_problems(f"{path}.volumes", group.volumes)


@rule(basis=Basis.AWS_PAGE)
def volume_keys_and_mode(model: ClusterValues) -> Iterator[Problem]:
    """Volume keys are documented for continuous provisioning."""
    if may_be_continuous(model):
        return
    keys = [
        (f"{path}.volumes[{number}].kms_key", group)
        for path, group in instance_groups(model)
        for number, volume in enumerate(group.volumes)
        if volume.kms_key is not None
    ]
    if keys:
        yield Problem(
            code="VolumeKmsKeyMode",
            path=keys[0][0],
            value=list(dict.fromkeys(group.name for _, group in keys)),
            message="encrypt volumes with a customer managed key, which is documented for "
            "continuous provisioning only",
            fix=f"pass {CONTINUOUS}, test it on a small cluster first, or omit kms_key",
            severity=Severity.WARNING,
        )


@rule(basis=Basis.AWS_PAGE)
def one_key_per_volume(model: ClusterValues) -> Iterator[Problem]:
    """Each group should have its own volume key, which cannot be changed."""
    owner: dict[Any, tuple[str, str]] = {}
    for path, group in instance_groups(model):
        for number, volume in enumerate(group.volumes):
            if volume.kms_key is None:
                continue
            argument = f"{path}.volumes[{number}].kms_key"
            first, name = owner.setdefault(volume.kms_key, (path, group.name))
            if first != path:
                yield Problem(
                    code="VolumeKmsKeyShared",
                    path=argument,
                    value=group.name,
                    message=f"uses the key of {name!r}, and the key of a volume cannot be changed",
                    fix="create a key for each group",
                    severity=Severity.WARNING,
                )


@rule(basis=Basis.AWS_PAGE)
def file_system_names(model: ClusterValues) -> Iterator[Problem]:
    """A node can mount one FSx for Lustre and one FSx for OpenZFS file system.

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
                    value=_names(path, given),
                    message=f"contains {kinds[kind]} {title} file systems for {place}, and the "
                    "form supports one"
                    if has_form(model)
                    else f"contains {kinds[kind]} {title} file systems, and a group supports one",
                    fix="specify one, and mount the others in custom scripts",
                )


@rule(basis=Basis.INFERRED)
def mount_paths(model: ClusterValues) -> Iterator[Problem]:
    """Mount paths must be unique, and cannot be on the secondary volume.

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
                    message=f"is already the mount path of {path}[{first}]",
                    fix="use a unique path for each file system",
                )
            if f"{mount.mount_path}/".startswith(f"{_VOLUME_PATH}/"):
                yield Problem(
                    code="MountPathOfVolume",
                    path=argument,
                    value=mount.mount_path,
                    message=f"is in {_VOLUME_PATH}, where HyperPod mounts the secondary volume",
                    fix="use a path such as '/fsx'",
                    severity=Severity.WARNING,
                )


@rule(basis=Basis.AWS_PAGE)
def mount_paths_of_the_form(model: ClusterValues) -> Iterator[Problem]:
    """The provisioning form does not support custom mount paths.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ref.html
    """
    if not has_form(model):
        return
    for index, mount in enumerate(model.file_systems):
        default = LUSTRE_MOUNT_PATH if isinstance(mount, LustreMount) else OPENZFS_MOUNT_PATH
        if mount.mount_path != default:
            yield Problem(
                code="MountPathMode",
                path=f"file_systems[{index}].mount_path",
                value=mount.mount_path,
                message=f"is not supported by the form, which mounts this file system at {default}",
                fix="omit mount_path, or use ApiDrivenSlurm()",
            )


@rule(basis=Basis.AWS_PAGE)
def file_systems_and_mode(model: ClusterValues) -> Iterator[Problem]:
    """`Slurm` supports file systems of the cluster, `ApiDrivenSlurm` those of groups, EKS none.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ref.html
    """
    for path, given in mounts(model):
        of_cluster = path == "file_systems"
        if has_form(model) == of_cluster and (
            of_cluster or isinstance(model.orchestrator, ApiDrivenSlurm)
        ):
            continue
        if has_form(model):
            message = "are specified for a group, and the form supports only those of the cluster"
            fix = "pass file_systems= of the cluster, or use ApiDrivenSlurm()"
        elif isinstance(model.orchestrator, ApiDrivenSlurm):
            message = "are those of the cluster, and ApiDrivenSlurm supports only those of groups"
            fix = "pass file_systems= of each InstanceGroup"
        else:
            message = "are not mounted by the nodes of an EKS cluster"
            fix = "omit file_systems, and use the FSx CSI driver for Kubernetes"
        yield Problem(
            code="FileSystemsMode",
            path=path,
            value=_names(path, given),
            message=message,
            fix=fix,
        )


@rule(basis=Basis.AWS_PAGE)
def file_systems_and_vpc(model: ClusterValues) -> Iterator[Problem]:
    """A file system requires a custom VPC.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-getting-started-slurm-cli.html
    """
    if model.subnets is not None:
        return
    for path, given in mounts(model):
        yield Problem(
            code="FileSystemWithoutVpc",
            path=path,
            value=_names(path, given),
            message='require a VPC; HyperPod: "FSx configurations are only supported for Custom '
            'VPC"',
            fix="pass vpc=, the VPC of the file system",
        )


def _names(path: str, given: Sequence[FileSystemMount]) -> list[str]:
    """DNS names of file systems, or the argument whose DNS name only the deployment knows."""
    return [
        mount.dns_name if is_known(mount.dns_name) else f"{path}[{index}]"
        for index, mount in enumerate(given)
    ]
