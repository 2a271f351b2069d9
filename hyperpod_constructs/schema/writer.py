"""Requests and properties of templates: writing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.groups.restricted_instance_group import RestrictedInstanceGroup
from hyperpod_constructs.model.orchestrator import (
    ApiDrivenSlurm,
    Orchestrator,
    Slurm,
    SlurmConfigStrategy,
)
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.references import SecurityGroupReference, SubnetReference
from hyperpod_constructs.model.tokens import is_unresolved

from .cluster import CLUSTER

_Group = TypeVar("_Group", InstanceGroup, RestrictedInstanceGroup)


def write_properties(values: ClusterValues) -> dict[str, Any]:
    """The properties of a cluster that has all of them, in the order of the API."""
    own = {name: getattr(values, name, None) for name in CLUSTER.properties.attributes}
    return CLUSTER.properties.write_object(
        {
            **own,
            "instance_groups": [
                _in_mode(_with_network(group, values), values.orchestrator)
                for group in values.instance_groups
            ],
            "restricted_instance_groups": [
                _with_network(group, values) for group in values.restricted_instance_groups
            ],
            "orchestrator": _orchestrator(values.orchestrator, values.node_provisioning_mode),
        }
    )


def _in_mode(group: InstanceGroup, orchestrator: Orchestrator) -> InstanceGroup:
    """The group, without its node type if the request does not specify it."""
    if isinstance(orchestrator, ApiDrivenSlurm):
        return group
    return replace(group, node_type=None, partition=None)


def _with_network(group: _Group, values: ClusterValues) -> _Group:
    """The group; one with subnets or security groups of its own has both."""
    if not group.subnets and not group.security_groups:
        return group
    subnets, security_groups = _network(group, values)
    return replace(
        group,
        subnets=tuple(map(SubnetReference, subnets)),
        security_groups=tuple(map(SecurityGroupReference, security_groups)),
    )


def _network(
    group: InstanceGroup | RestrictedInstanceGroup, values: ClusterValues
) -> tuple[list[str], list[str]]:
    """Ids of the subnets and security groups of a group, those of the cluster by default."""
    return (
        [subnet.subnet_id for subnet in group.subnets] or _subnet_ids(values),
        [each.security_group_id for each in group.security_groups]
        or list(values.security_group_ids),
    )


def _orchestrator(orchestrator: Orchestrator, mode: str | None) -> Orchestrator | None:
    """The orchestrator in the request.

    A strategy is always written, since AWS names two defaults for an update, except with
    continuous provisioning, which rejects it.
    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-scaling-slurm.html
    """
    if isinstance(orchestrator, Slurm):
        return None
    if isinstance(orchestrator, ApiDrivenSlurm) and not is_unresolved(mode):
        strategy = None if mode else orchestrator.strategy or SlurmConfigStrategy.MERGE
        return replace(orchestrator, strategy=strategy)
    return orchestrator


def without_shared_network(values: ClusterValues) -> ClusterValues:
    """The cluster; groups in the network of the cluster have no VpcConfig."""
    shared = (_subnet_ids(values), list(values.security_group_ids))

    def own(group: _Group) -> _Group:
        has_own = bool(group.subnets or group.security_groups)
        if has_own and _network(group, values) == shared:
            return replace(group, subnets=(), security_groups=())
        return group

    return replace(
        values,
        instance_groups=[own(group) for group in values.instance_groups],
        restricted_instance_groups=[own(group) for group in values.restricted_instance_groups],
    )


def _subnet_ids(values: ClusterValues) -> list[str]:
    return [subnet.subnet_id or "" for subnet in values.subnets or ()]


def missing_problems(values: ClusterValues) -> Iterator[Problem]:
    """A request requires execution roles, subnet IDs, security group IDs and known values."""
    lists: Mapping[str, Sequence[InstanceGroup | RestrictedInstanceGroup]] = {
        "instance_groups": values.instance_groups,
        "restricted_instance_groups": values.restricted_instance_groups,
    }
    for argument, groups in lists.items():
        for index, group in enumerate(groups):
            if group.execution_role is None:
                yield Problem(
                    code="ExecutionRoleMissing",
                    path=f"{argument}[{index}].execution_role",
                    value=group.name,
                    message="has no execution role, which a request requires",
                    fix='pass execution_role=RoleReference("arn:aws:iam::…")',
                )
    for index, subnet in enumerate(values.subnets or ()):
        if subnet.subnet_id is None:
            yield Problem(
                code="SubnetIdMissing",
                path=f"subnets[{index}].subnet_id",
                value=subnet.name,
                message="has no subnet ID, which a request requires",
                fix='pass Subnet(subnet_id="subnet-…")',
            )
    if values.subnets and not values.security_group_ids:
        yield Problem(
            code="SecurityGroupIdsMissing",
            path="security_group_ids",
            value=None,
            message="are required with subnets",
            fix='pass security_group_ids=["sg-…"]',
        )
    for argument in values.unknown:
        yield Problem(
            code="RequestUnknown",
            path=argument,
            value=None,
            message="is resolved at deployment and cannot be written",
            fix="use a cluster whose values are known",
        )
