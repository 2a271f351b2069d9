"""Shared file systems of the nodes: FSx for Lustre and FSx for OpenZFS.

Sources: https://docs.aws.amazon.com/fsx/latest/LustreGuide/limit-access-security-groups.html and
https://docs.aws.amazon.com/fsx/latest/OpenZFSGuide/limit-access-security-groups.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import UnionType
from typing import TYPE_CHECKING, Any, Self, cast

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from hyperpod_constructs.cdk.construct_tree import node_of, stack_of
from hyperpod_constructs.cdk.object_checks import SECURITY_GROUP, check, each, optional
from hyperpod_constructs.model.frozen_fields import freeze
from hyperpod_constructs.model.groups.storage import (
    LUSTRE_MOUNT_PATH,
    OPENZFS_MOUNT_PATH,
    FileSystemMount,
    LustreMount,
    OpenZfsMount,
)
from hyperpod_constructs.model.problem import Problem, ValidationError
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.type_checks import wrong_type
from hyperpod_constructs.model.value_class import value_class

from .file_system_order import order_file_systems
from .lustre_efa import lustre_efa_problems
from .security_group_rules import security_group_of_id

if TYPE_CHECKING:
    from aws_cdk import aws_fsx as fsx

_LUSTRE_PORTS = ((988, 988), (1018, 1023))
_FACTORIES = {"LUSTRE": "lustre", "OPENZFS": "openzfs"}
_OPENZFS_PORTS = ((111, 111), (2049, 2049), (20001, 20003))


@value_class(frozen=True, kw_only=True, slots=True)
class FileSystem:
    """A file system for the nodes of a cluster, created with `lustre` or `openzfs`.

    Attributes:
        mount: DNS name, mount name and mount path.
        security_groups: Security groups of the file system, which allow traffic from the nodes.
        security_group_ids: IDs of security groups that are not CDK objects.
        efa: Whether the file system supports EFA; None if it is not known.
    """

    mount: FileSystemMount
    security_groups: Sequence[ec2.ISecurityGroup] = ()
    security_group_ids: Sequence[str] = ()
    efa: bool | None = None

    def __post_init__(self) -> None:
        freeze(self)

    @classmethod
    def lustre(
        cls,
        file_system: "fsx.LustreFileSystem | fsx.IFileSystem | fsx.CfnFileSystem | None" = None,
        *,
        dns_name: str | None = None,
        mount_name: str | None = None,
        mount_path: str = LUSTRE_MOUNT_PATH,
        security_groups: Sequence[ec2.ISecurityGroup] = (),
        efa: bool | None = None,
    ) -> Self:
        """An FSx for Lustre file system.

        Args:
            file_system: File system that is created or imported in this app. An imported one
                requires `mount_name`.
            dns_name: DNS name of an existing file system.
            mount_name: Mount name of the existing file system.
            mount_path: Path at which nodes mount the file system. Defaults to `/fsx`. Other paths
                require `ApiDrivenSlurm`.
            security_groups: Security groups of the file system. TCP 988 and 1018-1023 are allowed
                from the nodes. By default, no rules are added.
            efa: Whether the file system supports EFA (`EfaEnabled`), which requires all traffic
                between its security groups and the nodes; it is then allowed. Defaults to that of a
                file system that is created in this app. Nodes look up that of others.

        Raises:
            ValidationError: `FileSystemArguments` unless either `file_system` or both names are
                specified; `ArgumentType`, `FileSystemType`.
        """
        path = "FileSystem.lustre"
        given = {"file_system": file_system, "dns_name": dns_name, "mount_name": mount_name}
        check(
            _type_problems(path, file_system, "LUSTRE"),
            _name_problems(path, dns_name=dns_name, mount_name=mount_name),
            each(f"{path}.security_groups", security_groups, SECURITY_GROUP),
            optional(f"{path}.efa", efa, bool),
        )
        if dns_name is not None and mount_name is not None and file_system is None:
            return cls(
                mount=LustreMount(dns_name=dns_name, mount_name=mount_name, mount_path=mount_path),
                security_groups=security_groups,
                efa=efa,
            )
        if file_system is None or dns_name is not None:
            raise _argument_error(path, given, "pass a file system, or dns_name= and mount_name=")
        # Loaded already by whoever passes such an object.
        from aws_cdk import aws_fsx as fsx  # noqa: PLC0415

        if mount_name is not None and isinstance(
            file_system, fsx.LustreFileSystem | fsx.CfnFileSystem
        ):
            raise _argument_error(path, given, "omit mount_name")
        if isinstance(file_system, fsx.CfnFileSystem):
            return cls(
                mount=LustreMount(
                    dns_name=file_system.attr_dns_name,
                    mount_name=file_system.attr_lustre_mount_name,
                    mount_path=mount_path,
                ),
                security_groups=security_groups,
                security_group_ids=file_system.security_group_ids or (),
                efa=_efa_of(file_system) if efa is None else efa,
            )
        known_name = getattr(file_system, "mount_name", mount_name)
        if known_name is None:
            raise ValidationError([_mount_name_missing(path)])
        known = cast("fsx.FileSystemBase", file_system)
        return cls(
            mount=LustreMount(
                dns_name=known.dns_name, mount_name=known_name, mount_path=mount_path
            ),
            security_groups=[*file_system.connections.security_groups, *security_groups],
            efa=_efa_of(node_of(known).default_child) if efa is None else efa,
        )

    @classmethod
    def openzfs(
        cls,
        file_system: "fsx.CfnFileSystem | None" = None,
        *,
        dns_name: str | None = None,
        mount_path: str = OPENZFS_MOUNT_PATH,
        security_groups: Sequence[ec2.ISecurityGroup] = (),
    ) -> Self:
        """An FSx for OpenZFS file system.

        Args:
            file_system: File system that is created in this app.
            dns_name: DNS name of an existing file system.
            mount_path: Path at which nodes mount the file system. Defaults to `/home`. Other paths
                require `ApiDrivenSlurm`.
            security_groups: Security groups of the file system. TCP 111, 2049 and 20001-20003 are
                allowed from the nodes. By default, no rules are added.

        Raises:
            ValidationError: `FileSystemArguments` unless one of `file_system` and `dns_name` is
                specified; `ArgumentType`, `FileSystemType`.
        """
        path = "FileSystem.openzfs"
        given = {"file_system": file_system, "dns_name": dns_name}
        check(
            _type_problems(path, file_system, "OPENZFS"),
            _name_problems(path, dns_name=dns_name),
            each(f"{path}.security_groups", security_groups, SECURITY_GROUP),
        )
        if (file_system is None) == (dns_name is None):
            raise _argument_error(path, given, "pass a file system, or dns_name=")
        if file_system is None:
            return cls(
                mount=OpenZfsMount(dns_name=dns_name or "", mount_path=mount_path),
                security_groups=security_groups,
            )
        return cls(
            mount=OpenZfsMount(dns_name=file_system.attr_dns_name, mount_path=mount_path),
            security_groups=security_groups,
            security_group_ids=file_system.security_group_ids or (),
        )

    def resolve_security_groups(self, scope: Construct) -> list[ec2.ISecurityGroup]:
        """Security groups of the file system. Imports those of other apps, which have only an ID.

        Args:
            scope: Scope of the imported constructs.
        """
        of_ids = (security_group_of_id(scope, each) for each in self.security_group_ids)
        return [*self.security_groups, *of_ids]

    def order_after_rules(self, scope: Construct) -> None:
        """Has the file system, if the app creates it, wait for the rules that exist among its servers."""
        order_file_systems(stack_of(scope), self.resolve_security_groups(scope))

    def efa_problems(self, path: str) -> Iterator[Problem]:
        """Warnings about what EFA requires of a file system of FSx for Lustre that the app creates.

        Args:
            path: Path of the file system.
        """
        if self.efa is not False and isinstance(self.mount, LustreMount):
            yield from lustre_efa_problems(path, self.mount.dns_name, efa=self.efa)

    @property
    def ports(self) -> list[ec2.Port]:
        """Ports of the file system that nodes connect to."""
        ranges = _LUSTRE_PORTS if isinstance(self.mount, LustreMount) else _OPENZFS_PORTS
        return [ec2.Port.tcp_range(first, last) for first, last in ranges]


def file_system_problems(path: str, values: object, kind: type | UnionType) -> Iterator[Problem]:
    """Validates a list of file systems. Those of CDK must be wrapped in a `FileSystem`."""
    if not isinstance(values, list | tuple):
        yield wrong_type(path, values, "a list of FileSystem")
        return
    for index, value in enumerate(values):
        if isinstance(value, kind):
            if isinstance(value, FileSystem):
                yield from _network_problems(f"{path}[{index}]", value)
            continue
        problem = wrong_type(
            f"{path}[{index}]", value, "a FileSystem, such as hp.FileSystem.lustre(...)"
        )
        if _is_of_fsx(value):
            factory = _FACTORIES.get(getattr(value, "file_system_type", ""), "lustre")
            problem = replace(problem, fix=f"wrap it: hp.FileSystem.{factory}(...)")
        yield problem


def _efa_of(resource: object) -> bool | None:
    """Whether a file system of the app supports EFA; None if it is known only at deployment."""
    if resource is None:
        return None
    created = cast("fsx.CfnFileSystem", resource)
    # All properties in one call; lustre_configuration alone is one call for each of its properties.
    properties: Mapping[str, Any] = created._cfn_properties  # noqa: SLF001
    configuration = properties.get("lustreConfiguration") or {}
    if not isinstance(configuration, Mapping):
        configuration = stack_of(created).resolve(configuration) or {}
    enabled = configuration.get("efaEnabled", False)
    return enabled if isinstance(enabled, bool) else None


def _network_problems(path: str, file_system: FileSystem) -> Iterator[Problem]:
    yield from each(f"{path}.security_groups", file_system.security_groups, SECURITY_GROUP)
    yield from each(f"{path}.security_group_ids", file_system.security_group_ids, str)


def _is_of_fsx(value: object) -> bool:
    return any(kind.__module__.startswith("aws_cdk.aws_fsx") for kind in type(value).__mro__)


def _type_problems(path: str, file_system: object, kind: str) -> Iterator[Problem]:
    """A file system must have the type of the factory method."""
    if file_system is None:
        return
    if not _is_of_fsx(file_system):
        names = "dns_name= and mount_name=" if kind == "LUSTRE" else "dns_name="
        yield wrong_type(
            f"{path}.file_system", file_system, f"a file system of aws_cdk.aws_fsx, or {names}"
        )
        return
    given = getattr(file_system, "file_system_type", "LUSTRE")
    if given != kind and not is_unresolved(given):
        yield Problem(
            code="FileSystemType",
            path=f"{path}.file_system",
            value=given,
            message="is not supported by this method",
            fix=f"use hp.FileSystem.{_FACTORIES[given]}(...)"
            if given in _FACTORIES
            else f"pass a file system of type {kind!r}",
        )


def _name_problems(path: str, **names: object) -> Iterator[Problem]:
    for name, value in names.items():
        yield from optional(f"{path}.{name}", value, str)


def _mount_name_missing(path: str) -> Problem:
    """An imported file system does not have its mount name."""
    return Problem(
        code="FileSystemArguments",
        path=f"{path}.mount_name",
        value=None,
        message="is required, since an imported file system does not have its mount name",
        fix="use the LustreConfiguration.MountName from aws fsx describe-file-systems",
    )


def _argument_error(path: str, given: Mapping[str, object], fix: str) -> ValidationError:
    """A file system must be specified either as an object or by name."""
    names = [name for name, value in given.items() if value is not None]
    return ValidationError(
        [
            Problem(
                code="FileSystemArguments",
                path=path,
                value=names,
                message="do not specify exactly one file system",
                fix=fix,
            )
        ]
    )
