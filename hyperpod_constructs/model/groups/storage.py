"""EBS volumes and shared file systems of a node.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-cmk.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ref.html
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol, Self

from hyperpod_constructs.model.node_patterns import MOUNT_NAME
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.references import KeyReference
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.type_checks import wrong_type
from hyperpod_constructs.model.value_checks import pattern_problems
from hyperpod_constructs.model.value_class import value_class

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms

DEFAULT_VOLUME_QUOTA_GIB = 1024
LUSTRE_MOUNT_PATH = "/fsx"
OPENZFS_MOUNT_PATH = "/home"

MAX_VOLUME_GIB = 16384

_DNS_NAME = r"(fs|fc)i?-[0-9a-f]{8,}\.(?!efs\.)[a-zA-Z0-9.-]{3,252}[a-zA-Z0-9]"
_MOUNT_PATH = r"(/[a-zA-Z0-9._-]+)+"


class Size(Protocol):
    """An amount of storage: `aws_cdk.Size`, or `Gibibytes` without CDK."""

    def to_gibibytes(self) -> float:
        """The amount in GiB."""


@value_class(frozen=True, slots=True)
class Gibibytes:
    """An amount of storage in GiB."""

    amount: int

    def to_gibibytes(self) -> float:
        """The amount in GiB."""
        return self.amount


@value_class(frozen=True, kw_only=True, slots=True)
class EbsVolume:
    """An EBS volume of each node of a group.

    A secondary volume is mounted at `/opt/sagemaker`. The root volume is always 100 GB. Specify it
    only to encrypt it with a customer managed key, with `EbsVolume.root(kms_key=...)`.

    Attributes:
        size: Size of a secondary volume, in whole GiB. Not supported for the root volume.
        kms_key: KMS key that encrypts the volume. Defaults to an AWS owned key. Cannot be changed;
            add another group instead.
        root_volume: Whether this is the root volume. Defaults to False, a secondary volume.
    """

    size: Size | None = None
    kms_key: "kms.IKey | KeyReference | None" = None
    root_volume: bool = False

    @classmethod
    def root(cls, *, kms_key: "kms.IKey | KeyReference") -> Self:
        """The root volume, encrypted with a customer managed key."""
        return cls(kms_key=kms_key, root_volume=True)

    @property
    def size_gib(self) -> float | None:
        """Size in GiB; None for a root volume."""
        return None if self.size is None else self.size.to_gibibytes()

    def problems(self, path: str) -> Iterator[Problem]:
        """A root volume requires a key and supports no size; a secondary volume requires a size.

        Source: https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-cmk.html
        """
        if self.root_volume:
            if self.size is not None:
                yield Problem(
                    code="RootVolumeSize",
                    path=f"{path}.size",
                    value=self.size,
                    message="cannot be specified for a root volume, which is always 100 GB",
                    fix="omit size, or omit root_volume for a secondary volume",
                )
            if self.kms_key is None:
                yield Problem(
                    code="RootVolumeKey",
                    path=f"{path}.kms_key",
                    value=None,
                    message="is required for a root volume, which is specified only to encrypt it",
                    fix="use EbsVolume.root(kms_key=...)",
                )
        elif self.size is None:
            yield Problem(
                code="SecondaryVolumeSize",
                path=f"{path}.size",
                value=None,
                message="is required for a secondary volume",
                fix="pass size=cdk.Size.gibibytes(500)",
            )
        else:
            yield from self._size_problems(f"{path}.size")

    def _size_problems(self, path: str) -> Iterator[Problem]:
        """A secondary volume must be 1 to 16384 GB, and within the quota, 1024 GB by default.

        Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterEbsVolumeConfig.html
        """
        try:
            gib = self.size_gib
        except RuntimeError:
            gib = 0.5
        if not isinstance(gib, int | float):
            yield wrong_type(path, gib, "a cdk.Size such as cdk.Size.gibibytes(500)")
        elif is_unresolved(gib):
            return
        elif isinstance(gib, float) and not gib.is_integer():
            yield Problem(
                code="SecondaryVolumeSize",
                path=path,
                value=self._shown_size(gib),
                message="must be a whole number of GiB",
                fix="use cdk.Size.gibibytes(...)",
            )
        elif not 1 <= gib <= MAX_VOLUME_GIB:
            yield Problem(
                code="VolumeSize",
                path=path,
                value=self._shown_size(gib),
                message=f"must be between 1 and {MAX_VOLUME_GIB} GB",
                fix="use a size such as cdk.Size.gibibytes(500)",
            )
        elif gib > DEFAULT_VOLUME_QUOTA_GIB:
            yield Problem(
                code="EbsVolumeQuota",
                path=path,
                value=self._shown_size(gib),
                message=f"exceeds the default quota of {DEFAULT_VOLUME_QUOTA_GIB} GB per volume",
                fix="request an increase of quota L-E13DF72A before the deployment, or use a "
                "smaller volume",
                severity=Severity.WARNING,
            )

    def _shown_size(self, gib: float) -> object:
        """The size in the unit of the user; `Gibibytes` are a number."""
        return gib if isinstance(self.size, Gibibytes) else self.size


DEFAULT_VOLUMES = (EbsVolume(size=Gibibytes(500)),)


def volume_problems(path: str, volumes: Sequence[EbsVolume]) -> Iterator[Problem]:
    """A group can have one root volume and one secondary volume.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-cmk.html
    """
    kinds: list[str] = []
    for index, volume in enumerate(volumes):
        yield from volume.problems(f"{path}[{index}]")
        kinds.append("root" if volume.root_volume else "secondary")
    for kind in ("root", "secondary"):
        if kinds.count(kind) > 1:
            yield Problem(
                code="EbsVolumes",
                path=path,
                value=kinds,
                message=f"has {kinds.count(kind)} {kind} volumes",
                fix=f"specify at most one {kind} volume per group",
            )


@value_class(frozen=True, kw_only=True, slots=True)
class LustreMount:
    """An FSx for Lustre file system to mount on nodes.

    Attributes:
        dns_name: DNS name of the file system.
        mount_name: Mount name that FSx assigned to the file system: 1 to 8 characters, not a path.
        mount_path: Path at which nodes mount the file system. Defaults to `/fsx`. Other paths
            require `ApiDrivenSlurm`.
    """

    dns_name: str
    mount_name: str
    mount_path: str = LUSTRE_MOUNT_PATH

    def problems(self, path: str) -> Iterator[Problem]:
        """Validates the mount."""
        yield from _dns_name_problems(f"{path}.dns_name", self.dns_name)
        yield from mount_name_problems(f"{path}.mount_name", self.mount_name)
        yield from _mount_path_problems(f"{path}.mount_path", self.mount_path)


@value_class(frozen=True, kw_only=True, slots=True)
class OpenZfsMount:
    """An FSx for OpenZFS file system to mount on nodes.

    Attributes:
        dns_name: DNS name of the file system.
        mount_path: Path at which nodes mount the file system. Defaults to `/home`. Other paths
            require `ApiDrivenSlurm`.
    """

    dns_name: str
    mount_path: str = OPENZFS_MOUNT_PATH

    def problems(self, path: str) -> Iterator[Problem]:
        """Validates the mount."""
        yield from _dns_name_problems(f"{path}.dns_name", self.dns_name)
        yield from _mount_path_problems(f"{path}.mount_path", self.mount_path)


FileSystemMount = LustreMount | OpenZfsMount


class MountableFileSystem(Protocol):
    """A file system that nodes can mount, such as `FileSystem`."""

    @property
    def mount(self) -> FileSystemMount:
        """DNS name, mount name and mount path."""


def mounts_of(
    file_systems: Iterable[FileSystemMount | MountableFileSystem],
) -> tuple[FileSystemMount, ...]:
    """How nodes find and mount file systems. Values of other types stay, to be reported."""
    given: Iterable[Any] = file_systems
    return tuple(getattr(each, "mount", each) for each in given)


def mount_name_problems(path: str, value: object) -> Iterator[Problem]:
    """The mount name must be the one that FSx assigned to the file system.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterFsxLustreConfig.html
    """
    if not isinstance(value, str):
        yield wrong_type(path, value, "the mount name of the file system, a string")
    elif is_unresolved(value):
        return
    elif not re.fullmatch(MOUNT_NAME, value):
        yield Problem(
            code="MountName",
            path=path,
            value=value,
            message="must be the mount name assigned by FSx, 1 to 8 letters, digits, hyphens or "
            "underscores, not a path",
            fix="use the LustreConfiguration.MountName from aws fsx describe-file-systems",
        )


def _dns_name_problems(path: str, value: str) -> Iterator[Problem]:
    """The DNS name must be the one that FSx assigned to the file system.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterFsxLustreConfig.html
    """
    yield from pattern_problems(
        code="FileSystemDnsName",
        path=path,
        value=value,
        pattern=_DNS_NAME,
        min_length=16,
        max_length=275,
        message="is a file system of EFS, and nodes mount those of FSx"
        if isinstance(value, str) and ".efs." in value
        else "must have the format 'fs-0123456789abcdef0.fsx.us-west-2.amazonaws.com'",
        fix="use the DNSName from aws fsx describe-file-systems",
    )


def _mount_path_problems(path: str, value: str) -> Iterator[Problem]:
    """A mount path must start with a slash and cannot end with one.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterFsxLustreConfig.html
    """
    yield from pattern_problems(
        code="MountPath",
        path=path,
        value=value,
        pattern=_MOUNT_PATH,
        max_length=1024,
        message="must be an absolute path of letters, digits, dots, underscores and hyphens, "
        "without a trailing slash",
        fix="use a path such as '/fsx'",
    )
