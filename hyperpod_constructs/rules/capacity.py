"""Rules for the capacity of instance groups.

Source, unless a rule names another:
https://docs.aws.amazon.com/sagemaker/latest/dg/reserve-capacity-with-training-plans.html
"""

from collections.abc import Iterator

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.capacity import training_plan_problems
from hyperpod_constructs.model.groups.instance_group import InstanceGroup, NodeType
from hyperpod_constructs.model.groups.instance_types import instance_types
from hyperpod_constructs.model.problem import Problem, Severity

from .placement import availability_zones
from .queries import all_groups, instance_types_of, is_known, is_slurm
from .rule import rule


@rule
def training_plan_arns(model: ClusterValues) -> Iterator[Problem]:
    """A training plan must be specified by its ARN."""
    for path, group in all_groups(model):
        if group.capacity.training_plan_arn is not None:
            yield from training_plan_problems(
                f"{path}.capacity.training_plan_arn", group.capacity.training_plan_arn
            )


@rule
def training_plan_or_spot(model: ClusterValues) -> Iterator[Problem]:
    """Capacity can be a training plan or Spot, not both."""
    for path, group in all_groups(model):
        if group.capacity.is_spot and is_known(group.capacity.training_plan_arn):
            yield Problem(
                code="SpotTrainingPlan",
                path=f"{path}.capacity",
                value=group.capacity.training_plan_arn,
                message="cannot be specified together with Spot capacity",
                fix="use Capacity.training_plan(arn) or Capacity.spot()",
            )


@rule
def training_plan_groups(model: ClusterValues) -> Iterator[Problem]:
    """A training plan is not recommended for the controller, and supports one instance type."""
    for path, group in all_groups(model):
        plan = group.capacity.training_plan_arn
        if not is_known(plan) or not isinstance(group, InstanceGroup):
            continue
        if group.node_type is NodeType.CONTROLLER:
            yield Problem(
                code="TrainingPlanController",
                path=f"{path}.capacity",
                value=plan,
                message="expires, and the cluster cannot run without its controller",
                fix="use on-demand capacity for the controller",
                severity=Severity.WARNING,
            )
        if len(group.instance_types) > 1:
            yield Problem(
                code="TrainingPlanTypes",
                path=f"{path}.instance_types",
                value=list(group.instance_types),
                message="cannot be specified with a training plan, which reserves one instance "
                "type",
                fix="pass instance_type=, the type of the plan",
            )


@rule
def training_plan_zones(model: ClusterValues) -> Iterator[Problem]:
    """The subnet must be in the Availability Zone of the training plan."""
    zones = availability_zones(model.subnets or ())
    if len(zones) < 2:  # noqa: PLR2004 - several
        return
    for path, group in all_groups(model):
        if is_known(group.capacity.training_plan_arn) and not group.subnets:
            yield Problem(
                code="TrainingPlanZone",
                path=f"{path}.capacity",
                value=group.capacity.training_plan_arn,
                message="has capacity in one Availability Zone, and the subnets are in "
                f"{' and '.join(zones)}",
                fix="pass the subnet in the zone of the plan, for the group or the cluster",
            )


@rule
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


@rule
def spot_in_slurm(model: ClusterValues) -> Iterator[Problem]:
    """Spot capacity is documented for EKS clusters only.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-spot.html
    """
    if not is_slurm(model):
        return
    for path, group in all_groups(model):
        if group.capacity.is_spot:
            yield Problem(
                code="SpotSlurm",
                path=f"{path}.capacity",
                value="Spot",
                message="is documented for EKS clusters only",
                fix="test it on a small cluster first, or use on-demand capacity",
                severity=Severity.WARNING,
            )
