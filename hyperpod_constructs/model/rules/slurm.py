"""Rules of Slurm clusters whose topology stands in the provisioning form.

Source, unless a rule names another:
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ref.html
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hyperpod_constructs.model.errors import Problem, Severity
from hyperpod_constructs.model.instance_group import InstanceGroup, NodeType
from hyperpod_constructs.model.names import partition_problems
from hyperpod_constructs.model.provisioning_params import FORM_NAMES
from hyperpod_constructs.model.tokens import is_unresolved

from .instance_groups import group_path

if TYPE_CHECKING:
    from hyperpod_constructs.model.cluster_model import ClusterModel


def controller_group(model: "ClusterModel") -> Iterator[Problem]:
    """Exactly one group is the controller's.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-getting-started-slurm-cli.html
    """
    if model.provisioning_params is not None:
        return
    controllers = _of_type(model, NodeType.CONTROLLER)
    if not controllers:
        yield Problem(
            code="ControllerGroup",
            path="instance_groups",
            value=[str(group.name) for group in model.instance_groups],
            message='have no controller; HyperPod: "Cluster must have exactly one InstanceGroup '
            'with Controller node type"',
            fix="add InstanceGroup.controller(instance_type=...)",
        )
    for index, group in controllers[1:]:
        yield Problem(
            code="ControllerGroup",
            path=group_path(index),
            value=group.name,
            message=f"is a second controller group beside {controllers[0][1].name!r}; HyperPod: "
            f'"{len(controllers)} Controller Groups found"',
            fix="keep one controller group",
        )


def controller_count(model: "ClusterModel") -> Iterator[Problem]:
    """One controller, or several that share a database (multi-head).

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-multihead-slurm-setup.html
    """
    for index, group in _of_type(model, NodeType.CONTROLLER):
        if is_unresolved(group.count) or not isinstance(group.count, int):
            continue
        if group.count < 1 or (group.count > 1 and not shares_database(model)):
            yield Problem(
                code="ControllerCount",
                path=f"{group_path(index)}.count",
                value=group.count,
                message="is not 1, and several controllers need a database they share",
                fix="use count=1, or pass Slurm(slurm_configurations=...)",
            )


def login_group(model: "ClusterModel") -> Iterator[Problem]:
    """At most one group is for logging in; the form has one place for it."""
    logins = _of_type(model, NodeType.LOGIN)
    for index, group in logins[1:]:
        yield Problem(
            code="LoginGroup",
            path=group_path(index),
            value=group.name,
            message=f"is a second login group beside {logins[0][1].name!r}",
            fix="keep one login group and raise its count",
        )


def node_types(model: "ClusterModel") -> Iterator[Problem]:
    """Slurm must know what each group is."""
    if model.provisioning_params is not None:
        return
    for index, group in enumerate(model.instance_groups):
        if group.node_type is None:
            yield Problem(
                code="NodeType",
                path=f"{group_path(index)}.node_type",
                value=group.name,
                message="is a group without a node type, and would have no place in Slurm",
                fix="use InstanceGroup.controller, .login or .worker",
            )


def partitions(model: "ClusterModel") -> Iterator[Problem]:
    """Worker groups have a partition, and only they.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-getting-started-slurm-cli.html
    """
    for index, group in enumerate(model.instance_groups):
        path = f"{group_path(index)}.partition"
        if group.node_type is NodeType.WORKER:
            if group.partition is None:
                yield Problem(
                    code="PartitionMissing",
                    path=path,
                    value=group.name,
                    message="is a worker group without a partition, which Slurm would not use",
                    fix=f"pass partition={group.name!r}",
                )
            else:
                yield from partition_problems(path, group.partition)
                yield from _automatic_partition(path, group.partition)
        elif group.partition is not None:
            yield Problem(
                code="PartitionNotAllowed",
                path=path,
                value=group.partition,
                message=f"is given to {group.name!r}, which is no worker group; HyperPod: "
                '"Partitions can only be assigned to Compute node types"',
                fix="leave partition out",
            )


def worker_groups(model: "ClusterModel") -> Iterator[Problem]:
    """A cluster without workers runs no job."""
    if (
        model.provisioning_params is None
        and _of_type(model, NodeType.CONTROLLER)
        and not _of_type(model, NodeType.WORKER)
    ):
        yield Problem(
            code="WorkerGroups",
            path="instance_groups",
            value=[str(group.name) for group in model.instance_groups],
            message="have no workers, so no job can run",
            fix="add InstanceGroup.worker(...)",
            severity=Severity.WARNING,
        )


def minimum_counts(model: "ClusterModel") -> Iterator[Problem]:
    """Only continuous provisioning brings a group up with fewer instances than asked for.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-scaling-slurm.html
    """
    for index, group in enumerate(model.instance_groups):
        if group.min_count is not None:
            yield Problem(
                code="MinInstanceCountMode",
                path=f"{group_path(index)}.min_count",
                value=group.min_count,
                message="needs continuous provisioning, which excludes provisioning_params.json",
                fix="leave min_count out",
            )


def form_and_groups(model: "ClusterModel") -> Iterator[Problem]:
    """A form that somebody else wrote names exactly the groups of the cluster."""
    if model.provisioning_params is None:
        return
    quote = (
        'HyperPod: "The instance group names provided by the request do not match the instance '
        'group names provided by the provisioning_parameters.json file"'
    )
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
                message=f"is not an instance group of the cluster; {quote}",
                fix=f"use one of {sorted(existing)}",
            )
    for index, group in enumerate(model.instance_groups):
        if group.name not in named.values():
            yield Problem(
                code="FormGroupMissing",
                path=f"{group_path(index)}.name",
                value=group.name,
                message=f"is an instance group that {FORM_NAMES[0]} does not name; {quote}",
                fix="add it to worker_groups of the form",
            )


def lifecycle_scripts(model: "ClusterModel") -> Iterator[Problem]:
    """The scripts can run."""
    if model.scripts is not None:
        yield from model.scripts.problems()


def shares_database(model: "ClusterModel") -> bool:
    """Whether several controllers share a database (multi-head)."""
    form = model.provisioning_params
    return model.orchestrator.slurm_configurations is not None or (
        form is not None and form.slurm_configurations is not None
    )


def _of_type(model: "ClusterModel", node_type: NodeType) -> list[tuple[int, InstanceGroup]]:
    return [
        (index, group)
        for index, group in enumerate(model.instance_groups)
        if group.node_type == node_type
    ]


def _automatic_partition(path: str, partition: str) -> Iterator[Problem]:
    if partition == "dev":
        yield Problem(
            code="AutomaticPartition",
            path=path,
            value=partition,
            message="is the partition in which HyperPod puts every node by itself",
            fix="use another name, to have the nodes of this group in a partition of their own",
            severity=Severity.WARNING,
        )
