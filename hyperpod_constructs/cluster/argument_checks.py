"""Checks of the CDK objects within the arguments of a cluster.

Types of the model are checked with the model; what is here needs CDK to recognize.
"""

from collections.abc import Iterator

from aws_cdk import aws_ec2 as ec2

from hyperpod_constructs.cdk.object_checks import (
    ALARM,
    CONNECTABLE,
    DATABASE,
    EKS_CLUSTER,
    KEY,
    ROLE,
    SECRET,
    SECURITY_GROUP,
    SUBNET,
    TOPIC,
    Interface,
    each,
    optional,
    physical_name_problems,
    required,
)
from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.groups.life_cycle_config import LifeCycleConfig
from hyperpod_constructs.model.groups.restricted_instance_group import RestrictedInstanceGroup
from hyperpod_constructs.model.groups.software import RollingUpdate
from hyperpod_constructs.model.groups.storage import EbsVolume, LustreMount, OpenZfsMount
from hyperpod_constructs.model.kubernetes.control_plane import ControlPlane
from hyperpod_constructs.model.kubernetes.eks_prerequisites import (
    DEFAULT_MODE,
    authentication_mode_problems,
)
from hyperpod_constructs.model.kubernetes.kubernetes_version import kubernetes_version_problems
from hyperpod_constructs.model.orchestrator import ApiDrivenSlurm, Eks, Slurm
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.slurm.accounting_database import AccountingDatabase
from hyperpod_constructs.model.slurm.multi_head import MultiHead
from hyperpod_constructs.network.file_systems import FileSystem, file_system_problems
from hyperpod_constructs.rules.placement import security_group_limit
from hyperpod_constructs.rules.queries import group_path

from .eks_resource import authentication_mode, eks_resource, kubernetes_version

_MULTI_HEAD: dict[str, Interface | type] = {
    "database": DATABASE,
    "secret": SECRET,
    "topic": TOPIC,
    "database_subnets": ec2.SubnetSelection,
}


def security_group_problems(path: str, groups: object) -> Iterator[Problem]:
    """The problems of the security groups of nodes."""
    wrong = list(each(path, groups, SECURITY_GROUP))
    yield from wrong
    if isinstance(groups, list | tuple) and not wrong:
        yield from security_group_limit(path, len(groups))


def group_problems(groups: object, start: int = 0) -> Iterator[Problem]:
    """What is wrong with the CDK objects within groups."""
    for index, group in enumerate(groups if isinstance(groups, list | tuple) else (), start):
        if isinstance(group, InstanceGroup):
            path = group_path(index)
            yield from _objects_of(path, group)
            yield from optional(
                f"{path}.life_cycle_config", group.life_cycle_config, LifeCycleConfig
            )
            yield from file_system_problems(
                f"{path}.file_systems", group.file_systems, FileSystem | LustreMount | OpenZfsMount
            )
            for name in ("scheduled_update", "auto_patch"):
                update = getattr(getattr(group, name), "rolling_update", None)
                if isinstance(update, RollingUpdate):
                    alarms = f"{path}.{name}.rolling_update.rollback_alarms"
                    yield from each(alarms, update.rollback_alarms, ALARM)


def restricted_group_problems(groups: object) -> Iterator[Problem]:
    """What is wrong with the CDK objects within restricted groups."""
    yield from each("restricted_instance_groups", groups, RestrictedInstanceGroup)
    for index, group in enumerate(groups if isinstance(groups, list | tuple) else ()):
        if isinstance(group, RestrictedInstanceGroup):
            yield from _objects_of(f"restricted_instance_groups[{index}]", group)


def orchestrator_problems(orchestrator: object) -> Iterator[Problem]:
    """What is wrong with the CDK objects of an orchestrator."""
    match orchestrator:
        case Eks():
            yield from required("orchestrator.cluster", orchestrator.cluster, EKS_CLUSTER)
            yield from _authentication_mode_problems(orchestrator.cluster)
            yield from _version_problems(orchestrator.cluster)
        case ApiDrivenSlurm(accounting_database=AccountingDatabase() as database):
            path = "orchestrator.accounting_database"
            yield from required(f"{path}.secret", database.secret, SECRET)
            yield from optional(f"{path}.connectable", database.connectable, CONNECTABLE)
        case Slurm(multi_head=MultiHead() as multi_head):
            for name, kind in _MULTI_HEAD.items():
                path = f"orchestrator.multi_head.{name}"
                yield from optional(path, getattr(multi_head, name), kind)
        case Slurm():
            yield from optional("orchestrator.multi_head", orchestrator.multi_head, MultiHead)


def _version_problems(cluster: object) -> Iterator[Problem]:
    """HyperPod requires a supported version of Kubernetes, if the EKS cluster is created here."""
    version = None if isinstance(cluster, ControlPlane) else kubernetes_version(cluster)
    if version is not None:
        yield from kubernetes_version_problems("orchestrator.cluster", version)


def _authentication_mode_problems(cluster: object) -> Iterator[Problem]:
    """HyperPod requires access entries, if the EKS cluster is created here."""
    resource = eks_resource(cluster)
    if resource is not None:
        mode = authentication_mode(resource)
    elif hasattr(type(cluster), "authentication_mode"):
        mode = getattr(getattr(cluster, "authentication_mode", None), "name", DEFAULT_MODE)
    else:
        return
    yield from authentication_mode_problems(
        "orchestrator.cluster",
        mode,
        fix="create it with authentication_mode=eks.AuthenticationMode.API",
    )


def _objects_of(path: str, group: InstanceGroup | RestrictedInstanceGroup) -> Iterator[Problem]:
    yield from physical_name_problems(f"{path}.name", group.name)
    yield from each(f"{path}.subnets", group.subnets, SUBNET)
    yield from optional(f"{path}.execution_role", group.execution_role, ROLE)
    yield from each(f"{path}.security_groups", group.security_groups, SECURITY_GROUP)
    for number, volume in enumerate(group.volumes if isinstance(group.volumes, tuple) else ()):
        if isinstance(volume, EbsVolume):
            yield from optional(f"{path}.volumes[{number}].kms_key", volume.kms_key, KEY)
