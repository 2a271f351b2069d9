"""Rules about what needs, and what excludes, continuous provisioning.

Source, unless a rule names another:
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-scaling-slurm.html
"""

from collections.abc import Iterator

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.problem import Problem

from .queries import (
    CONTINUOUS,
    has_form,
    instance_groups,
    is_continuous,
    is_known,
    may_be_continuous,
)
from .rule import rule


@rule
def form_and_continuous_provisioning(model: ClusterValues) -> Iterator[Problem]:
    """Continuous provisioning reads the topology from the request, not from the form."""
    if is_continuous(model) and has_form(model):
        yield Problem(
            code="NodeProvisioningMode",
            path="node_provisioning_mode",
            value=str(model.node_provisioning_mode),
            message="needs the topology in the request, and excludes provisioning_params.json",
            fix="use ApiDrivenSlurm(), or leave node_provisioning_mode out",
        )


@rule
def minimum_counts(model: ClusterValues) -> Iterator[Problem]:
    """Only continuous provisioning brings a group up with fewer instances than asked for."""
    if may_be_continuous(model):
        return
    for path, group in instance_groups(model):
        if is_known(group.min_count):
            yield Problem(
                code="MinInstanceCountMode",
                path=f"{path}.min_count",
                value=group.min_count,
                message="needs continuous provisioning, which excludes provisioning_params.json"
                if has_form(model)
                else "needs continuous provisioning",
                fix=_fix(model, "min_count"),
            )


@rule
def several_instance_types(model: ClusterValues) -> Iterator[Problem]:
    """Only continuous provisioning chooses among instance types.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterInstanceRequirements.html
    """
    if may_be_continuous(model):
        return
    for path, group in instance_groups(model):
        if group.instance_types and is_known(group.instance_types):
            yield Problem(
                code="InstanceRequirementsMode",
                path=f"{path}.instance_types",
                value=list(group.instance_types),
                message="need continuous provisioning, which excludes provisioning_params.json"
                if has_form(model)
                else "need continuous provisioning",
                fix=_fix(model, "instance_types"),
            )


@rule
def spot(model: ClusterValues) -> Iterator[Problem]:
    """Only continuous provisioning takes Spot capacity.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-spot.html
    """
    if may_be_continuous(model):
        return
    for path, group in instance_groups(model):
        if group.capacity.is_spot:
            yield Problem(
                code="SpotProvisioning",
                path=f"{path}.capacity",
                value="Spot",
                message="needs continuous provisioning, which excludes provisioning_params.json"
                if has_form(model)
                else "needs continuous provisioning",
                fix=_fix(model, "capacity"),
            )


def _fix(model: ClusterValues, argument: str) -> str:
    orchestrator = "use ApiDrivenSlurm() with " if has_form(model) else "pass "
    return f"leave {argument} out, or {orchestrator}{CONTINUOUS}"
