"""Rules for the groups of Slurm clusters.

Source, unless a rule names another:
https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-getting-started-slurm-cli.html
"""

from collections.abc import Iterator

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.instance_group import NodeType
from hyperpod_constructs.model.names import form_partition_problems, partition_problems
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.type_checks import choices_text

from .basis import Basis
from .queries import (
    groups_of_type,
    has_form,
    has_known_topology,
    instance_groups,
    is_known,
    is_slurm,
    shares_database,
)
from .rule import rule


@rule(basis=Basis.AWS_PAGE)
def controller_group(model: ClusterValues) -> Iterator[Problem]:
    """A cluster must have exactly one controller group."""
    if not has_known_topology(model):
        return
    controllers = groups_of_type(model, NodeType.CONTROLLER)
    if not controllers:
        yield Problem(
            code="ControllerGroup",
            path="instance_groups",
            value=[group.name for group in model.instance_groups],
            message='has no controller group; HyperPod: "Cluster must have exactly one '
            'InstanceGroup with Controller node type", "Cluster X has no InstanceGroup with '
            'Controller node type."',
            fix="add InstanceGroup.controller(instance_type=...)",
        )
    for path, group in controllers[1:]:
        yield Problem(
            code="ControllerGroup",
            path=path,
            value=group.name,
            message=f"is a second controller group in addition to {controllers[0][1].name!r}; "
            f'HyperPod: "{len(controllers)} Controller Groups found: SlurmConfig for '
            'InstanceGroups may only have one Controller Group."',
            fix="use one controller group",
        )


@rule(basis=Basis.AWS_PAGE)
def controller_count(model: ClusterValues) -> Iterator[Problem]:
    """A second controller requires a shared database (multi-head) and the form.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-multihead-slurm-setup.html
    """
    multi_head = shares_database(model)
    for path, group in groups_of_type(model, NodeType.CONTROLLER):
        if is_unresolved(group.count) or group.count == 1 or (multi_head and group.count > 1):
            continue
        several = (
            ", or pass Slurm(multi_head=MultiHead()) or Slurm(slurm_configurations=...)"
            if has_form(model) and group.count > 1
            else ""
        )
        yield Problem(
            code="ControllerCount",
            path=f"{path}.count",
            value=group.count,
            message="must be 1, unless the controllers share a database"
            if has_form(model)
            else "must be 1; multiple controllers require the provisioning form",
            fix=f"use count=1{several}",
        )


@rule(basis=Basis.AWS_PAGE)
def login_group(model: ClusterValues) -> Iterator[Problem]:
    """A cluster can have one login group.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ref.html
    """
    logins = groups_of_type(model, NodeType.LOGIN)
    for path, group in logins[1:]:
        yield Problem(
            code="LoginGroup",
            path=path,
            value=group.name,
            message=f"is a second login group in addition to {logins[0][1].name!r}",
            fix="use one login group, and increase its count",
        )


@rule(basis=Basis.INFERRED)
def node_types(model: ClusterValues) -> Iterator[Problem]:
    """Groups of a Slurm cluster require a node type."""
    if not is_slurm(model) or model.provisioning_params is not None:
        return
    for path, group in instance_groups(model):
        if group.node_type is None:
            yield Problem(
                code="NodeType",
                path=f"{path}.node_type",
                value=group.name,
                message="is a group without a node type, which Slurm requires",
                fix="use InstanceGroup.controller, .login or .worker",
            )


@rule(basis=Basis.SERVICE_MODEL)
def valid_node_types(model: ClusterValues) -> Iterator[Problem]:
    """A node type must be controller, login or worker.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterSlurmConfig.html
    """
    for path, group in instance_groups(model):
        if is_known(group.node_type) and group.node_type not in tuple(NodeType):
            yield Problem(
                code="NodeType",
                path=f"{path}.node_type",
                value=group.node_type,
                message="is not a valid node type",
                fix=f"use {choices_text(NodeType, group.node_type)}",
            )


@rule(basis=Basis.AWS_PAGE)
def partition_of_workers_only(model: ClusterValues) -> Iterator[Problem]:
    """Worker groups require one partition. Other groups do not support partitions."""
    for path, group in instance_groups(model):
        argument = f"{path}.partition"
        if group.node_type is NodeType.WORKER:
            if group.partition is None and is_slurm(model):
                yield Problem(
                    code="PartitionMissing",
                    path=argument,
                    value=None,
                    message=f"is required for worker group {group.name!r}",
                    fix=f"pass partition={group.name!r}",
                )
            elif group.partition is None:
                continue
            elif has_form(model):
                yield from form_partition_problems(argument, group.partition)
            else:
                yield from partition_problems(argument, group.partition)
        elif is_known(group.partition) and not is_unresolved(group.node_type):
            yield Problem(
                code="PartitionNotAllowed",
                path=argument,
                value=group.partition,
                message=f"is specified for {group.name!r}, which is not a worker group; HyperPod: "
                '"Partitions can only be assigned to Compute node types"',
                fix="omit partition",
            )


@rule(basis=Basis.AWS_PAGE)
def automatic_partition(model: ClusterValues) -> Iterator[Problem]:
    """HyperPod adds every node to partition `dev`.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ref.html
    """
    for path, group in groups_of_type(model, NodeType.WORKER):
        if group.partition == "dev":
            yield Problem(
                code="AutomaticPartition",
                path=f"{path}.partition",
                value=group.partition,
                message="is the partition to which HyperPod adds every node",
                fix="use another name for a separate partition of this group",
                severity=Severity.WARNING,
            )


@rule(basis=Basis.AWS_PAGE)
def worker_groups(model: ClusterValues) -> Iterator[Problem]:
    """A cluster requires workers to run jobs."""
    if (
        has_known_topology(model)
        and groups_of_type(model, NodeType.CONTROLLER)
        and not groups_of_type(model, NodeType.WORKER)
    ):
        yield Problem(
            code="WorkerGroups",
            path="instance_groups",
            value=[group.name for group in model.instance_groups],
            message="has no worker group, so no job can run",
            fix="add InstanceGroup.worker(...)",
            severity=Severity.WARNING,
        )
