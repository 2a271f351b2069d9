"""Rules about groups that train Amazon Nova models.

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
    """Restricted groups, and what they share, are for EKS clusters."""
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
                message="is for EKS clusters, and this is a Slurm cluster",
                fix=f"use Eks(cluster), or leave {path} out",
            )


@rule
def restricted_capacity(model: ClusterValues) -> Iterator[Problem]:
    """Restricted groups have no Spot capacity.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterRestrictedInstanceGroupSpecification.html
    """
    for index, group in enumerate(model.restricted_instance_groups):
        if group.capacity.is_spot:
            yield Problem(
                code="RestrictedCapacity",
                path=f"restricted_instance_groups[{index}].capacity",
                value="Spot",
                message="is not offered to restricted groups",
                fix="use Capacity.on_demand() or Capacity.training_plan(arn)",
            )


@rule
def restricted_volume_keys(model: ClusterValues) -> Iterator[Problem]:
    """Volumes of restricted groups have no keys of one's own.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-cmk.html
    """
    for index, group in enumerate(model.restricted_instance_groups):
        for number, volume in enumerate(group.volumes):
            if volume.kms_key is not None:
                yield Problem(
                    code="RestrictedVolumeKey",
                    path=f"restricted_instance_groups[{index}].volumes[{number}].kms_key",
                    value=group.name,
                    message="is a restricted group, whose volumes have no key of one's own",
                    fix="leave kms_key out",
                )


@rule
def restricted_file_systems(model: ClusterValues) -> Iterator[Problem]:
    """The file system of restricted groups has 1200 to 100800 GiB and 125 to 1000 MB/s for a TiB.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_FSxLustreConfig.html
    """
    for index, group in enumerate(model.restricted_instance_groups):
        if group.lustre is not None:
            yield from _lustre(f"restricted_instance_groups[{index}].lustre", group.lustre)
    if model.shared_environment is not None:
        yield from _lustre("shared_environment.lustre", model.shared_environment.lustre)


def _lustre(path: str, lustre: RestrictedLustre) -> Iterator[Problem]:
    """The file system of restricted groups has 1200 to 100800 GiB and 125 to 1000 MB/s for a TiB.

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
def shared_environment(model: ClusterValues) -> Iterator[Problem]:
    """An environment is shared by restricted groups."""
    if model.shared_environment is not None and not model.restricted_instance_groups:
        yield Problem(
            code="SharedEnvironmentUnused",
            path="shared_environment",
            value="SharedEnvironment",
            message="is given without a restricted group that would share it",
            fix="pass restricted_instance_groups=, or leave shared_environment out",
            severity=Severity.WARNING,
        )


@rule
def restricted_region(model: ClusterValues) -> Iterator[Problem]:
    """Restricted groups are documented for one region."""
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
                fix=f"use an EKS cluster in {_REGION}, or ask AWS support first",
                severity=Severity.WARNING,
            )
