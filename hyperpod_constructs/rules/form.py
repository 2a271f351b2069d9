"""Rules for the provisioning form.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ref.html
"""

from collections.abc import Iterator

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.instance_group import InstanceGroup, NodeType
from hyperpod_constructs.model.orchestrator import ApiDrivenSlurm, Slurm
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.slurm.provisioning_params import FORM_NAMES, ProvisioningParams
from hyperpod_constructs.model.slurm.slurm_configurations import SlurmConfigurations
from hyperpod_constructs.model.tokens import is_unresolved

from .basis import Basis
from .queries import groups_of_type, has_form, instance_groups
from .rule import rule

_QUOTE = (
    'HyperPod: "The instance group names provided by the request do not match the instance '
    'group names provided by the provisioning_parameters.json file"'
)


@rule(basis=Basis.AWS_PAGE)
def form_fields(model: ClusterValues) -> Iterator[Problem]:
    """An existing form must be valid, and so must the part of it that is specified."""
    if model.provisioning_params is not None:
        yield from model.provisioning_params.problems()
    match model.orchestrator:
        case Slurm(slurm_configurations=SlurmConfigurations() as configurations):
            yield from configurations.problems("orchestrator.slurm_configurations")


@rule(basis=Basis.AWS_PAGE)
def form_and_groups(model: ClusterValues) -> Iterator[Problem]:
    """An existing form must name exactly the instance groups of the cluster."""
    if model.provisioning_params is None or not has_form(model):
        return
    existing = {group.name for group in model.instance_groups}
    named = model.provisioning_params.named_groups()
    if any(is_unresolved(name) for name in (*existing, *named.values())):
        return
    for place, name in named.items():
        if name not in existing:
            yield Problem(
                code="FormGroupUnknown",
                path=f"provisioning_params.{place}",
                value=name,
                message=f"is not an instance group of the cluster; {_QUOTE}",
                fix=f"use one of {sorted(existing)}",
            )
    for path, group in instance_groups(model):
        if group.name not in named.values():
            yield Problem(
                code="FormGroupMissing",
                path=f"{path}.name",
                value=group.name,
                message=f"is not specified in {FORM_NAMES[0]}; {_QUOTE}",
                fix=f"{_entry_of(group, model.provisioning_params)} in the form",
            )


def _entry_of(group: InstanceGroup, form: ProvisioningParams) -> str:
    """How a group is added to a form. A request does not have its node type."""
    if group.node_type is NodeType.LOGIN or (
        group.node_type is None and form.login_group is None and "login" in group.name.lower()
    ):
        return "specify it as login_group"
    if group.node_type is NodeType.CONTROLLER:
        return "specify it as controller_group"
    return "add it to worker_groups"


@rule(basis=Basis.AWS_PAGE)
def form_and_mode(model: ClusterValues) -> Iterator[Problem]:
    """API-driven Slurm clusters and EKS clusters do not support a form.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-slurm-api-config-migration.html
    """
    if model.provisioning_params is None or has_form(model):
        return
    yield Problem(
        code="FormMode",
        path="provisioning_params",
        value=model.provisioning_params.controller_group,
        message='is a form, which API-driven Slurm does not support; HyperPod: "The '
        "LifeCycleConfig cannot include both a SLURM Orchestrator Config and a "
        'provisioning_parameters.json file simultaneously."'
        if isinstance(model.orchestrator, ApiDrivenSlurm)
        else "is a form, which an EKS cluster does not support",
        fix="omit provisioning_params, and delete the form from the bucket",
    )


@rule(basis=Basis.LIBRARY)
def shared_database(model: ClusterValues) -> Iterator[Problem]:
    """Multiple controllers require a secret, a database, a user and a shared directory.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-multihead-slurm-setup.html
    """
    if isinstance(model.orchestrator, Slurm):
        yield from model.orchestrator.multi_head_problems(
            model.instance_groups, model.file_systems, has_other_mounts=_has_other_mounts(model)
        )


def _has_other_mounts(model: ClusterValues) -> bool:
    """Whether own scripts or the AMI of the controllers can mount a file system."""
    has_default_scripts = (
        model.steps is not None and model.scripts is not None and model.scripts.overlay is None
    )
    return not has_default_scripts or any(
        group.image_id is not None for _, group in groups_of_type(model, NodeType.CONTROLLER)
    )
