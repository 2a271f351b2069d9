"""Constructs of other stacks that depend on the stack of the cluster, which depends on them.

CDK finds such a circular dependency only when the app is synthesized, and does not name the argument.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from weakref import WeakKeyDictionary

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct, IConstruct

from hyperpod_constructs.cdk.construct_tree import path_of, root_of, stack_of
from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.node_steps.accounting import Accounting
from hyperpod_constructs.model.orchestrator import ApiDrivenSlurm
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.slurm.accounting_database import AccountingDatabase
from hyperpod_constructs.network.file_systems import FileSystem
from hyperpod_constructs.network.security_group_rules import created_security_group, stack_of_vpc

from .arguments import ClusterArguments

_Edge = tuple[str, str]
_NEEDED: WeakKeyDictionary[IConstruct, dict[str, set[str]]] = WeakKeyDictionary()
"""The stacks of each app, and those that their clusters depend on."""


def stack_problems(scope: Construct, arguments: ClusterArguments) -> Iterator[Problem]:
    """Other stacks that the cluster depends on must not depend on its stack.

    They depend on the stack of their VPC, and on the stacks that their own clusters depend on.
    """
    cluster = stack_of(scope)
    known = _NEEDED.setdefault(root_of(scope), {})
    found: list[_Edge] = []
    for path, group in _security_groups(arguments):
        other = stack_of(group)
        of_vpc = None if other is cluster else stack_of_vpc(group)
        if of_vpc is None:
            continue
        edge = _edge(cluster, other)
        if edge is None:
            continue
        own, needed = edge
        is_for_vpc = own in _chain(of_vpc)
        if is_for_vpc or own in _reached(known, needed):
            yield Problem(
                code="StackCycle",
                path=path,
                value=path_of(group),
                message=f"is in stack {path_of(other)!r}, which depends on {path_of(cluster)!r}, "
                f"the stack of the cluster, for {'its VPC' if is_for_vpc else 'another cluster'}",
                fix="create the network in a stack of its own, or all in one stack"
                if is_for_vpc
                else "create what clusters of several stacks require in a stack of its own",
            )
        else:
            found.append(edge)
    for own, needed in found:
        known.setdefault(own, set()).add(needed)


def _reached(known: Mapping[str, AbstractSet[str]], stack: str) -> Iterator[str]:
    """The stacks that a stack depends on, and those that they depend on."""
    for needed in known.get(stack, ()):
        yield needed
        yield from _reached(known, needed)


def _security_groups(arguments: ClusterArguments) -> Iterator[tuple[str, ec2.ISecurityGroup]]:
    for index, group in enumerate(arguments.security_groups):
        yield f"security_groups[{index}]", group
    for number, instance_group in enumerate(arguments.instance_groups):
        if not isinstance(instance_group, InstanceGroup):
            continue
        for index, own in enumerate(instance_group.security_groups):
            yield f"instance_groups[{number}].security_groups[{index}]", own  # type: ignore[misc]
        yield from _of_file_systems(f"instance_groups[{number}].", instance_group.file_systems)
    yield from _of_file_systems("", arguments.file_systems)
    for path, database in _databases(arguments):
        if database.connectable is not None:
            for each in database.connectable.connections.security_groups:
                yield f"{path}.connectable", each


def _databases(
    arguments: ClusterArguments,
) -> Iterator[tuple[str, AccountingDatabase | Accounting]]:
    match arguments.orchestrator:
        case ApiDrivenSlurm(accounting_database=AccountingDatabase() as database):
            yield "orchestrator.accounting_database", database
    if arguments.accounting is not None:
        yield "lifecycle_scripts.accounting", arguments.accounting


def _of_file_systems(
    prefix: str, file_systems: Sequence[object]
) -> Iterator[tuple[str, ec2.ISecurityGroup]]:
    for index, file_system in enumerate(file_systems):
        if isinstance(file_system, FileSystem):
            by_id = map(created_security_group, file_system.security_group_ids)
            for group in (*file_system.security_groups, *by_id):
                if group is not None:
                    yield f"{prefix}file_systems[{index}]", group


def _edge(cluster: cdk.Stack, other: cdk.Stack) -> _Edge | None:
    """The parts of the app of which one has the cluster, and depends on the other one.

    The parts are the stacks, or nested stacks, in which the two first differ.
    """
    own, others = _chain(cluster), _chain(other)
    shared = sum(1 for one, another in zip(own, others, strict=False) if one == another)
    return (own[shared], others[min(shared, len(others) - 1)]) if shared < len(own) else None


def _chain(stack: cdk.Stack | None) -> Sequence[str]:
    """The stacks around a nested stack, from the outermost to itself."""
    return [] if stack is None else [*_chain(stack.nested_stack_parent), stack.node.addr]
