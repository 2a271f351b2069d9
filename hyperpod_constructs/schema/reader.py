"""Requests, descriptions of clusters, and properties of templates: reading."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from typing import Any, TypeVar, cast

from hyperpod_constructs.model.groups.instance_group import InstanceGroup, NodeType
from hyperpod_constructs.model.groups.restricted_instance_group import RestrictedInstanceGroup
from hyperpod_constructs.model.groups.storage import FileSystemMount, LustreMount, OpenZfsMount
from hyperpod_constructs.model.orchestrator import (
    ApiDrivenSlurm,
    Orchestrator,
    Slurm,
    SlurmConfigStrategy,
)
from hyperpod_constructs.model.problem import Problem, Severity, ValidationError
from hyperpod_constructs.model.slurm.provisioning_params import ProvisioningParams
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.type_checks import wrong_type

from .cluster import CLUSTER
from .intrinsics import Unknown, is_intrinsic
from .read_log import Location, ReadLog
from .update_request import GROUPS, other_group, update_problems

_DEEPEST = 100
_UNKNOWN_NODE_TYPE = cast("NodeType", Unknown("provisioning_params.json").text)

_Group = TypeVar("_Group", InstanceGroup, RestrictedInstanceGroup)


class Scope(Enum):
    """What a request specifies."""

    CLUSTER = "a cluster"
    GROUPS = "the groups of a cluster"
    UPDATE = "changes to a cluster"


def read_request(
    request: object,
    provisioning_params: ProvisioningParams | None,
    scope: Scope = Scope.CLUSTER,
) -> dict[str, Any]:
    """The attributes of the cluster of a request; `ClusterModel.from_request` documents them.

    Wrong values are notes with `Severity.ERROR`; everything else is read.

    Args:
        request: The request.
        provisioning_params: Form of the cluster, if any.
        scope: What the request specifies. Everything else is unknown.

    Raises:
        ValidationError: If it is no request at all.
    """
    if not isinstance(provisioning_params, ProvisioningParams | None):
        raise ValidationError(
            [wrong_type("provisioning_params", provisioning_params, "a ProvisioningParams")]
        )
    if not isinstance(request, Mapping):
        raise ValidationError([_not_object(request)])
    has_functions = _has_functions(request)
    log = ReadLog(
        is_template=has_functions or "ClusterName" not in request,
        is_description="ClusterArn" in request or "ClusterStatus" in request,
    )
    attributes = CLUSTER.properties.read(request, Location(), log)
    if scope is Scope.UPDATE:
        log.problems.extend(update_problems(request))
        log.notes[:] = [note for note in log.notes if note.path != "InstanceGroupsToDelete"]
    return _cluster(attributes, log, provisioning_params, scope)


def _cluster(
    attributes: dict[str, Any], log: ReadLog, form: ProvisioningParams | None, scope: Scope
) -> dict[str, Any]:
    if scope is not Scope.CLUSTER:
        log.unknown.extend(
            name
            for name in CLUSTER.properties.attributes
            if name not in attributes and name not in (*GROUPS, "orchestrator")
        )
    subnets = attributes.get("subnets")
    subnet_ids = [subnet.subnet_id for subnet in subnets or ()]
    security_group_ids = attributes.get("security_group_ids", ())
    groups = _own_network(attributes.pop("instance_groups", ()), subnet_ids, security_group_ids)
    restricted = _own_network(
        attributes.pop("restricted_instance_groups", ()), subnet_ids, security_group_ids
    )
    orchestrator = _orchestrator(attributes, groups, log, is_known=_has_mode(scope, form))
    if scope is Scope.UPDATE:
        groups = (*groups, other_group("instance_groups", len(groups), log))
        restricted = (*restricted, other_group("restricted_instance_groups", len(restricted), log))
    if isinstance(orchestrator, ApiDrivenSlurm):
        groups = tuple(
            replace(group, node_type=_UNKNOWN_NODE_TYPE) if is_unknown else group
            for group, is_unknown in _with_unknown(groups, log)
        )
    mounts: tuple[FileSystemMount, ...] = ()
    if isinstance(orchestrator, Slurm):
        groups = tuple(_with_role(group, form) for group in groups)
        if form is not None:
            orchestrator = Slurm(slurm_configurations=form.slurm_configurations)
            mounts = tuple(_mounts(form))
            if _same_form(orchestrator, groups, mounts, form):
                form = None
    return {
        **attributes,
        "instance_groups": groups,
        "restricted_instance_groups": restricted,
        "orchestrator": orchestrator,
        "file_systems": mounts,
        "provisioning_params": form,
        "notes": (*log.problems, *log.notes),
        "unknown": tuple(log.unknown),
        "is_request": not log.is_template,
    }


def _has_mode(scope: Scope, form: ProvisioningParams | None) -> bool:
    """Whether a request without `Orchestrator` is for a Slurm cluster with a form."""
    return scope is Scope.CLUSTER or form is not None


def _orchestrator(
    attributes: dict[str, Any], groups: Sequence[InstanceGroup], log: ReadLog, *, is_known: bool
) -> Orchestrator:
    """The workload manager; groups with a Slurm node type require no `Orchestrator`."""
    orchestrator: Orchestrator | None = attributes.pop("orchestrator", None)
    if orchestrator is None:
        known = [group for group, is_unknown in _with_unknown(groups, log) if not is_unknown]
        if "orchestrator" in log.unknown:
            return Slurm()
        if all(group.node_type is None or is_unresolved(group.node_type) for group in known):
            if not is_known or (groups and all(group.node_type is not None for group in known)):
                log.unknown.append("orchestrator")
            return Slurm()
        if is_known and "node_provisioning_mode" not in attributes:
            log.notes.append(_missing_orchestrator())
        return ApiDrivenSlurm()
    if (
        isinstance(orchestrator, ApiDrivenSlurm)
        and orchestrator.strategy is SlurmConfigStrategy.MERGE
        and "node_provisioning_mode" not in attributes
    ):
        return replace(orchestrator, strategy=None)
    return orchestrator


def _missing_orchestrator() -> Problem:
    """A request should specify the strategy of updates, except with continuous provisioning."""
    return Problem(
        code="OrchestratorMissing",
        path="Orchestrator",
        value=None,
        message="is missing, so an update uses the default strategy, for which AWS documents two "
        "values",
        fix='write {"Slurm": {"SlurmConfigStrategy": "Merge"}}',
        severity=Severity.WARNING,
    )


def _with_unknown(
    groups: Iterable[InstanceGroup], log: ReadLog
) -> Iterable[tuple[InstanceGroup, bool]]:
    """The groups, each with whether all of it is known only at deployment."""
    unknown = frozenset(log.unknown)
    for index, group in enumerate(groups):
        yield group, f"instance_groups[{index}]" in unknown


def _own_network(
    groups: Sequence[_Group], subnet_ids: Sequence[Any], security_group_ids: Sequence[str]
) -> tuple[_Group, ...]:
    """The groups, without the subnets and security groups that the cluster has as well."""

    def own(group: _Group) -> _Group:
        subnets = [subnet.subnet_id for subnet in group.subnets]
        security_groups = [each.security_group_id for each in group.security_groups]
        changes: dict[str, Any] = {}
        if subnets and subnets == list(subnet_ids):
            changes["subnets"] = ()
        if security_groups and security_groups == list(security_group_ids):
            changes["security_groups"] = ()
        return replace(group, **changes) if changes else group

    return tuple(own(group) for group in groups)


def _with_role(group: InstanceGroup, form: ProvisioningParams | None) -> InstanceGroup:
    """The group with its node type and partition from the form; unknown if there is no form."""
    if form is None:
        return replace(group, node_type=_UNKNOWN_NODE_TYPE)
    if group.name == form.controller_group:
        return replace(group, node_type=NodeType.CONTROLLER)
    if group.name == form.login_group:
        return replace(group, node_type=NodeType.LOGIN)
    for worker in form.worker_groups:
        if group.name == worker.instance_group_name:
            return replace(group, node_type=NodeType.WORKER, partition=worker.partition_name)
    return replace(group, node_type=_UNKNOWN_NODE_TYPE) if is_unresolved(group.name) else group


def _mounts(form: ProvisioningParams) -> Iterable[FileSystemMount]:
    if form.fsx_dns_name is not None and form.fsx_mountname is not None:
        yield LustreMount(dns_name=form.fsx_dns_name, mount_name=form.fsx_mountname)
    if form.fsx_openzfs_dns_name is not None:
        yield OpenZfsMount(dns_name=form.fsx_openzfs_dns_name)


def _same_form(
    orchestrator: Slurm,
    groups: Iterable[InstanceGroup],
    mounts: Iterable[FileSystemMount],
    form: ProvisioningParams,
) -> bool:
    try:
        return orchestrator.provisioning_params(groups, mounts) == form
    except ValidationError:
        return False


def _not_object(request: object) -> Problem:
    """A request must be a JSON object."""
    is_fragment = isinstance(request, list)
    is_text = isinstance(request, str | bytes)
    return Problem(
        code="RequestNotObject",
        path="request",
        value="a list" if is_fragment else type(request).__name__,
        message="is only the content of InstanceGroups"
        if is_fragment
        else "is not a request for a cluster",
        fix="parse the text first, such as with json.loads"
        if is_text
        else 'write {"ClusterName": "…", "InstanceGroups": […]}, with VpcConfig, Orchestrator and '
        "all other properties of the cluster",
    )


def _has_functions(request: object) -> bool:
    """Whether a request contains an intrinsic function. Its nesting is limited.

    Raises:
        ValidationError: `RequestDepth`.
    """
    found = False
    level = [request]
    for _ in range(_DEEPEST):
        inner: list[object] = []
        for value in level:
            if isinstance(value, Mapping):
                found = found or is_intrinsic(value)
                inner.extend(value.values())
            elif isinstance(value, list | tuple):
                inner.extend(value)
        if not inner:
            return found
        level = inner
    raise ValidationError([_too_deep()])


def _too_deep() -> Problem:
    """The nesting of a request is limited."""
    return Problem(
        code="RequestDepth",
        path="request",
        value=_DEEPEST,
        message="levels of nesting exceed those of a request",
        fix="check how the request was generated",
    )
