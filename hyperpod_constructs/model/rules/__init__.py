"""Every rule across the parts of a cluster, one small function each.

A rule yields what it finds, and says nothing of values that only the deployment knows.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from hyperpod_constructs.model.errors import Problem

from . import instance_groups, lifecycle_steps, placement, slurm

if TYPE_CHECKING:
    from hyperpod_constructs.model.cluster_model import ClusterModel

RULES: tuple[Callable[["ClusterModel"], Iterator[Problem]], ...] = (
    instance_groups.cluster_name,
    instance_groups.each_instance_group,
    instance_groups.instance_group_names,
    instance_groups.number_of_instance_groups,
    slurm.controller_group,
    slurm.controller_count,
    slurm.login_group,
    slurm.node_types,
    slurm.partitions,
    slurm.worker_groups,
    slurm.minimum_counts,
    instance_groups.volume_keys,
    placement.training_plans,
    placement.file_systems,
    placement.subnets,
    placement.addresses,
    placement.vpc,
    slurm.form_and_groups,
    slurm.lifecycle_scripts,
    lifecycle_steps.each_step,
    lifecycle_steps.accounting,
    lifecycle_steps.container_volumes,
    lifecycle_steps.file_systems,
    lifecycle_steps.internet,
)
