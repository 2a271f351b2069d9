"""The order of file systems and of the rules among their own security groups.

FSx refuses to create a Lustre file system whose security groups do not allow TCP 988 among its servers,
and CloudFormation creates rules that are resources of their own in parallel with the file system.
Source: https://docs.aws.amazon.com/fsx/latest/LustreGuide/limit-access-security-groups.html
"""

import sys
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2

from .security_group_rules import resource_key, security_group_key

if TYPE_CHECKING:
    from aws_cdk import aws_fsx as fsx

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
    known = {security_group_key(group) for group in security_groups}
    for file_system in _file_systems(scope):
        own = {resource_key(file_system, each) for each in file_system.security_group_ids or ()}
        if own & known:
            for rule in _rules_among(own, cdk.Stack.of(file_system)):
                file_system.add_resource_dependency(rule)


def _file_systems(scope: cdk.Stack) -> Iterator["fsx.CfnFileSystem"]:
    # Loaded already by whoever creates a file system.
    from aws_cdk import aws_fsx as fsx  # noqa: PLC0415

    selector = cdk.ConstructSelector.resources_of_type(fsx.CfnFileSystem.CFN_RESOURCE_TYPE_NAME)
    for resource in selector.select(scope.node.root):
        if isinstance(resource, fsx.CfnFileSystem):
            yield resource


def _rules_among(keys: Collection[str], stack: cdk.Stack) -> Iterator[_Rule]:
    selector = cdk.ConstructSelector.resources_of_type(
        ec2.CfnSecurityGroupIngress.CFN_RESOURCE_TYPE_NAME,
        ec2.CfnSecurityGroupEgress.CFN_RESOURCE_TYPE_NAME,
    )
    for rule in selector.select(stack):
        if (
            isinstance(rule, _Rule)
            and _is_among(keys, rule, rule.group_id)
            and _is_among(keys, rule, _peer(rule))
            and cdk.Stack.of(rule) == stack
        ):
            yield rule


def _peer(rule: _Rule) -> str | None:
    if isinstance(rule, ec2.CfnSecurityGroupIngress):
        return rule.source_security_group_id
    return rule.destination_security_group_id


def _is_among(keys: Collection[str], rule: _Rule, group_id: str | None) -> bool:
    return group_id is not None and resource_key(rule, group_id) in keys
