"""The disks and shared file systems of a node.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-cmk.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ref.html
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

from .errors import Problem, Severity, wrong_type
from .tokens import is_unresolved

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms

DEFAULT_VOLUME_QUOTA_GIB = 1024

_DNS_NAME = re.compile(r"(fs|fc)i?-[0-9a-f]{8,}\.[^/:\s]{4,253}")
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
    kms_key: "kms.IKey | None" = None
    root_volume: bool = False

    @classmethod
    def root(cls, *, kms_key: "kms.IKey") -> Self:
        """The root volume, encrypted with a key of one's own."""
        return cls(kms_key=kms_key, root_volume=True)

    @property
    def size_gib(self) -> float | None:
        """The size in GiB, none for a root volume."""
        return None if self.size is None else self.size.to_gibibytes()

    def problems(self, path: str) -> Iterator[Problem]:
        """What is wrong with this volume."""
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
        if not hasattr(self.size, "to_gibibytes"):
            yield wrong_type(path, self.size, "a cdk.Size such as cdk.Size.gibibytes(500)")
            return
        try:
            gib = self.size_gib
        except RuntimeError:
            yield Problem(
                code="SecondaryVolumeSize",
                path=path,
                value=self._size_text(),
                message="is not a whole number of GiB",
                fix="use cdk.Size.gibibytes(...)",
            )
            return
        if not isinstance(gib, int | float):
            yield wrong_type(path, gib, "a cdk.Size such as cdk.Size.gibibytes(500)")
        elif not is_unresolved(gib) and gib > DEFAULT_VOLUME_QUOTA_GIB:
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


def volume_problems(path: str, volumes: Sequence[object]) -> Iterator[Problem]:
    """What is wrong with the volumes of one group: each one, and how many of a kind there are."""
    kinds: list[str] = []
    for index, volume in enumerate(volumes):
        if isinstance(volume, EbsVolume):
            yield from volume.problems(f"{path}[{index}]")
            kinds.append("root" if volume.root_volume else "secondary")
        else:
            yield wrong_type(f"{path}[{index}]", volume, "an EbsVolume")
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
    """An FSx for Lustre file system that every node mounts at `/fsx`.

    Attributes:
        dns_name: DNS name of the file system.
        mount_name: Name that FSx gave the file system for mounting; 1 to 8 characters, no path.
    """

    dns_name: str
    mount_name: str

    def problems(self, path: str) -> Iterator[Problem]:
        """What is wrong with this mount."""
        yield from _dns_name_problems(f"{path}.dns_name", self.dns_name)
        yield from mount_name_problems(f"{path}.mount_name", self.mount_name)


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenZfsMount:
    """An FSx for OpenZFS file system that every node mounts at `/home`.

    Attributes:
        dns_name: DNS name of the file system.
    """

    dns_name: str

    def problems(self, path: str) -> Iterator[Problem]:
        """What is wrong with this mount."""
        yield from _dns_name_problems(f"{path}.dns_name", self.dns_name)


FileSystemMount = LustreMount | OpenZfsMount


def mount_name_problems(path: str, value: object) -> Iterator[Problem]:
    """What is wrong with the mount name of a Lustre file system."""
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


def _dns_name_problems(path: str, value: object) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield wrong_type(path, value, "the DNS name of the file system, a string")
    elif is_unresolved(value):
        return
    elif not _DNS_NAME.fullmatch(value):
        yield Problem(
            code="FileSystemDnsName",
            path=path,
            value=value,
            message="must look like 'fs-0123456789abcdef0.fsx.us-west-2.amazonaws.com'",
            fix="use DNSName of aws fsx describe-file-systems",
        )
