"""The order of file systems and of the rules among their own security groups.

FSx refuses to create a Lustre file system whose security groups do not allow TCP 988 among its servers,
and CloudFormation creates rules that are resources of their own in parallel with the file system.
Source: https://docs.aws.amazon.com/fsx/latest/LustreGuide/limit-access-security-groups.html
"""

import sys
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import IConstruct

from hyperpod_constructs.cdk.construct_tree import root_of, stack_of

from .resource_identity import resource_key, security_group_id, security_group_key

if TYPE_CHECKING:
    from aws_cdk import aws_fsx as fsx

_RULE_TYPES = ("AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress")
_Rule = ec2.CfnSecurityGroupIngress | ec2.CfnSecurityGroupEgress


def order_file_systems(scope: cdk.Stack, security_groups: Collection[ec2.ISecurityGroup]) -> None:
    """Adds dependencies of file systems on the rules among their security groups.

    A rule of another stack is not awaited, since that stack can depend on the stack of the file system.

    Args:
        scope: A stack of the app.
        security_groups: Only file systems with one of these security groups are ordered.
    """
    if "aws_cdk.aws_fsx" not in sys.modules:
        return
    known = {security_group_id(group): security_group_key(group) for group in security_groups}
    for file_system in _file_systems(scope):
        own = {_key(file_system, each, known) for each in file_system.security_group_ids or ()}
        if not own.isdisjoint(known.values()):
            for rule in _rules_among(own, known, stack_of(file_system)):
                file_system.add_resource_dependency(rule)


def _key(scope: IConstruct, group_id: str | None, known: Mapping[str, str]) -> str:
    if group_id is None:
        return ""
    return known[group_id] if group_id in known else resource_key(scope, group_id)


def _file_systems(scope: cdk.Stack) -> Iterator["fsx.CfnFileSystem"]:
    # Loaded already by whoever creates a file system.
    from aws_cdk import aws_fsx as fsx  # noqa: PLC0415

    selector = cdk.ConstructSelector.resources_of_type("AWS::FSx::FileSystem")
    for resource in selector.select(root_of(scope)):
        if isinstance(resource, fsx.CfnFileSystem):
            yield resource


def _rules_among(
    keys: Collection[str], known: Mapping[str, str], stack: cdk.Stack
) -> Iterator[_Rule]:
    for rule in cdk.ConstructSelector.resources_of_type(*_RULE_TYPES).select(stack):
        if (
            isinstance(rule, _Rule)
            and _key(rule, rule.group_id, known) in keys
            and _key(rule, _peer(rule), known) in keys
            and stack_of(rule) is stack
        ):
            yield rule


def _peer(rule: _Rule) -> str | None:
    if isinstance(rule, ec2.CfnSecurityGroupIngress):
        return rule.source_security_group_id
    return rule.destination_security_group_id
