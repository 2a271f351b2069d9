"""Resources in another Region, account, partition or VPC than the cluster.

Nothing is reported for values known only at deployment, and for stacks without an environment.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct, IConstruct

from hyperpod_constructs.cdk.construct_tree import (
    environment_of,
    node_of,
    path_of,
    stack_of,
)
from hyperpod_constructs.model.environment import Environment
from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.groups.restricted_instance_group import RestrictedInstanceGroup
from hyperpod_constructs.model.groups.storage import (
    FileSystemMount,
    MountableFileSystem,
    mounts_of,
)
from hyperpod_constructs.model.orchestrator import ApiDrivenSlurm, Eks
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.slurm.accounting_database import AccountingDatabase
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.network.file_systems import FileSystem
from hyperpod_constructs.network.resource_identity import ResourceIdentity

from .arguments import ClusterArguments

_Group = InstanceGroup | RestrictedInstanceGroup
_FSX_DNS_NAME = r"[^.]+\.fsx\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?"


def environment_problems(scope: Construct, arguments: ClusterArguments) -> Iterator[Problem]:
    """What is elsewhere: an error where the cluster cannot work, a warning where it might."""
    home = _home(scope)
    groups = list(_groups(arguments))
    arns = chain.from_iterable(_arns_of_group(path, group) for path, group in groups)
    yield from _arn_problems(chain(arns, _arns(arguments)), home)
    yield from _dns_name_problems("file_systems", arguments.file_systems, home)
    for path, group in groups:
        yield from _dns_name_problems(f"{path}.file_systems", _file_systems(group), home)
    vpc = None if arguments.known_subnets is None else arguments.known_subnets.vpc
    if vpc is not None:
        if not isinstance(vpc, ec2.Vpc) or stack_of(vpc) is not stack_of(scope):
            yield from _elsewhere("vpc", "vpc", vpc.env.region, home.region, what="Region")
        members = [
            *_numbered("security_groups", arguments.security_groups),
            *_numbered("vpc_subnets", _listed_subnets(arguments)),
            *chain.from_iterable(_members(path, group) for path, group in groups),
        ]
        yield from _vpc_problems(vpc, members)
        yield from _file_system_vpc_problems(vpc, "file_systems", arguments.file_systems)
        for path, group in groups:
            yield from _file_system_vpc_problems(vpc, f"{path}.file_systems", _file_systems(group))
    bucket = None if arguments.scripts is None else arguments.scripts.bucket
    if bucket is not None:
        yield from _elsewhere(
            "lifecycle_scripts.bucket",
            "bucket",
            bucket.env.region,
            home.region,
            what="Region",
            severity=Severity.WARNING,
        )


def group_environment_problems(
    scope: Construct, path: str, group: InstanceGroup, vpc: ec2.IVpc
) -> Iterator[Problem]:
    """As `environment_problems`, for a group that is added."""
    home = _home(scope)
    yield from _arn_problems(_arns_of_group(path, group), home)
    yield from _dns_name_problems(f"{path}.file_systems", _file_systems(group), home)
    yield from _vpc_problems(vpc, list(_members(path, group)))


def owner_account(scope: Construct, vpc: ec2.IVpc) -> str | None:
    """The account that shares a VPC with the account of a stack, if both are known and differ."""
    if isinstance(vpc, ec2.Vpc):
        return None
    owner, own = _known(vpc.env.account), _known(_home(scope).account)
    return owner if owner and own and owner != own else None


def _arn_problems(
    arns: Iterable[tuple[str, str, Any, Any]], home: Environment
) -> Iterator[Problem]:
    environments: dict[int, tuple[str, str, str]] = {}
    for path, kind, arn, resource in arns:
        if isinstance(arn, str) and is_unresolved(arn):
            if id(resource) not in environments:
                environments[id(resource)] = _environment_of(resource)
            partition, region, account = environments[id(resource)]
        else:
            parts = arn.split(":") if isinstance(arn, str) else []
            if len(parts) < 6:  # noqa: PLR2004 - not an ARN, which the rules report
                continue
            _, partition, _, region, account, *_ = parts
        if kind != "role":
            yield from _elsewhere(path, kind, region, home.region, what="Region")
        if kind in ("role", "training plan", "EKS cluster"):
            yield from _elsewhere(path, kind, account, home.account, what="account")
        yield from _elsewhere(path, kind, partition, home.partition, what="partition")


def _environment_of(resource: Any) -> tuple[str, str, str]:
    """Partition, Region and account of a resource of the app; empty for those that are not known."""
    if not isinstance(resource, cdk.Resource):
        return "", "", ""
    environment = resource.env
    return "", environment.region, environment.account


def _arns_of_group(path: str, group: _Group) -> Iterator[tuple[str, str, Any, Any]]:
    """Path, kind, ARN and the resource that has the ARN."""
    yield f"{path}.capacity", "training plan", group.capacity.training_plan_arn, None
    role = group.execution_role
    if role is not None:
        yield f"{path}.execution_role", "role", role.role_arn, role
    for number, volume in enumerate(group.volumes):
        key = volume.kms_key
        if key is not None:
            yield f"{path}.volumes[{number}].kms_key", "key", key.key_arn, key


def _arns(arguments: ClusterArguments) -> Iterator[tuple[str, str, Any, Any]]:
    for name in ("execution_role", "cluster_role"):
        role = getattr(arguments, name)
        if role is not None:
            yield name, "role", role.role_arn, role
    match arguments.orchestrator:
        case Eks(cluster=cluster) if cluster is not None:
            yield "orchestrator.cluster", "EKS cluster", cluster.cluster_arn, cluster
        case ApiDrivenSlurm(accounting_database=AccountingDatabase(secret=secret)) if secret:
            path = "orchestrator.accounting_database.secret"
            yield path, "secret", secret.secret_arn, secret


def _groups(arguments: ClusterArguments) -> Iterator[tuple[str, _Group]]:
    """The groups by path, without what is none."""
    for argument in ("instance_groups", "restricted_instance_groups"):
        for path, group in _numbered(argument, getattr(arguments, argument)):
            if isinstance(group, _Group):
                yield path, group


def _members(path: str, group: _Group) -> Iterator[tuple[str, Any]]:
    yield from _numbered(f"{path}.security_groups", group.security_groups)
    yield from _numbered(f"{path}.subnets", group.subnets)


def _listed_subnets(arguments: ClusterArguments) -> Sequence[ec2.ISubnet]:
    """Subnets that are listed; those that a selection finds are in its VPC."""
    selection = arguments.vpc_subnets
    return () if selection is None else selection.subnets or ()


def _numbered(path: str, values: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    for index, value in enumerate(values):
        yield f"{path}[{index}]", value


def _file_systems(group: _Group) -> Sequence[FileSystemMount | MountableFileSystem]:
    return group.file_systems if isinstance(group, InstanceGroup) else ()


def _dns_name_problems(
    path: str, file_systems: Sequence[FileSystemMount | MountableFileSystem], home: Environment
) -> Iterator[Problem]:
    for mount in mounts_of(file_systems):
        match = re.fullmatch(_FSX_DNS_NAME, mount.dns_name)
        if match is not None:
            yield from _elsewhere(
                path, "file system", match[1], home.region, what="Region", severity=Severity.WARNING
            )


def _vpc_problems(vpc: ec2.IVpc, members: Sequence[tuple[str, Any]]) -> Iterator[Problem]:
    """Security groups and subnets must be in the VPC of the nodes."""
    for path, construct in _in_another(vpc, members):
        yield Problem(
            code="OtherVpc",
            path=path,
            value=path_of(construct),
            message=f"is in another VPC than {path_of(vpc)}, the VPC of the nodes",
            fix="use security groups and subnets of that VPC",
        )


def _file_system_vpc_problems(
    vpc: ec2.IVpc, path: str, file_systems: Sequence[FileSystemMount | MountableFileSystem]
) -> Iterator[Problem]:
    """A file system in another VPC can be mounted only if the VPCs are peered."""
    members = [
        (place, group)
        for place, file_system in _numbered(path, file_systems)
        if isinstance(file_system, FileSystem)
        for group in file_system.security_groups
    ]
    for place, group in _in_another(vpc, members):
        yield Problem(
            code="FileSystemVpc",
            path=place,
            value=path_of(group),
            message=f"is the security group of the file system, in another VPC than {path_of(vpc)}, "
            "the VPC of the nodes; EC2 allows a rule between them only if the VPCs are peered",
            fix="create the file system in the VPC of the nodes, or peer the VPCs first",
            severity=Severity.WARNING,
        )


def _in_another(
    vpc: ec2.IVpc, members: Sequence[tuple[str, Any]]
) -> Iterator[tuple[str, IConstruct]]:
    """The members that are known to be in another VPC."""
    if not members:
        return
    own = ResourceIdentity.of_vpc(vpc)
    for path, construct in members:
        resource = node_of(construct).default_child
        if isinstance(resource, ec2.CfnSecurityGroup | ec2.CfnSubnet):
            other = resource.vpc_id
            if other is not None and not own.is_of(construct, other):
                yield path, construct


def _elsewhere(
    path: str,
    kind: str,
    there: str,
    here: str,
    *,
    what: str,
    severity: Severity = Severity.ERROR,
) -> Iterator[Problem]:
    """Resources must be in the partition and Region of the cluster, and some in its account."""
    known = _known(there)
    if known and here and not is_unresolved(here) and known != here:
        yield Problem(
            code="OtherRegion"
            if what == "Region"
            else "OtherAccount"
            if what == "account"
            else "OtherPartition",
            path=path,
            value=known,
            message=f"is the {what} of the {kind}, and the cluster is in {here}",
            fix=f"use a {kind} of {what} {here}".replace("a EKS", "an EKS"),
            severity=severity,
        )


def _home(scope: Construct) -> Environment:
    """Where the cluster is."""
    return environment_of(stack_of(scope))


def _known(value: str) -> str | None:
    return None if is_unresolved(value) else value
