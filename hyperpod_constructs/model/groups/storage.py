"""The disks and shared file systems of a node.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-cmk.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ref.html
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

from hyperpod_constructs.model.problem import Problem, Severity, wrong_type
from hyperpod_constructs.model.references import KeyReference
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.value_checks import pattern_problems

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms

DEFAULT_VOLUME_QUOTA_GIB = 1024
LUSTRE_MOUNT_PATH = "/fsx"
OPENZFS_MOUNT_PATH = "/home"

MAX_VOLUME_GIB = 16384

_DNS_NAME = re.compile(r"(fs|fc)i?-[0-9a-f]{8,}\.[^/:\s]{4,253}")
_MOUNT_PATH = re.compile(r"(/[a-zA-Z0-9._-]+)+")
_MOUNT_NAME = re.compile(r"[A-Za-z0-9_-]{1,8}")


class Size(Protocol):
    """An amount of storage: `aws_cdk.Size`, or `Gibibytes` where there is no CDK."""

    def to_gibibytes(self) -> float:
        """The amount in GiB."""


@dataclass(frozen=True, slots=True)
class Gibibytes:
    """An amount of storage in GiB."""

    amount: int

    def to_gibibytes(self) -> float:
        """The amount in GiB."""
        return self.amount


@dataclass(frozen=True, kw_only=True, slots=True)
class EbsVolume:
    """An EBS volume of each node of a group.

    A secondary volume is mounted at `/opt/sagemaker`. The root volume has 100 GB, always; it is
    named only to encrypt it with a key of one's own, with `EbsVolume.root(kms_key=...)`.

    Attributes:
        size: Size of a secondary volume, in whole GiB. Not for the root volume.
        kms_key: Key that encrypts the volume. Without one the volume is encrypted with a key
            that AWS owns. The key of a volume can not be changed later.
        root_volume: Whether this is the root volume. A secondary volume when left out.
    """

    size: Size | None = None
    kms_key: "kms.IKey | KeyReference | None" = None
    root_volume: bool = False

    @classmethod
    def root(cls, *, kms_key: "kms.IKey | KeyReference") -> Self:
        """The root volume, encrypted with a key of one's own."""
        return cls(kms_key=kms_key, root_volume=True)

    @property
    def size_gib(self) -> float | None:
        """The size in GiB, none for a root volume."""
        return None if self.size is None else self.size.to_gibibytes()

    def problems(self, path: str) -> Iterator[Problem]:
        """A root volume has a key and no size, a secondary volume has a size.

        Source: https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-cmk.html
        """
        if self.root_volume:
            if self.size is not None:
                yield Problem(
                    code="RootVolumeSize",
                    path=f"{path}.size",
                    value=self._size_text(),
                    message="cannot be given to a root volume, which always has 100 GB",
                    fix="leave size out, or leave root_volume out for a secondary volume",
                )
            if self.kms_key is None:
                yield Problem(
                    code="RootVolumeKey",
                    path=f"{path}.kms_key",
                    value=None,
                    message="is needed for a root volume, which is only named to encrypt it",
                    fix="use EbsVolume.root(kms_key=...)",
                )
        elif self.size is None:
            yield Problem(
                code="SecondaryVolumeSize",
                path=f"{path}.size",
                value=None,
                message="is needed for a secondary volume",
                fix="pass size=cdk.Size.gibibytes(500)",
            )
        else:
            yield from self._size_problems(f"{path}.size")

    def _size_problems(self, path: str) -> Iterator[Problem]:
        """A secondary volume has 1 to 16384 GB, and the default quota allows 1024 of them.

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
                value=self._size_text(),
                message="is not a whole number of GiB",
                fix="use cdk.Size.gibibytes(...)",
            )
        elif not 1 <= gib <= MAX_VOLUME_GIB:
            yield Problem(
                code="VolumeSize",
                path=path,
                value=gib,
                message=f"is not from 1 to {MAX_VOLUME_GIB} GB",
                fix="use a size such as cdk.Size.gibibytes(500)",
            )
        elif gib > DEFAULT_VOLUME_QUOTA_GIB:
            yield Problem(
                code="EbsVolumeQuota",
                path=path,
                value=gib,
                message=f"is above the default quota of {DEFAULT_VOLUME_QUOTA_GIB} GB for a volume",
                fix="have quota L-E13DF72A raised before the deployment, or use a smaller volume",
                severity=Severity.WARNING,
            )

    def _size_text(self) -> object:
        describe = getattr(self.size, "to_string", None)
        return self.size if describe is None else type(self.size).__name__


DEFAULT_VOLUMES = (EbsVolume(size=Gibibytes(500)),)


def volume_problems(path: str, volumes: Sequence[EbsVolume]) -> Iterator[Problem]:
    """At most one root volume and one secondary volume a group, each of them right.

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
                fix=f"keep one {kind} volume a group",
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class LustreMount:
    """An FSx for Lustre file system that nodes mount.

    Attributes:
        dns_name: DNS name of the file system.
        mount_name: Name that FSx gave the file system for mounting; 1 to 8 characters, no path.
        mount_path: Where nodes mount it, `/fsx` by default. Any other place needs a cluster whose
            topology stands in the request (`ApiDrivenSlurm`).
    """

    dns_name: str
    mount_name: str
    mount_path: str = LUSTRE_MOUNT_PATH

    def problems(self, path: str) -> Iterator[Problem]:
        """What is wrong with this mount."""
        yield from _dns_name_problems(f"{path}.dns_name", self.dns_name)
        yield from mount_name_problems(f"{path}.mount_name", self.mount_name)
        yield from _mount_path_problems(f"{path}.mount_path", self.mount_path)


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenZfsMount:
    """An FSx for OpenZFS file system that nodes mount.

    Attributes:
        dns_name: DNS name of the file system.
        mount_path: Where nodes mount it, `/home` by default. Any other place needs a cluster
            whose topology stands in the request (`ApiDrivenSlurm`).
    """

    dns_name: str
    mount_path: str = OPENZFS_MOUNT_PATH

    def problems(self, path: str) -> Iterator[Problem]:
        """What is wrong with this mount."""
        yield from _dns_name_problems(f"{path}.dns_name", self.dns_name)
        yield from _mount_path_problems(f"{path}.mount_path", self.mount_path)


FileSystemMount = LustreMount | OpenZfsMount


def mount_name_problems(path: str, value: object) -> Iterator[Problem]:
    """The mount name is the one that FSx gave the file system.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterFsxLustreConfig.html
    """
    if not isinstance(value, str):
        yield wrong_type(path, value, "the mount name of the file system, a string")
    elif is_unresolved(value):
        return
    elif not _MOUNT_NAME.fullmatch(value):
        yield Problem(
            code="MountName",
            path=path,
            value=value,
            message="must be the 1 to 8 letters, digits, hyphens or underscores that FSx chose, "
            "not a path",
            fix="use LustreConfiguration.MountName of aws fsx describe-file-systems",
        )


def _dns_name_problems(path: str, value: str) -> Iterator[Problem]:
    """The DNS name is the one that FSx gave the file system.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterFsxLustreConfig.html
    """
    yield from pattern_problems(
        code="FileSystemDnsName",
        path=path,
        value=value,
        pattern=_DNS_NAME,
        min_length=16,
        max_length=275,
        message="must look like 'fs-0123456789abcdef0.fsx.us-west-2.amazonaws.com'",
        fix="use DNSName of aws fsx describe-file-systems",
    )


def _mount_path_problems(path: str, value: str) -> Iterator[Problem]:
    """A mount path starts with a slash and has no slash at its end.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterFsxLustreConfig.html
    """
    yield from pattern_problems(
        code="MountPath",
        path=path,
        value=value,
        pattern=_MOUNT_PATH,
        max_length=1024,
        message="must be names of letters, digits, dots, underscores and hyphens, each after "
        "one slash",
        fix="use a path such as '/fsx'",
    )
