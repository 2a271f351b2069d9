"""Rules for restricted instance groups, which train Amazon Nova models.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/nova-hp-cluster.html
"""

from collections.abc import Iterator

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.restricted_instance_group import RestrictedLustre
from hyperpod_constructs.model.orchestrator import Eks
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.references import EksClusterReference
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.value_checks import range_problems

from .queries import is_slurm
from .rule import rule

_REGION = "us-east-1"
_REGION_OF_ARN = 3


@rule
def restricted_groups_mode(model: ClusterValues) -> Iterator[Problem]:
    """Restricted instance groups and shared environments require EKS."""
    if not is_slurm(model):
        return
    for path, value in (
        ("restricted_instance_groups", [group.name for group in model.restricted_instance_groups]),
        ("shared_environment", model.shared_environment and "SharedEnvironment"),
    ):
        if value:
            yield Problem(
                code="RestrictedInstanceGroupsMode",
                path=path,
                value=value,
                message="is not supported in a Slurm cluster",
                fix=f"use Eks(cluster), or omit {path}",
            )


@rule
def restricted_capacity(model: ClusterValues) -> Iterator[Problem]:
    """Restricted instance groups do not support Spot capacity.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterRestrictedInstanceGroupSpecification.html
    """
    for index, group in enumerate(model.restricted_instance_groups):
        if group.capacity.is_spot:
            yield Problem(
                code="RestrictedCapacity",
                path=f"restricted_instance_groups[{index}].capacity",
                value="Spot",
                message="is not supported for restricted instance groups",
                fix="use Capacity.on_demand() or Capacity.training_plan(arn)",
            )


@rule
def restricted_volume_keys(model: ClusterValues) -> Iterator[Problem]:
    """Volumes of restricted instance groups do not support customer managed keys.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-cmk.html
    """
    for index, group in enumerate(model.restricted_instance_groups):
        for number, volume in enumerate(group.volumes):
            if volume.kms_key is not None:
                yield Problem(
                    code="RestrictedVolumeKey",
                    path=f"restricted_instance_groups[{index}].volumes[{number}].kms_key",
                    value=group.name,
                    message="is a restricted instance group, whose volumes do not support "
                    "customer managed keys",
                    fix="omit kms_key",
                )


@rule
def restricted_file_systems(model: ClusterValues) -> Iterator[Problem]:
    """Restricted file systems must have 1200 to 100800 GiB, and 125 to 1000 MB/s per TiB.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_FSxLustreConfig.html
    """
    for index, group in enumerate(model.restricted_instance_groups):
        if group.lustre is not None:
            yield from _lustre(f"restricted_instance_groups[{index}].lustre", group.lustre)
    if model.shared_environment is not None:
        yield from _lustre("shared_environment.lustre", model.shared_environment.lustre)


def _lustre(path: str, lustre: RestrictedLustre) -> Iterator[Problem]:
    """Restricted file systems must have 1200 to 100800 GiB, and 125 to 1000 MB/s per TiB.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_FSxLustreConfig.html
    """
    yield from range_problems(
        code="RestrictedLustre",
        path=f"{path}.size_gib",
        value=lustre.size_gib,
        low=1200,
        high=100800,
    )
    yield from range_problems(
        code="RestrictedLustre",
        path=f"{path}.per_unit_storage_throughput",
        value=lustre.per_unit_storage_throughput,
        low=125,
        high=1000,
    )


@rule
def shared_environment_of_restricted_groups(model: ClusterValues) -> Iterator[Problem]:
    """A shared environment requires restricted instance groups."""
    if model.shared_environment is not None and not model.restricted_instance_groups:
        yield Problem(
            code="SharedEnvironmentUnused",
            path="shared_environment",
            value="SharedEnvironment",
            message="is not used without a restricted instance group",
            fix="pass restricted_instance_groups=, or omit shared_environment",
            severity=Severity.WARNING,
        )


@rule
def restricted_region(model: ClusterValues) -> Iterator[Problem]:
    """Restricted instance groups are documented for one Region."""
    if not model.restricted_instance_groups or not isinstance(model.orchestrator, Eks):
        return
    cluster = model.orchestrator.cluster
    if isinstance(cluster, EksClusterReference) and not is_unresolved(cluster.cluster_arn):
        region = [*cluster.cluster_arn.split(":"), "", "", "", ""][_REGION_OF_ARN]
        if region not in {_REGION, ""}:
            yield Problem(
                code="RestrictedRegion",
                path="restricted_instance_groups",
                value=[group.name for group in model.restricted_instance_groups],
                message=f"are documented for {_REGION}, and the EKS cluster is in {region}",
                fix=f"use an EKS cluster in {_REGION}, or contact AWS Support first",
                severity=Severity.WARNING,
            )
