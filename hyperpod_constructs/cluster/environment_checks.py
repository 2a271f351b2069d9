"""Resources that are known to be in another Region, account, partition or VPC than the cluster.

Nothing is reported for values that only the deployment knows, and for stacks without an environment.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.orchestrator import ApiDrivenSlurm, Eks
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.network.security_group_rules import resource_key

from .arguments import ClusterArguments

_FSX_DNS_NAME = r"[^.]+\.fsx\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?"


class _Home(NamedTuple):
    """Where the cluster is: what is known of it."""

    region: str | None
    account: str | None
    partition: str | None


def environment_problems(
    scope: Construct, arguments: ClusterArguments, model: ClusterValues
) -> Iterator[Problem]:
    """What is elsewhere: an error where the cluster cannot work, a warning where it might."""
    stack = cdk.Stack.of(scope)
    home = _Home(*map(_known, (stack.region, stack.account, stack.partition)))
    yield from _arn_problems(model, home)
    yield from _role_stack_problems(stack, arguments)
    yield from _dns_name_problems(model, home)
    vpc = None if arguments.known_subnets is None else arguments.known_subnets.vpc
    if vpc is not None:
        yield from _elsewhere("vpc", "vpc", vpc.env.region, home.region, what="Region")
        yield from _vpc_problems(vpc, arguments)
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


def owner_account(scope: Construct, vpc: ec2.IVpc) -> str | None:
    """The account that shares a VPC with the account of a stack, if both are known and differ."""
    owner, own = _known(vpc.env.account), _known(cdk.Stack.of(scope).account)
    return owner if owner and own and owner != own else None


def _arn_problems(model: ClusterValues, home: _Home) -> Iterator[Problem]:
    environments: dict[int, tuple[str, str, str]] = {}
    for path, kind, arn, resource in _arns(model):
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


def _role_stack_problems(stack: cdk.Stack, arguments: ClusterArguments) -> Iterator[Problem]:
    """The policy of a role in another stack cannot name the bucket that the cluster creates."""
    if arguments.scripts is None or arguments.scripts.bucket is not None:
        return
    roles: list[tuple[str, Any]] = [("execution_role", arguments.execution_role)]
    for name in ("instance_groups", "restricted_instance_groups"):
        roles += [
            (f"{name}[{index}].execution_role", group.execution_role)
            for index, group in enumerate(getattr(arguments, name))
        ]
    own = {id(role): role for _, role in roles if isinstance(role, iam.Role)}
    stacks = {key: cdk.Stack.of(role) for key, role in own.items()}
    for path, role in roles:
        other = stacks.get(id(role), stack)
        if other is not stack:
            yield Problem(
                code="RoleStack",
                path=path,
                value=role.node.path,
                message=f"is a role of stack {other.stack_name}, whose policy would depend on the "
                f"bucket of the scripts in stack {stack.stack_name}, which depends on the role",
                fix="create the role in the stack of the cluster, or pass "
                "lifecycle_scripts=LifecycleScripts.default(bucket=...) with a bucket of another "
                "stack",
            )


def _arns(model: ClusterValues) -> Iterator[tuple[str, str, Any, Any]]:
    """Path, kind, ARN and the resource that has the ARN."""
    for argument in ("instance_groups", "restricted_instance_groups"):
        for index, group in enumerate(getattr(model, argument)):
            path = f"{argument}[{index}]"
            yield f"{path}.capacity", "training plan", group.capacity.training_plan_arn, None
            if group.execution_role is not None:
                role = group.execution_role
                yield f"{path}.execution_role", "role", role.role_arn, role
            for number, volume in enumerate(group.volumes):
                if volume.kms_key is not None:
                    key = volume.kms_key
                    yield f"{path}.volumes[{number}].kms_key", "key", key.key_arn, key
    if model.cluster_role is not None:
        yield "cluster_role", "role", model.cluster_role.role_arn, model.cluster_role
    match model.orchestrator:
        case Eks(cluster=cluster):
            yield "orchestrator.cluster", "EKS cluster", cluster.cluster_arn, cluster
        case ApiDrivenSlurm(accounting_database=database) if database is not None:
            path = "orchestrator.accounting_database.secret"
            yield path, "secret", database.secret.secret_arn, database.secret


def _dns_name_problems(model: ClusterValues, home: _Home) -> Iterator[Problem]:
    mounts = [("file_systems", mount) for mount in model.file_systems]
    for index, group in enumerate(model.instance_groups):
        mounts += [(f"instance_groups[{index}].file_systems", each) for each in group.file_systems]
    for path, mount in mounts:
        match = re.fullmatch(_FSX_DNS_NAME, mount.dns_name)
        if match is not None:
            yield from _elsewhere(
                path, "file system", match[1], home.region, what="Region", severity=Severity.WARNING
            )


def _vpc_problems(vpc: ec2.IVpc, arguments: ClusterArguments) -> Iterator[Problem]:
    key = resource_key(vpc, vpc.vpc_id)
    listed: list[tuple[str, Any]] = [
        (f"security_groups[{index}]", group)
        for index, group in enumerate(arguments.security_groups)
    ]
    listed += [
        (f"vpc_subnets[{index}]", subnet) for index, subnet in enumerate(arguments.node_subnets)
    ]
    for number, instance_group in enumerate(arguments.instance_groups):
        for name in ("security_groups", "subnets"):
            listed += [
                (f"instance_groups[{number}].{name}[{index}]", each)
                for index, each in enumerate(getattr(instance_group, name))
            ]
    for path, construct in listed:
        resource = construct.node.default_child
        if not isinstance(resource, ec2.CfnSecurityGroup | ec2.CfnSubnet):
            continue
        other = resource.vpc_id
        if other is not None and resource_key(construct, other) != key:
            yield Problem(
                code="OtherVpc",
                path=path,
                value=construct.node.path,
                message=f"belongs to another VPC than {vpc.node.path}, the VPC of the nodes",
                fix="use security groups and subnets of that VPC",
            )


def _elsewhere(
    path: str,
    kind: str,
    there: str,
    here: str | None,
    *,
    what: str,
    severity: Severity = Severity.ERROR,
) -> Iterator[Problem]:
    known = _known(there)
    if known and here and known != here:
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


def _known(value: str) -> str | None:
    return None if is_unresolved(value) else value
