"""Rules about names, types and numbers of instance groups, whatever schedules their jobs.

Source, unless a rule names another:
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterInstanceGroupSpecification.html
"""

from collections.abc import Iterator

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.groups.instance_types import instance_types
from hyperpod_constructs.model.names import name_problems
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.value_checks import range_problems

from .queries import all_groups, instance_groups, instance_types_of, is_known, known_count
from .rule import rule

DOCUMENTED_GROUPS = 20
MAX_GROUPS = 100
MAX_INSTANCES = 6758
MAX_INSTANCE_TYPES = 20
DEFAULT_INSTANCE_QUOTA = 20


@rule
def cluster_name(model: ClusterValues) -> Iterator[Problem]:
    """The name of a cluster is 1 to 63 letters, digits and inner hyphens.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateCluster.html
    """
    if model.cluster_name is not None:
        yield from name_problems(code="ClusterName", path="cluster_name", value=model.cluster_name)


@rule
def some_instance_group(model: ClusterValues) -> Iterator[Problem]:
    """A cluster has one group at least.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-scale-down.html
    """
    if not model.instance_groups and not model.restricted_instance_groups:
        yield Problem(
            code="NoInstanceGroups",
            path="instance_groups",
            value=[],
            message="have no group, and a cluster needs one",
            fix="pass one InstanceGroup at least",
        )


@rule
def number_of_instance_groups(model: ClusterValues) -> Iterator[Problem]:
    """The service takes 100 groups of a kind, and the user guide speaks of up to 20.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-getting-started-slurm-console.html
    """
    for path, number in (
        ("instance_groups", len(model.instance_groups)),
        ("restricted_instance_groups", len(model.restricted_instance_groups)),
    ):
        if number > MAX_GROUPS:
            yield Problem(
                code="InstanceGroupLimit",
                path=path,
                value=number,
                message=f"groups are more than the {MAX_GROUPS} that the service takes",
                fix="join groups of the same type",
            )
        elif number > DOCUMENTED_GROUPS:
            yield Problem(
                code="InstanceGroups",
                path=path,
                value=number,
                message=f"groups are more than the {DOCUMENTED_GROUPS} of the user guide",
                fix="join groups of the same type, or ask AWS support before the deployment",
                severity=Severity.WARNING,
            )


@rule
def instance_group_names(model: ClusterValues) -> Iterator[Problem]:
    """The name of a group is 1 to 63 letters, digits and inner hyphens."""
    for path, group in all_groups(model):
        yield from name_problems(code="InstanceGroupName", path=f"{path}.name", value=group.name)


@rule
def different_names(model: ClusterValues) -> Iterator[Problem]:
    """No two groups have the same name."""
    seen: dict[str, str] = {}
    for path, group in all_groups(model):
        if is_unresolved(group.name):
            continue
        if group.name in seen:
            yield Problem(
                code="DuplicateInstanceGroupName",
                path=f"{path}.name",
                value=group.name,
                message=f"is the name of {seen[group.name]} as well",
                fix="give each group a name of its own",
            )
        seen.setdefault(group.name, path)


@rule
def instance_type_or_types(model: ClusterValues) -> Iterator[Problem]:
    """A group has one type, or up to 20 in the order of preference."""
    for path, group in instance_groups(model):
        if group.instance_type is None and not group.instance_types:
            yield Problem(
                code="InstanceTypeMissing",
                path=f"{path}.instance_type",
                value=None,
                message="is needed, or instance_types",
                fix="pass a type such as 'ml.p5.48xlarge'",
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
                message=f"are given beside instance_type {group.instance_type!r}, and the service "
                "takes one of the two",
                fix="leave instance_type out, and put it first in instance_types",
            )
        if len(group.instance_types) > MAX_INSTANCE_TYPES:
            yield Problem(
                code="InstanceRequirements",
                path=f"{path}.instance_types",
                value=len(group.instance_types),
                message=f"types are more than the {MAX_INSTANCE_TYPES} that the service takes",
                fix="keep those you prefer",
            )


@rule
def known_instance_types(model: ClusterValues) -> Iterator[Problem]:
    """An instance type starts with `ml.`, and is one that the API lists.

    Lists of types age, so one that is not listed is only doubtful.
    """
    for path, group in all_groups(model):
        single = group.instance_type is not None
        for index, name in enumerate(instance_types_of(group)):
            place = f"{path}.instance_type" if single else f"{path}.instance_types[{index}]"
            if is_unresolved(name) or name in instance_types():
                continue
            if not name.startswith("ml."):
                yield Problem(
                    code="InstanceType",
                    path=place,
                    value=name,
                    message="is not a SageMaker instance type, which starts with 'ml.'",
                    fix=f"use {'ml.' + name.lower().removeprefix('ml.') if name else 'ml.p5.48xlarge'!r}",
                )
            else:
                yield Problem(
                    code="UnknownInstanceType",
                    path=place,
                    value=name,
                    message="is not among the instance types of the HyperPod API, as far as is "
                    "known here",
                    fix="check its spelling, and that your region has it",
                    severity=Severity.WARNING,
                )


@rule
def counts(model: ClusterValues) -> Iterator[Problem]:
    """A group has 0 to 6758 instances."""
    for path, group in all_groups(model):
        yield from range_problems(
            code="InstanceCount", path=f"{path}.count", value=group.count, low=0, high=MAX_INSTANCES
        )


@rule
def minimum_counts(model: ClusterValues) -> Iterator[Problem]:
    """The least number of instances is not above their number."""
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
                message=f"is above count, which is {group.count}",
                fix=f"use at most {group.count}",
            )


@rule
def threads_per_core(model: ClusterValues) -> Iterator[Problem]:
    """A core has 1 thread or 2."""
    for path, group in all_groups(model):
        yield from range_problems(
            code="ThreadsPerCore",
            path=f"{path}.threads_per_core",
            value=group.threads_per_core,
            low=1,
            high=2,
        )


@rule
def instance_quota(model: ClusterValues) -> Iterator[Problem]:
    """By default a cluster may have 20 instances, and none of any type.

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
            message=f"instances are above the default quota of {DEFAULT_INSTANCE_QUOTA} for a "
            'cluster; HyperPod: "ResourceLimitExceeded"',
            fix="have quota L-2CE978FC raised before the deployment, and that of each type",
            severity=Severity.WARNING,
        )
