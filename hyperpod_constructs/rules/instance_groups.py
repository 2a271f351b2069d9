"""Rules for instance groups of all orchestrators.

Source, unless a rule names another:
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterInstanceGroupSpecification.html
"""

import re
from collections.abc import Iterator

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.groups.instance_types import default_threads_per_core, instance_types
from hyperpod_constructs.model.likely_word import likely_word
from hyperpod_constructs.model.names import cluster_name_problems, name_problems
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.value_checks import range_problems

from .basis import Basis
from .queries import (
    AnyGroup,
    all_groups,
    instance_groups,
    instance_types_of,
    is_known,
    is_slurm,
    known_count,
    names_of,
)
from .rule import rule

DOCUMENTED_GROUPS = 20
MAX_GROUPS = 100
MAX_INSTANCES = 6758
MAX_INSTANCE_TYPES = 20
DEFAULT_INSTANCE_QUOTA = 20
_MULTITHREADING = 2

_INSTANCE_TYPE = r"ml\.[a-z0-9-]+\.[a-z0-9-]+"
_EXAMPLE = "ml.g5.8xlarge"


@rule(basis=Basis.SERVICE_MODEL)
def cluster_name_pattern(model: ClusterValues) -> Iterator[Problem]:
    """The name of a cluster must be 1 to 63 letters, digits and inner hyphens.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateCluster.html
    """
    if model.cluster_name is not None:
        yield from cluster_name_problems(model.cluster_name)


@rule(basis=Basis.AWS_PAGE)
def some_instance_group(model: ClusterValues) -> Iterator[Problem]:
    """A cluster must have at least one instance group.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-scale-down.html
    """
    if not model.instance_groups and not model.restricted_instance_groups:
        yield Problem(
            code="NoInstanceGroups",
            path="instance_groups",
            value=[],
            message="is empty, and a cluster requires at least one instance group",
            fix="add an InstanceGroup",
        )


@rule(basis=Basis.SERVICE_MODEL)
def number_of_instance_groups(model: ClusterValues) -> Iterator[Problem]:
    """A cluster supports up to 100 groups of a kind.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateCluster.html
    """
    for path, number in _numbers_of_groups(model):
        if number > MAX_GROUPS:
            yield Problem(
                code="InstanceGroupLimit",
                path=path,
                value=number,
                message=f"groups exceed the limit of {MAX_GROUPS}",
                fix="merge groups of the same type",
            )


@rule(basis=Basis.AWS_PAGE)
def documented_number_of_instance_groups(model: ClusterValues) -> Iterator[Problem]:
    """The user guide documents up to 20 groups.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-getting-started-slurm-console.html
    """
    for path, number in _numbers_of_groups(model):
        if DOCUMENTED_GROUPS < number <= MAX_GROUPS:
            yield Problem(
                code="InstanceGroups",
                path=path,
                value=number,
                message=f"groups exceed the {DOCUMENTED_GROUPS} documented in the user guide",
                fix="merge groups of the same type, or contact AWS Support before the deployment",
                severity=Severity.WARNING,
            )


def _numbers_of_groups(model: ClusterValues) -> tuple[tuple[str, int], ...]:
    return (
        ("instance_groups", len(model.instance_groups)),
        ("restricted_instance_groups", len(model.restricted_instance_groups)),
    )


@rule(basis=Basis.SERVICE_MODEL)
def instance_group_names(model: ClusterValues) -> Iterator[Problem]:
    """The name of a group must be 1 to 63 letters, digits and inner hyphens."""
    for path, group in all_groups(model):
        if _is_swapped(group):
            yield Problem(
                code="InstanceGroupName",
                path=f"{path}.name",
                value=group.name,
                message=f"is an instance type, and instance_type is {group.instance_type!r}",
                fix=f"use {group.instance_type!r} as the name, and instance_type={group.name!r}",
            )
        else:
            yield from name_problems(
                code="InstanceGroupName", path=f"{path}.name", value=group.name
            )


def _is_swapped(group: AnyGroup) -> bool:
    """Whether the name and the instance type of a group were exchanged."""
    return (
        group.name.startswith("ml.")
        and is_known(group.instance_type)
        and not str(group.instance_type).startswith("ml.")
    )


@rule(basis=Basis.INFERRED)
def different_names(model: ClusterValues) -> Iterator[Problem]:
    """Group names must be unique."""
    seen: dict[str, str] = {}
    for path, group in all_groups(model):
        if group.name in seen:
            yield Problem(
                code="DuplicateInstanceGroupName",
                path=f"{path}.name",
                value=group.name,
                message=f"is already the name of {seen[group.name]}",
                fix="use a unique name for each group",
            )
        seen.setdefault(group.name, path)


@rule(basis=Basis.SERVICE_MODEL)
def instance_type_or_types(model: ClusterValues) -> Iterator[Problem]:
    """A group requires one instance type, or up to 20 in order of preference."""
    for path, group in instance_groups(model):
        if group.instance_type is None and not group.instance_types:
            yield Problem(
                code="InstanceTypeMissing",
                path=f"{path}.instance_type",
                value=None,
                message="is required, unless instance_types is specified",
                fix=f"pass a type such as {_EXAMPLE!r}",
            )
        elif (
            is_known(group.instance_type)
            and group.instance_types
            and is_known(group.instance_types)
        ):
            yield Problem(
                code="InstanceTypeConflict",
                path=f"{path}.instance_types",
                value=list(group.instance_types),
                message=f"cannot be specified together with instance_type {group.instance_type!r}",
                fix="omit instance_type, and add it as the first of instance_types",
            )
        if len(group.instance_types) > MAX_INSTANCE_TYPES:
            yield Problem(
                code="InstanceRequirements",
                path=f"{path}.instance_types",
                value=len(group.instance_types),
                message=f"types exceed the limit of {MAX_INSTANCE_TYPES}",
                fix="keep the preferred types",
            )


@rule(basis=Basis.AWS_PAGE)
def different_instance_types(model: ClusterValues) -> Iterator[Problem]:
    """The instance types of a group must be unique.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterInstanceRequirements.html
    """
    for path, group in instance_groups(model):
        if is_unresolved(group.instance_types):
            continue
        for index, name in enumerate(group.instance_types):
            first = group.instance_types.index(name)
            if first != index:
                yield Problem(
                    code="InstanceTypeTwice",
                    path=f"{path}.instance_types[{index}]",
                    value=name,
                    message=f"is a duplicate of {path}.instance_types[{first}]",
                    fix="remove the duplicate",
                )


@rule(basis=Basis.AWS_PAGE)
def instance_types_in_slurm(model: ClusterValues) -> Iterator[Problem]:
    """Groups of multiple instance types are documented for EKS clusters only.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-scaling-slurm.html
    """
    if not is_slurm(model):
        return
    groups = [
        (path, group)
        for path, group in instance_groups(model)
        if group.instance_types and is_known(group.instance_types)
    ]
    if groups:
        path, group = groups[0]
        yield Problem(
            code="InstanceRequirementsSlurm",
            path=f"{path}.instance_types",
            value=list(group.instance_types),
            message="are documented for EKS clusters only, and multiple types are specified for "
            f"{names_of(groups)}",
            fix="test it on a small cluster first, or pass instance_type=",
            severity=Severity.WARNING,
        )


@rule(basis=Basis.SERVICE_MODEL)
def known_instance_types(model: ClusterValues) -> Iterator[Problem]:
    """An instance type must start with `ml.`, and must be in the list of the API.

    The list can change, so a type that is not listed is a warning.
    """
    for path, group in all_groups(model):
        single = group.instance_type is not None
        for index, name in enumerate(instance_types_of(group)):
            place = f"{path}.instance_type" if single else f"{path}.instance_types[{index}]"
            if is_unresolved(name) or name in instance_types() or _is_swapped(group):
                continue
            if not re.fullmatch(_INSTANCE_TYPE, name):
                yield Problem(
                    code="InstanceType",
                    path=place,
                    value=name,
                    message="is not a SageMaker instance type, which must start with 'ml.'"
                    if not name.startswith("ml.")
                    else "must be lowercase letters, digits, hyphens and two dots",
                    fix=_type_fix(name),
                )
            else:
                close = likely_word(name, instance_types(), cutoff=0.95)
                yield Problem(
                    code="UnknownInstanceType",
                    path=place,
                    value=name,
                    message="is not a known instance type of the HyperPod API",
                    fix="verify the spelling, and that the type is available in your Region"
                    + (f"; did you mean {close!r}?" if close else ""),
                    severity=Severity.WARNING,
                )


def _type_fix(name: str) -> str:
    likely = _likely_type(name)
    return f"use {likely!r}" if likely else f"use a type such as {_EXAMPLE!r}"


def _likely_type(name: str) -> str | None:
    """The intended instance type, if it is known."""
    spelled = name.lower().replace("_", "-").removeprefix("ml.")
    if re.fullmatch(_INSTANCE_TYPE, f"ml.{spelled}"):
        return f"ml.{spelled}"
    legal = re.sub(r"[^a-z0-9.-]+", "", spelled)
    family = [each for each in instance_types() if each.startswith(f"ml.{legal}.")]
    return min(family, key=len, default=None) or likely_word(
        f"ml.{legal}", instance_types(), cutoff=0.8
    )


@rule(basis=Basis.SERVICE_MODEL)
def instance_counts(model: ClusterValues) -> Iterator[Problem]:
    """A group must have 0 to 6758 instances."""
    for path, group in all_groups(model):
        yield from range_problems(
            code="InstanceCount", path=f"{path}.count", value=group.count, low=0, high=MAX_INSTANCES
        )


@rule(basis=Basis.AWS_PAGE)
def minimum_counts(model: ClusterValues) -> Iterator[Problem]:
    """The minimum count cannot exceed the count."""
    for path, group in instance_groups(model):
        if group.min_count is None or is_unresolved(group.min_count):
            continue
        yield from range_problems(
            code="InstanceCount",
            path=f"{path}.min_count",
            value=group.min_count,
            low=0,
            high=MAX_INSTANCES,
        )
        if not is_unresolved(group.count) and group.min_count > group.count:
            yield Problem(
                code="MinInstanceCount",
                path=f"{path}.min_count",
                value=group.min_count,
                message=f"exceeds count, which is {group.count}",
                fix=f"use {group.count} or less",
            )


@rule(basis=Basis.SERVICE_MODEL)
def supported_threads_per_core(model: ClusterValues) -> Iterator[Problem]:
    """Threads per core must be 1 or 2."""
    for path, group in all_groups(model):
        yield from range_problems(
            code="ThreadsPerCore",
            path=f"{path}.threads_per_core",
            value=group.threads_per_core,
            low=1,
            high=2,
        )


@rule(basis=Basis.SERVICE_MODEL)
def threads_of_instance_types(model: ClusterValues) -> Iterator[Problem]:
    """Two threads per core require an instance type with multithreading."""
    for path, group in all_groups(model):
        if group.threads_per_core != _MULTITHREADING:
            continue
        without = [
            name
            for name in instance_types_of(group)
            if name in instance_types() and default_threads_per_core(name) == 1
        ]
        if without:
            yield Problem(
                code="ThreadsPerCoreType",
                path=f"{path}.threads_per_core",
                value=group.threads_per_core,
                message=f"requires multithreading, which {without[0]!r} is not known to support",
                fix="use threads_per_core=1, or omit it",
                severity=Severity.WARNING,
            )


@rule(basis=Basis.AWS_PAGE)
def instance_quota(model: ClusterValues) -> Iterator[Problem]:
    """The default quotas are 20 instances per cluster, and 0 instances of each type.

    Source: https://docs.aws.amazon.com/general/latest/gr/sagemaker.html#limits_sagemaker
    """
    total = sum(known_count(group) for _, group in all_groups(model))
    if total > DEFAULT_INSTANCE_QUOTA:
        groups = model.instance_groups or model.restricted_instance_groups
        kind = "" if isinstance(groups[0], InstanceGroup) else "restricted_"
        yield Problem(
            code="InstanceQuota",
            path=f"{kind}instance_groups",
            value=total,
            message=f"instances exceed the default quota of {DEFAULT_INSTANCE_QUOTA} per cluster; "
            'HyperPod: "ResourceLimitExceeded"',
            fix="request an increase of quota L-2CE978FC, and of the quota of each type, before "
            "the deployment",
            severity=Severity.WARNING,
        )
