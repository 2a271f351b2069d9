"""Writes the request, or the properties of a template, of a cluster."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from hyperpod_constructs.model.errors import Problem, ValidationError
from hyperpod_constructs.model.instance_group import InstanceGroup
from hyperpod_constructs.model.orchestrator import (
    ApiDrivenSlurm,
    Orchestrator,
    Slurm,
    SlurmConfigStrategy,
)
from hyperpod_constructs.model.references import SecurityGroupReference, SubnetReference
from hyperpod_constructs.model.restricted_instance_group import RestrictedInstanceGroup
from hyperpod_constructs.model.tokens import is_unresolved

from .cluster import CLUSTER

if TYPE_CHECKING:
    from hyperpod_constructs.model.cluster_model import ClusterModel

_Group = TypeVar("_Group", InstanceGroup, RestrictedInstanceGroup)


def write_request(model: "ClusterModel") -> dict[str, Any]:
    """The parameters of CreateCluster; `ClusterModel.to_request` says more.

    Raises:
        ValidationError: With the errors of the cluster and what is missing.
    """
    nameless = model.cluster_name is None
    return _write(model, *([_missing_name()] if nameless else []))


def write_properties(model: "ClusterModel") -> dict[str, Any]:
    """The properties of `AWS::SageMaker::Cluster`; `ClusterModel.to_cfn_properties` says more.

    Raises:
        ValidationError: With the errors of the cluster and what is missing.
    """
    return _write(model)


def _write(model: "ClusterModel", *problems: Problem) -> dict[str, Any]:
    model.check()
    missing = (*problems, *_missing(model))
    if missing:
        raise ValidationError(missing)
    own = {name: getattr(model, name, None) for name in CLUSTER.attributes()}
    return CLUSTER.write_object(
        {
            **own,
            "instance_groups": [
                _in_mode(_with_network(group, model), model.orchestrator)
                for group in model.instance_groups
            ],
            "restricted_instance_groups": [
                _with_network(group, model) for group in model.restricted_instance_groups
            ],
            "orchestrator": _orchestrator(model.orchestrator, model.node_provisioning_mode),
        }
    )


def _in_mode(group: InstanceGroup, orchestrator: Orchestrator) -> InstanceGroup:
    """The group, without its role in Slurm if the request does not say it."""
    if isinstance(orchestrator, ApiDrivenSlurm):
        return group
    return replace(group, node_type=None, partition=None)


def _with_network(group: _Group, model: "ClusterModel") -> _Group:
    """The group; one with a network other than the cluster's has subnets and security groups."""
    if not group.subnets and not group.security_groups:
        return group
    shared = [subnet.subnet_id or "" for subnet in model.subnets or ()]
    subnets = [subnet.subnet_id for subnet in group.subnets] or shared
    security_groups = [each.security_group_id for each in group.security_groups] or list(
        model.security_group_ids
    )
    if subnets == shared and security_groups == list(model.security_group_ids):
        return replace(group, subnets=(), security_groups=())
    return replace(
        group,
        subnets=tuple(map(SubnetReference, subnets)),
        security_groups=tuple(map(SecurityGroupReference, security_groups)),
    )


def _orchestrator(orchestrator: Orchestrator, mode: str | None) -> Orchestrator | None:
    """What the request says of the orchestrator.

    A strategy is always written, since AWS names two defaults for an update, except with
    continuous provisioning, which refuses it.
    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-scaling-slurm.html
    """
    if isinstance(orchestrator, Slurm):
        return None
    if isinstance(orchestrator, ApiDrivenSlurm) and not is_unresolved(mode):
        strategy = None if mode else orchestrator.strategy or SlurmConfigStrategy.MERGE
        return replace(orchestrator, strategy=strategy)
    return orchestrator


def _missing(model: "ClusterModel") -> Iterator[Problem]:
    lists: Mapping[str, Sequence[InstanceGroup | RestrictedInstanceGroup]] = {
        "instance_groups": model.instance_groups,
        "restricted_instance_groups": model.restricted_instance_groups,
    }
    for argument, groups in lists.items():
        for index, group in enumerate(groups):
            if group.execution_role is None:
                yield Problem(
                    code="ExecutionRoleMissing",
                    path=f"{argument}[{index}].execution_role",
                    value=group.name,
                    message="is a group without a role, and a request names the role of each",
                    fix='pass execution_role=RoleReference("arn:aws:iam::…")',
                )
    for index, subnet in enumerate(model.subnets or ()):
        if subnet.subnet_id is None:
            yield Problem(
                code="SubnetIdMissing",
                path=f"subnets[{index}].subnet_id",
                value=subnet.name,
                message="is a subnet without an id, and a request names the ids",
                fix='pass Subnet(subnet_id="subnet-…")',
            )
    if model.subnets and not model.security_group_ids:
        yield Problem(
            code="SecurityGroupIdsMissing",
            path="security_group_ids",
            value=None,
            message="are needed beside subnets",
            fix='pass security_group_ids=["sg-…"]',
        )
    for argument in model.unknown:
        yield Problem(
            code="RequestUnknown",
            path=argument,
            value=None,
            message="is only known at deployment, so it can not be written",
            fix="write the request of a cluster whose values are known",
        )


def _missing_name() -> Problem:
    return Problem(
        code="ClusterNameMissing",
        path="cluster_name",
        value=None,
        message="is needed: only CloudFormation chooses a name",
        fix='pass cluster_name="…"',
    )
