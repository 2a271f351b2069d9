"""The provisioning form, `provisioning_params.json`, which defines the Slurm topology.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ref.html#sagemaker-hyperpod-ref-provisioning-forms
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, Self

from hyperpod_constructs.model.frozen_fields import freeze
from hyperpod_constructs.model.groups.storage import mount_name_problems
from hyperpod_constructs.model.json_keys import parse_json
from hyperpod_constructs.model.names import form_partition_problems, name_problems
from hyperpod_constructs.model.node_patterns import HOST_NAME
from hyperpod_constructs.model.problem import Problem, Severity, ValidationError
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.type_checks import wrong_type
from hyperpod_constructs.model.value_class import value_class

from .form_fields import object_field, required_field, text_field
from .slurm_configurations import SlurmConfigurations

FORM_NAMES = ("provisioning_params.json", "provisioning_parameters.json")
"""File names of the form: that of the reference page, and that read by the platform."""

_PATH = "provisioning_params"
_DNS_NAME = "fs-0123456789abcdef0.fsx.us-west-2.amazonaws.com"


@value_class(frozen=True, kw_only=True, slots=True)
class WorkerGroup:
    """A worker group and its Slurm partition.

    Attributes:
        instance_group_name: Name of the instance group.
        partition_name: Name of the partition.
        extra: Additional keys that the form does not define.
    """

    instance_group_name: str
    partition_name: str
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        freeze(self)

    def to_dict(self) -> dict[str, Any]:
        """The entry of the form."""
        return {
            "instance_group_name": self.instance_group_name,
            "partition_name": self.partition_name,
            **self.extra,
        }

    def problems(self, path: str) -> Iterator[Problem]:
        """Validates the entry."""
        yield from required_field(
            f"{path}.instance_group_name", self.instance_group_name
        ) or name_problems(
            code="InstanceGroupName",
            path=f"{path}.instance_group_name",
            value=self.instance_group_name,
        )
        yield from required_field(
            f"{path}.partition_name", self.partition_name
        ) or form_partition_problems(f"{path}.partition_name", self.partition_name)
        yield from object_field(f"{path}.extra", self.extra)


@value_class(frozen=True, kw_only=True, slots=True)
class ProvisioningParams:
    """The provisioning form of a Slurm cluster.

    `HyperPodCluster` generates it from the instance groups. Use `from_json` to validate an existing
    form. Keys that the form does not define are retained.

    Empty strings of optional fields are the same as None, since HyperPod clusters run with them.

    Attributes:
        controller_group: Name of the controller group.
        worker_groups: Worker groups, each with its partition.
        login_group: Name of the login group, if any.
        fsx_dns_name: DNS name of the FSx for Lustre file system. Requires `fsx_mountname`.
        fsx_mountname: Mount name of the FSx for Lustre file system.
        fsx_openzfs_dns_name: DNS name of the FSx for OpenZFS file system for home directories.
        slurm_configurations: Configuration shared by multiple controllers.
        version: Version of the form, always `1.0.0`. None if an existing form has none.
        workload_manager: Always `slurm`.
        extra: Additional keys that the form does not define, in order.

    Raises:
        ValidationError: `FormFieldMissing`, `ArgumentType`, `InstanceGroupName`, `PartitionName`,
            `FormVersion`, `WorkloadManager`, `MountName`, `FormField`, `FormGroupRoles`.
    """

    controller_group: str
    worker_groups: Sequence[WorkerGroup]
    login_group: str | None = None
    fsx_dns_name: str | None = None
    fsx_mountname: str | None = None
    fsx_openzfs_dns_name: str | None = None
    slurm_configurations: SlurmConfigurations | None = None
    version: str | None = "1.0.0"
    workload_manager: str = "slurm"
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in _OPTIONAL_FIELDS:
            if getattr(self, name) == "":
                object.__setattr__(self, name, None)
        freeze(self)
        errors = [each for each in self.problems() if each.severity is Severity.ERROR]
        if errors:
            raise ValidationError(errors)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Reads a form.

        Args:
            text: Content of `provisioning_params.json`.

        Raises:
            ValidationError: `FormNotJson`, `FormNotObject`, `FormKeyTwice`, or the codes of the
                class.
        """
        if not isinstance(text, str | bytes):
            raise ValidationError([wrong_type(_PATH, text, "the content of the form")])
        try:
            data, repeated = parse_json(text)
        except (ValueError, RecursionError) as error:
            raise ValidationError([_not_json(text, error)]) from error
        if repeated:
            raise ValidationError(map(_repeated_key, repeated))
        return cls.from_dict(data)

    @classmethod
    def from_dict(cls, data: object) -> Self:
        """Reads a parsed form.

        Raises:
            ValidationError: `FormNotObject`, or the codes of the class.
        """
        if not isinstance(data, Mapping):
            raise ValidationError([_not_object(data)])
        rest: dict[str, Any] = dict(data)
        workers = rest.pop("worker_groups", None)
        configurations = rest.pop("slurm_configurations", None)
        known = {name: rest.pop(name, None) for name in _TEXT_FIELDS}
        return cls(
            **known,
            worker_groups=[_worker_group(entry) for entry in workers]
            if isinstance(workers, list)
            else workers,
            slurm_configurations=SlurmConfigurations.from_dict(configurations)
            if isinstance(configurations, Mapping)
            else configurations,
            extra=rest,
        )

    def to_dict(self) -> dict[str, Any]:
        """The form as a dictionary, with keys in the order of the reference page."""
        form: dict[str, Any] = {
            "version": self.version,
            "workload_manager": self.workload_manager,
            "controller_group": self.controller_group,
            "login_group": self.login_group,
            "worker_groups": [group.to_dict() for group in self.worker_groups],
            "fsx_dns_name": self.fsx_dns_name,
            "fsx_mountname": self.fsx_mountname,
            "fsx_openzfs_dns_name": self.fsx_openzfs_dns_name,
            "slurm_configurations": self.slurm_configurations
            and self.slurm_configurations.to_dict(),
        }
        return {key: value for key, value in form.items() if value is not None} | dict(self.extra)

    def problems(self) -> Iterator[Problem]:
        """Validates the form. A form with errors cannot be created, so that warnings remain."""
        yield from _problems(self)

    def named_groups(self) -> dict[str, str]:
        """Fields of the form that name an instance group, with the names."""
        return {place: name for place, name in _named_groups(self) if isinstance(name, str)}

    def to_json(self) -> str:
        """The form as written to S3: indented by two spaces, with a final newline."""
        return json.dumps(self.to_dict(), indent=2) + "\n"


_OPTIONAL_FIELDS = ("login_group", "fsx_dns_name", "fsx_mountname", "fsx_openzfs_dns_name")
_TEXT_FIELDS = ("version", "workload_manager", "controller_group", *_OPTIONAL_FIELDS)


def _worker_group(entry: Any) -> Any:
    if not isinstance(entry, Mapping):
        return entry
    rest = dict(entry)
    return WorkerGroup(
        instance_group_name=rest.pop("instance_group_name", None),
        partition_name=rest.pop("partition_name", None),
        extra=rest,
    )


def _constant(*, code: str, path: str, value: object, expected: str) -> Iterator[Problem]:
    if value != expected and not is_unresolved(value):
        yield Problem(
            code=code,
            path=path,
            value=value,
            message="is not supported by HyperPod",
            fix=f"use {expected!r}",
        )


def _problems(form: ProvisioningParams) -> Iterator[Problem]:
    """A form must have the version and the workload manager that HyperPod supports."""
    if form.version is None:
        yield Problem(
            code="FormVersion",
            path=f"{_PATH}.version",
            value=None,
            message="is documented as required",
            fix="use '1.0.0'",
            severity=Severity.WARNING,
        )
    else:
        yield from _constant(
            code="FormVersion", path=f"{_PATH}.version", value=form.version, expected="1.0.0"
        )
    yield from required_field(f"{_PATH}.workload_manager", form.workload_manager) or _constant(
        code="WorkloadManager",
        path=f"{_PATH}.workload_manager",
        value=form.workload_manager,
        expected="slurm",
    )
    yield from required_field(f"{_PATH}.controller_group", form.controller_group) or name_problems(
        code="InstanceGroupName", path=f"{_PATH}.controller_group", value=form.controller_group
    )
    if form.login_group is not None:
        yield from name_problems(
            code="InstanceGroupName", path=f"{_PATH}.login_group", value=form.login_group
        )
    yield from _worker_problems(form.worker_groups)
    yield from _file_system_problems(form)
    if isinstance(form.slurm_configurations, SlurmConfigurations):
        yield from form.slurm_configurations.problems(f"{_PATH}.slurm_configurations")
    elif form.slurm_configurations is not None:
        yield wrong_type(
            f"{_PATH}.slurm_configurations", form.slurm_configurations, "an object of settings"
        )
    yield from object_field(f"{_PATH}.extra", form.extra)
    yield from _role_problems(form)


def _worker_problems(groups: object) -> Iterator[Problem]:
    path = f"{_PATH}.worker_groups"
    if groups is None:
        yield from required_field(path, groups)
    elif not isinstance(groups, tuple):
        yield wrong_type(path, groups, "a list of worker groups")
    else:
        for index, group in enumerate(groups):
            if isinstance(group, WorkerGroup):
                yield from group.problems(f"{path}[{index}]")
            else:
                yield wrong_type(
                    f"{path}[{index}]",
                    group,
                    "an object with instance_group_name and partition_name",
                )


def _file_system_problems(form: ProvisioningParams) -> Iterator[Problem]:
    """A Lustre file system requires a DNS name and a mount name."""
    if form.fsx_dns_name is not None:
        yield from text_field(f"{_PATH}.fsx_dns_name", form.fsx_dns_name, HOST_NAME, _DNS_NAME)
    if form.fsx_mountname is not None:
        yield from mount_name_problems(f"{_PATH}.fsx_mountname", form.fsx_mountname)
    if form.fsx_openzfs_dns_name is not None:
        yield from text_field(
            f"{_PATH}.fsx_openzfs_dns_name", form.fsx_openzfs_dns_name, HOST_NAME, _DNS_NAME
        )
    if (form.fsx_dns_name is None) != (form.fsx_mountname is None):
        given, missing = (
            ("fsx_mountname", "fsx_dns_name")
            if form.fsx_dns_name is None
            else ("fsx_dns_name", "fsx_mountname")
        )
        yield Problem(
            code="FormFileSystem",
            path=f"{_PATH}.{missing}",
            value=None,
            message=f"is required with {given} to mount the file system",
            fix="specify both or neither",
            severity=Severity.WARNING,
        )


def _role_problems(form: ProvisioningParams) -> Iterator[Problem]:
    """An instance group must be named only once in the form, except in worker groups."""
    places: dict[str, list[str]] = {}
    for field_name, name in _named_groups(form):
        if isinstance(name, str):
            places.setdefault(name, []).append(field_name)
    for name, where in places.items():
        if len(where) > 1:
            is_worker_only = all(each.startswith("worker_groups") for each in where)
            yield Problem(
                code="FormGroupRoles",
                path=f"{_PATH}.{where[-1]}",
                value=name,
                message=f"is specified in {' and '.join(where)}",
                fix="specify each instance group once in the form",
                severity=Severity.WARNING if is_worker_only else Severity.ERROR,
            )


def _named_groups(form: ProvisioningParams) -> Iterator[tuple[str, object]]:
    yield "controller_group", form.controller_group
    yield "login_group", form.login_group
    if isinstance(form.worker_groups, tuple):
        for index, group in enumerate(form.worker_groups):
            if isinstance(group, WorkerGroup):
                yield f"worker_groups[{index}]", group.instance_group_name


def _not_json(text: str | bytes, error: Exception) -> Problem:
    """The form must be valid JSON."""
    return Problem(
        code="FormNotJson",
        path=_PATH,
        value=text[:40],
        message=f"is not valid JSON: {error}",
        fix="validate the form with a JSON formatter",
    )


def _repeated_key(key: str) -> Problem:
    """Each field of the form must be specified once; JSON readers use the last value."""
    return Problem(
        code="FormKeyTwice",
        path=f"{_PATH}.{key}",
        value=key,
        message="is specified twice in one object, and only the last value would be used",
        fix="remove one of them",
    )


def _not_object(data: object) -> Problem:
    """The form must be a JSON object."""
    return Problem(
        code="FormNotObject",
        path=_PATH,
        value=data,
        message="is missing" if data is None else f"is of type {type(data).__name__}",
        fix="write the form as a JSON object",
    )
