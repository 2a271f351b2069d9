"""Rules for continuous provisioning.

Source, unless a rule names another:
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-scaling-slurm.html
"""

from collections.abc import Iterator

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.problem import Problem

from .basis import Basis
from .queries import (
    CONTINUOUS,
    has_form,
    instance_groups,
    is_continuous,
    is_known,
    may_be_continuous,
)
from .rule import rule


@rule(basis=Basis.AWS_PAGE)
def form_and_continuous_provisioning(model: ClusterValues) -> Iterator[Problem]:
    """Continuous provisioning does not support the provisioning form."""
    if is_continuous(model) and has_form(model):
        yield Problem(
            code="NodeProvisioningMode",
            path="node_provisioning_mode",
            value=str(model.node_provisioning_mode),
            message="requires the topology in the request, and does not support "
            "provisioning_params.json",
            fix="use ApiDrivenSlurm(), or omit node_provisioning_mode",
        )


@rule(basis=Basis.AWS_PAGE)
def minimum_counts(model: ClusterValues) -> Iterator[Problem]:
    """A minimum count requires continuous provisioning."""
    if may_be_continuous(model):
        return
    for path, group in instance_groups(model):
        if is_known(group.min_count):
            yield Problem(
                code="MinInstanceCountMode",
                path=f"{path}.min_count",
                value=group.min_count,
                message="requires continuous provisioning, which does not support "
                "provisioning_params.json"
                if has_form(model)
                else "requires continuous provisioning",
                fix=_fix(model, "min_count"),
            )


@rule(basis=Basis.AWS_PAGE)
def several_instance_types(model: ClusterValues) -> Iterator[Problem]:
    """Multiple instance types require continuous provisioning.

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
                message="require continuous provisioning, which does not support "
                "provisioning_params.json"
                if has_form(model)
                else "require continuous provisioning",
                fix=_fix(model, "instance_types"),
            )


@rule(basis=Basis.AWS_PAGE)
def spot_needs_continuous_provisioning(model: ClusterValues) -> Iterator[Problem]:
    """Spot capacity requires continuous provisioning.

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
                message="requires continuous provisioning, which does not support "
                "provisioning_params.json"
                if has_form(model)
                else "requires continuous provisioning",
                fix=_fix(model, "capacity"),
            )


def _fix(model: ClusterValues, argument: str) -> str:
    orchestrator = "use ApiDrivenSlurm() with " if has_form(model) else "pass "
    return f"omit {argument}, or {orchestrator}{CONTINUOUS}"
