"""Rules for the capacity of instance groups.

Source, unless a rule names another:
https://docs.aws.amazon.com/sagemaker/latest/dg/reserve-capacity-with-training-plans.html
"""

from collections.abc import Iterator

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.capacity import training_plan_problems
from hyperpod_constructs.model.groups.instance_group import NodeType
from hyperpod_constructs.model.groups.instance_types import instance_types
from hyperpod_constructs.model.problem import Problem, Severity

from .basis import Basis
from .placement import availability_zones
from .queries import (
    all_groups,
    eks_region,
    instance_groups,
    instance_types_of,
    is_known,
    is_slurm,
    names_of,
    region_of_arn,
)
from .rule import rule


@rule(basis=Basis.SERVICE_MODEL)
def training_plan_arns(model: ClusterValues) -> Iterator[Problem]:
    """A training plan must be specified by its ARN."""
    for path, group in all_groups(model):
        if group.capacity.training_plan_arn is not None:
            yield from training_plan_problems(
                f"{path}.capacity.training_plan_arn", group.capacity.training_plan_arn
            )


@rule(basis=Basis.INFERRED)
def training_plan_or_spot(model: ClusterValues) -> Iterator[Problem]:
    """Capacity can be a training plan or Spot, not both."""
    for path, group in all_groups(model):
        if group.capacity.is_spot and is_known(group.capacity.training_plan_arn):
            yield Problem(
                code="SpotTrainingPlan",
                path=f"{path}.capacity",
                value=group.capacity.training_plan_arn,
                message="is specified together with Spot capacity, and a group has capacity of one "
                "kind",
                fix="use Capacity.training_plan(arn) or Capacity.spot()",
                severity=Severity.WARNING,
            )


@rule(basis=Basis.AWS_PAGE)
def training_plan_groups(model: ClusterValues) -> Iterator[Problem]:
    """A training plan is not recommended for the controller."""
    for path, group in instance_groups(model):
        plan = group.capacity.training_plan_arn
        if is_known(plan) and group.node_type is NodeType.CONTROLLER:
            yield Problem(
                code="TrainingPlanController",
                path=f"{path}.capacity",
                value=plan,
                message="expires, and the cluster cannot run without its controller",
                fix="use on-demand capacity for the controller",
                severity=Severity.WARNING,
            )


@rule(basis=Basis.SERVICE_MODEL)
def training_plan_of_several_types(model: ClusterValues) -> Iterator[Problem]:
    """A training plan has one or more reserved capacities, each of one instance type.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ReservedCapacitySummary.html
    """
    for path, group in instance_groups(model):
        if is_known(group.capacity.training_plan_arn) and len(group.instance_types) > 1:
            yield Problem(
                code="TrainingPlanTypes",
                path=f"{path}.instance_types",
                value=list(group.instance_types),
                message="are multiple types, and each reserved capacity of a training plan has one",
                fix="verify the types of the plan with aws sagemaker describe-training-plan",
                severity=Severity.WARNING,
            )


@rule(basis=Basis.AWS_PAGE)
def training_plan_zones(model: ClusterValues) -> Iterator[Problem]:
    """The subnets must include one in the Availability Zone of the training plan."""
    zones = availability_zones(model.subnets or ())
    if len(zones) < 2:  # noqa: PLR2004 - several
        return
    for path, group in all_groups(model):
        if is_known(group.capacity.training_plan_arn) and not group.subnets:
            yield Problem(
                code="TrainingPlanZone",
                path=f"{path}.capacity",
                value=group.capacity.training_plan_arn,
                message="reserves capacity in certain Availability Zones, and the subnets are in "
                f"{' and '.join(zones)}",
                fix="verify that they include the zone of the plan with aws sagemaker "
                "describe-training-plan, or pass the subnet in this zone for the group",
                severity=Severity.WARNING,
            )


@rule(basis=Basis.SERVICE_MODEL)
def training_plan_types(model: ClusterValues) -> Iterator[Problem]:
    """Training plans support certain instance types only. The list can change.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ReservedCapacityOffering.html
    """
    known = instance_types()
    for path, group in all_groups(model):
        if not is_known(group.capacity.training_plan_arn):
            continue
        for name in instance_types_of(group):
            if name in known and not known[name].training_plan:
                yield Problem(
                    code="TrainingPlanType",
                    path=f"{path}.capacity",
                    value=group.capacity.training_plan_arn,
                    message=f"is not known to reserve {name!r}",
                    fix="verify the type with aws sagemaker describe-training-plan",
                    severity=Severity.WARNING,
                )


@rule(basis=Basis.AWS_PAGE)
def spot_in_slurm(model: ClusterValues) -> Iterator[Problem]:
    """Spot capacity is documented for EKS clusters only.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-spot.html
    """
    groups = [(path, group) for path, group in instance_groups(model) if group.capacity.is_spot]
    if groups and is_slurm(model):
        yield Problem(
            code="SpotSlurm",
            path=f"{groups[0][0]}.capacity",
            value="Spot",
            message=f"is documented for EKS clusters only, and is the capacity of {names_of(groups)}",
            fix="test it on a small cluster first, or use on-demand capacity",
            severity=Severity.WARNING,
        )


@rule(basis=Basis.INFERRED)
def training_plan_region(model: ClusterValues) -> Iterator[Problem]:
    """A training plan reserves capacity in one Region, which must be that of the EKS cluster."""
    region = eks_region(model)
    if region is None:
        return
    for path, group in all_groups(model):
        plan = group.capacity.training_plan_arn
        other = region_of_arn(plan) if plan else None
        if other is not None and other != region:
            yield Problem(
                code="TrainingPlanRegion",
                path=f"{path}.capacity",
                value=plan,
                message=f"reserves capacity in {other}, and the EKS cluster is in {region}",
                fix=f"use a training plan in {region}",
                severity=Severity.WARNING,
            )
