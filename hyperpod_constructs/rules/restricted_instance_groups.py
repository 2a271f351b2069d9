"""Rules for restricted instance groups, which train Amazon Nova models.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/nova-hp-cluster.html
"""

from collections.abc import Iterator

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.restricted_instance_group import RestrictedLustre
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.value_checks import range_problems

from .basis import Basis
from .queries import eks_region, is_continuous, is_known, is_slurm, names_of
from .rule import rule

_REGIONS = ("us-east-1", "us-west-2", "eu-west-2", "eu-north-1", "ap-northeast-1")


@rule(basis=Basis.AWS_PAGE)
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


@rule(basis=Basis.SERVICE_MODEL)
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


@rule(basis=Basis.AWS_PAGE)
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


@rule(basis=Basis.SERVICE_MODEL)
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


@rule(basis=Basis.INFERRED)
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


@rule(basis=Basis.PUBLIC_REPORT)
def restricted_region(model: ClusterValues) -> Iterator[Problem]:
    """Restricted instance groups are available in certain Regions only. The list can change.

    Source: https://github.com/awslabs/awsome-distributed-ai
    """
    region = eks_region(model)
    if model.restricted_instance_groups and region not in (None, *_REGIONS):
        yield Problem(
            code="RestrictedRegion",
            path="restricted_instance_groups",
            value=[group.name for group in model.restricted_instance_groups],
            message=f"are known for {', '.join(_REGIONS[:-1])} and {_REGIONS[-1]}, and the EKS "
            f"cluster is in {region}",
            fix="use an EKS cluster in one of these Regions, or contact AWS Support first",
            severity=Severity.WARNING,
        )


@rule(basis=Basis.AWS_PAGE)
def file_system_of_restricted_groups(model: ClusterValues) -> Iterator[Problem]:
    """Restricted instance groups require a file system, of each group or of all."""
    if model.shared_environment is not None:
        return
    groups = [
        (f"restricted_instance_groups[{index}]", group)
        for index, group in enumerate(model.restricted_instance_groups)
        if group.lustre is None
    ]
    if groups:
        yield Problem(
            code="RestrictedLustreMissing",
            path=f"{groups[0][0]}.lustre",
            value=None,
            message=f"is required for {names_of(groups)}, unless shared_environment is specified",
            fix="pass lustre=RestrictedLustre(...), or shared_environment=SharedEnvironment(...)",
            severity=Severity.WARNING,
        )


@rule(basis=Basis.PUBLIC_REPORT)
def provisioning_of_restricted_groups(model: ClusterValues) -> Iterator[Problem]:
    """AWS creates clusters with restricted instance groups without continuous provisioning.

    Source: https://github.com/awslabs/awsome-distributed-ai
    """
    scales = model.auto_scaling is not None and model.auto_scaling.enabled
    has_groups = any(is_known(group.name) for group in model.restricted_instance_groups)
    if has_groups and (scales or is_continuous(model)):
        yield Problem(
            code="RestrictedProvisioning",
            path="auto_scaling" if scales else "node_provisioning_mode",
            value="Enable" if scales else str(model.node_provisioning_mode),
            message="is specified together with restricted instance groups, and AWS's own "
            "configurations do not combine them",
            fix="create a separate cluster for the restricted instance groups",
            severity=Severity.WARNING,
        )
